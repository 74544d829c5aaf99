/**
 * Readers of what stands in a TOML document that people write by hand. Each gives back a value that
 * is as it must be, or throws a `Misfit` that says where it was not.
 *
 *     faults[0].partition.share is 2; allowed: a share of 0 to 1, of six places at most
 *
 * A key that is not known is refused, since a mistyped one would change nothing, silently.
 */
import { show } from '../protocols/query.ts';
import { FULL_WEIGHT } from '../protocols/rules/weights.ts';
import { ONE, type Fraction, type Weight16 } from '../protocols/units.ts';
import { nearest } from '../runtime/nearest.ts';
import { isUnreadable, type Unreadable } from './distribution.ts';

/** The keys to a place in a document, and the places in lists. */
export type Path = readonly (string | number)[];

/** What is not as it must be, and where. */
export class Misfit extends Error {
  readonly path: Path;
  readonly came: string;
  readonly allowed: string;
  constructor(path: Path, came: string, allowed: string) {
    super(`${showPath(path)} is ${visible(came)}; allowed: ${allowed}`);
    this.name = 'Misfit';
    this.path = path;
    this.came = visible(came);
    this.allowed = allowed;
  }
}

/** As a person writes it: `faults[0].partition.share`. */
export const showPath = (path: Path): string =>
  path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${showKey(step)}`))
    .join('')
    .slice(1);

const showKey = (key: string): string => (/^[\w-]{1,40}$/.test(key) ? key : visible(show(key)));

/** What stands in a file may hold letters that a terminal obeys. */
const visible = (text: string): string => text.replaceAll(/\p{C}/gu, '?');

/** What a value is, or a `Misfit` that says where it was not. */
export type Reader<T> = (value: unknown, path: Path) => T;
export type Keys = Readonly<Record<string, Reader<unknown>>>;
export type Said<K extends Keys> = { readonly [N in keyof K]?: ReturnType<K[N]> };

/** A table that has none but these keys; `what` a key of it is for people. */
export const table =
  <K extends Keys>(keys: K, what = 'key'): Reader<Said<K>> =>
  (value, path) => {
    const said = Object.entries(anyTable(value, path)).map(([key, held]) => {
      const read = Object.hasOwn(keys, key) ? keys[key] : undefined;
      if (read === undefined) throw unknownKey([...path, key], key, Object.keys(keys), what);
      return [key, read(held, [...path, key])] as const;
    });
    return Object.fromEntries(said) as Said<K>;
  };

export function anyTable(value: unknown, path: Path): Readonly<Record<string, unknown>> {
  // A date is an object too, but of a class.
  const isTable =
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date);
  if (isTable) return value as Readonly<Record<string, unknown>>;
  throw misfit(path, value, 'a table');
}

export const list =
  <T>(read: Reader<T>): Reader<readonly T[]> =>
  (value, path) => {
    if (!Array.isArray(value))
      throw misfit(path, value, `tables, each begun by [[${showPath(path)}]]`);
    return value.map((item, at) => read(item, [...path, at]));
  };

export const wholeFrom =
  (least: number, most: number): Reader<number> =>
  (value, path) => {
    const isNumber = typeof value === 'number' && Number.isInteger(value);
    if (isNumber && value >= least && value <= most) return value;
    throw misfit(path, value, `a whole number, ${least} to ${most}`);
  };

export const share: Reader<Fraction> = (value, path) => {
  const isShare = typeof value === 'number' && value >= 0 && value <= 1;
  const millionths = isShare ? Math.round(value * ONE) : NaN;
  // A share that is written with more places would be another one than is used.
  if (millionths / ONE === value) return millionths as Fraction;
  throw misfit(path, value, 'a share of 0 to 1, of six places at most');
};

/** A share as the chain holds it, of 65535; to six places it comes back as it was written. */
export const share16: Reader<Weight16> = (value, path) =>
  Math.round((share(value, path) * FULL_WEIGHT) / ONE) as Weight16;

export const showShare16 = (weight: Weight16): number =>
  Math.round((weight * ONE) / FULL_WEIGHT) / ONE;

export const flag: Reader<boolean> = (value, path) => {
  if (typeof value === 'boolean') return value;
  throw misfit(path, value, 'true or false');
};

export const oneOf =
  <const T extends string>(words: readonly T[]): Reader<T> =>
  (value, path) => {
    const word = words.find((known) => known === value);
    if (word !== undefined) return word;
    const near = typeof value === 'string' ? `; the nearest is ${nearest(value, words)}` : '';
    throw misfit(path, value, `one of ${words.join(', ')}${near}`);
  };

export const inText =
  <T>(read: (text: string) => T | Unreadable, example: string): Reader<T> =>
  (value, path) => {
    if (typeof value !== 'string') throw misfit(path, value, `text, as in "${example}"`);
    const found = read(value);
    if (isUnreadable(found)) throw new Misfit(path, found.came, found.allowed);
    return found;
  };

/** What is there, or a `Misfit` that says what is missing. */
export const must = <T>(value: T | undefined, path: Path, key: string, allowed: string): T => {
  if (value !== undefined) return value;
  throw new Misfit([...path, key], 'missing', allowed);
};

/** Tables and lists are named, not shown: they may be huge. */
export function misfit(path: Path, value: unknown, allowed: string): Misfit {
  if (Array.isArray(value)) return new Misfit(path, 'a list', allowed);
  if (value instanceof Date) return new Misfit(path, 'a date', allowed);
  return new Misfit(path, typeof value === 'object' ? 'a table' : show(value), allowed);
}

const unknownKey = (path: Path, key: string, known: readonly string[], what: string): Misfit =>
  new Misfit(
    path,
    `no known ${what}`,
    `${known.join(', ')}; the nearest is ${nearest(key, known)}`,
  );
