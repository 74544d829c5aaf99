/**
 * How long things take: a length of time, or a way to draw one.
 *
 *     25ms    uniform(1s, 2s)    exponential(3s)    lognormal(40ms, 0.5)
 *
 * A lognormal is given by its median and by the sigma of its logarithm: at 0.5, two thirds lie between
 * 0.6 and 1.6 times the median. What is drawn is a whole number of milliseconds and at most a day.
 *
 *     lognormal = median · exp(sigma · z), z normal     exponential = −mean · ln u
 */
import type { Random } from '../actors/actor.ts';
import { exp, ln } from '../protocols/exact.ts';
import { show, type FieldError } from '../protocols/query.ts';
import { hours, ONE, type Duration, type Fraction } from '../protocols/units.ts';
import { nearest } from '../runtime/nearest.ts';
import { normal, part } from './draws.ts';

export type Distribution =
  | { readonly kind: 'fixed'; readonly value: Duration }
  /** Both ends are drawn as often as what lies between. */
  | { readonly kind: 'uniform'; readonly from: Duration; readonly to: Duration }
  | { readonly kind: 'exponential'; readonly mean: Duration }
  | { readonly kind: 'lognormal'; readonly median: Duration; readonly sigma: Fraction };

/** Nothing in the subnet waits longer, and a rare draw of hours must not be one of years. */
export const LONGEST_DRAW: Duration = hours(24);
/** At ten, a third of the draws are twenty thousand times off the median: no network is like that. */
const MOST_SIGMA = 10;

export function draw(distribution: Distribution, random: Random): Duration {
  const drawn = drawnFrom(distribution, random);
  return Math.min(Math.max(Math.round(drawn), 0), LONGEST_DRAW) as Duration;
}

function drawnFrom(distribution: Distribution, random: Random): number {
  switch (distribution.kind) {
    case 'fixed':
      return distribution.value;
    case 'uniform': {
      const { from, to } = distribution;
      return from + Math.floor(part(random) * (to - from + 1));
    }
    case 'exponential':
      return 0 - distribution.mean * ln(1 - part(random));
    case 'lognormal': {
      const { median, sigma } = distribution;
      return median * exp((sigma / ONE) * normal(random));
    }
  }
}

/** What a text was not: what came, and what is allowed there. */
export type Unreadable = Omit<FieldError, 'field'>;

export const isUnreadable = (value: unknown): value is Unreadable =>
  typeof value === 'object' && value !== null && 'allowed' in value;

const FORMS = {
  fixed: '25ms',
  uniform: 'uniform(1s, 2s)',
  exponential: 'exponential(3s)',
  lognormal: 'lognormal(40ms, 0.5)',
} as const;
const ANY_FORM = `a time, at most a day, or a way to draw one: ${Object.values(FORMS).join(', ')}`;

export function readDistribution(text: string): Distribution | Unreadable {
  const [, name, inside] = /^\s*([a-z]+)\s*\(([^()]*)\)\s*$/.exec(text) ?? [];
  if (name === undefined || inside === undefined) {
    const value = timeIn(text);
    return value === undefined ? misread(text, ANY_FORM) : { kind: 'fixed', value };
  }
  const [first = '', second, ...more] = inside.split(',');
  const read = more.length === 0 ? drawnAs(name, first, second) : undefined;
  return read ?? misread(text, allowedOf(name));
}

/** Undefined where there is no such way, or not of these. */
function drawnAs(name: string, first: string, second?: string): Distribution | undefined {
  const time = timeIn(first);
  if (time === undefined) return undefined;
  if (name === 'exponential' && second === undefined) return { kind: 'exponential', mean: time };
  if (second === undefined) return undefined;

  if (name === 'uniform') {
    const to = timeIn(second);
    return to === undefined || to < time ? undefined : { kind: 'uniform', from: time, to };
  }
  if (name === 'lognormal') {
    const sigma = sigmaIn(second);
    return sigma === undefined ? undefined : { kind: 'lognormal', median: time, sigma };
  }
  return undefined;
}

function allowedOf(name: string): string {
  const near = nearest(name, ['uniform', 'exponential', 'lognormal']);
  switch (name) {
    case 'uniform':
      return `two times, at most a day, the second not the lesser, as in ${FORMS.uniform}`;
    case 'exponential':
      return `a mean, at most a day, as in ${FORMS.exponential}`;
    case 'lognormal':
      return `a median, at most a day, and a sigma of 0 to ${MOST_SIGMA}, as in ${FORMS.lognormal}`;
    default:
      return `${ANY_FORM}; the nearest is ${near}`;
  }
}

function timeIn(text: string): Duration | undefined {
  const time = readDuration(text);
  return isUnreadable(time) || time > LONGEST_DRAW ? undefined : time;
}

function sigmaIn(text: string): Fraction | undefined {
  if (!/^\s*\d{1,2}(\.\d{1,6})?\s*$/.test(text)) return undefined;
  const sigma = Math.round(Number(text) * ONE) as Fraction;
  return sigma <= MOST_SIGMA * ONE ? sigma : undefined;
}

/** In millionths of a millisecond. */
const LONGEST = 36_500n * 86_400_000n * BigInt(ONE);

/** From the greatest to the least; `showDuration` takes the first that divides. */
const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const isUnit = (name: string): name is keyof typeof UNITS => Object.hasOwn(UNITS, name);

/** `10m`, `1.5h`: a number and one of ms, s, m, h, d, that makes whole milliseconds. */
export function readDuration(text: string): Duration | Unreadable {
  const [, count, unit] = /^\s*(\d{1,13}(?:\.\d{1,6})?)\s*([a-z]+)\s*$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) {
    return misread(text, 'a number and a unit, such as 250ms, 30s, 10m, 2h or 90d');
  }
  if (!isUnit(unit)) return misread(text, 'a unit of ms, s, m, h or d');

  // In millionths first: half an hour is whole, and no decimal of six places is.
  const [whole, decimals = ''] = count.split('.');
  const millionths = BigInt(`${whole}${decimals.padEnd(6, '0')}`) * BigInt(UNITS[unit]);
  if (millionths % BigInt(ONE) !== 0n) return misread(text, 'whole milliseconds');
  if (millionths > LONGEST) return misread(text, 'at most a hundred years, 36500d');
  return Number(millionths / BigInt(ONE)) as Duration;
}

/** As `readDuration` takes it, in the greatest unit that needs no decimals. */
export function showDuration(duration: Duration): string {
  const [unit, size] =
    Object.entries(UNITS).find(([, length]) => duration > 0 && duration % length === 0) ?? ZERO;
  return `${duration / size}${unit}`;
}
const ZERO = ['ms', 1] as const;

/** As `readDistribution` takes it. */
export function showDistribution(distribution: Distribution): string {
  switch (distribution.kind) {
    case 'fixed':
      return showDuration(distribution.value);
    case 'uniform':
      return `uniform(${showDuration(distribution.from)}, ${showDuration(distribution.to)})`;
    case 'exponential':
      return `exponential(${showDuration(distribution.mean)})`;
    case 'lognormal':
      return `lognormal(${showDuration(distribution.median)}, ${decimalOf(distribution.sigma)})`;
  }
}

/** Millionths as people write them: `0.5`. JavaScript writes the least of them as `1e-6`. */
function decimalOf(millionths: Fraction): string {
  const rest = (millionths % ONE).toString().padStart(6, '0').replace(/0+$/, '');
  return `${Math.floor(millionths / ONE)}${rest && `.${rest}`}`;
}

const misread = (text: string, allowed: string): Unreadable => ({ came: show(text), allowed });
