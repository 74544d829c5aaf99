/**
 * The ways of chance that worlds are made of, exact on every engine.
 *
 *     beta(a, b) = x / (x + y)     x, y gamma of shapes a, b (Marsaglia and Tsang, 2000)
 *     heavy      = z / √((z₁² + z₂² + z₃²) / 3), Student's t with three degrees of freedom
 */
import type { Random } from '../../actors/actor.ts';
import { invariant } from '../../protocols/units.ts';
import { below } from '../../runtime/random.ts';
import { normal, part } from '../draws.ts';
import { exp, ln } from '../../protocols/exact.ts';

export const between = (random: Random, from: number, to: number): number =>
  from + (to - from) * part(random);

/** A whole number, both ends included. */
export const whole = (random: Random, from: number, to: number): number =>
  from + below(random, to - from + 1);

/** True `share` of the time: never at 0, always at 1. */
export const happens = (random: Random, share: number): boolean => part(random) < share;

export function pick<T>(random: Random, from: readonly T[]): T {
  invariant(from.length > 0, 'a pick needs something to pick from');
  return from[below(random, from.length)] as T;
}

/** All of them, in any order alike. */
export const shuffled = <T>(random: Random, all: readonly T[]): T[] =>
  drawnFrom(random, [...all], all.length);

/** So many of them, in any order alike; `all` is left shuffled. */
export function drawnFrom<T>(random: Random, all: T[], count: number): T[] {
  for (let at = 0; at < count; at++) {
    const other = at + below(random, all.length - at);
    [all[at], all[other]] = [all[other] as T, all[at] as T];
  }
  return all.slice(0, count);
}

/** Of so many trials those that succeed, each with `chance` of 0 to 1. */
export function binomial(random: Random, trials: number, chance: number): number {
  const bound = chance * 2 ** 32;
  let successes = 0;
  for (let trial = 0; trial < trials; trial++) if (random.next() < bound) successes++;
  return successes;
}

/** Of mean `mean`, varying as if it were a share of 1 / `scatter` − 1 trials; `scatter` of 0 to 0.5. */
export function beta(random: Random, mean: number, scatter: number): number {
  // With less than a trial between them, both gammas may be too small for a number.
  invariant(scatter >= 0 && scatter <= 0.5, 'a scatter is 0 to 0.5');
  // At the ends there is nothing to vary, and a shape of 0 is none; nor is one beyond all numbers.
  if (scatter < 1e-6 || mean < 0.001 || mean > 0.999) return mean;
  const trials = 1 / scatter - 1;
  const successes = gamma(random, mean * trials);
  return successes / (successes + gamma(random, (1 - mean) * trials));
}

function gamma(random: Random, shape: number): number {
  // Below 1 the method wants a detour by the next shape up.
  if (shape < 1) return gamma(random, shape + 1) * exp(ln(1 - part(random)) / shape);

  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const z = normal(random);
    const root = 1 + c * z;
    const v = root * root * root;
    if (v > 0 && ln(1 - part(random)) < (z * z) / 2 + d * (1 - v + ln(v))) return d * v;
  }
}

/** Of scale 1, with tails so heavy that one in a hundred is beyond 4.5. */
export function heavy(random: Random): number {
  const [a, b, c] = [normal(random), normal(random), normal(random)];
  return normal(random) / Math.sqrt((a * a + b * b + c * c) / 3);
}

export const within01 = (value: number): number => Math.min(Math.max(value, 0), 1);
