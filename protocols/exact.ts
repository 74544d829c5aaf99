/**
 * ln, exp and cos, the same to the last bit on every engine.
 *
 * The language leaves Math.log, Math.exp and Math.cos to the engine, and engines differ in the last
 * bits; one such bit in a latency is another order of messages and another digest. Of + - * / IEEE
 * fixes every bit, so these are made of nothing else. They are off by less than 1e-15 of the value.
 *
 *     ln x  = k ln 2 + 2 (s + s³/3 + s⁵/5 + …)     x = 2ᵏ m, s = (m − 1) / (m + 1)
 *     exp x = 2ᵏ (1 + r + r²/2! + …)               r = x − k ln 2
 *     cos x = ± cos r or ± sin r                   r = x − k π/2
 */
import { invariant } from './units.ts';

/** Natural logarithm: −Infinity at 0, NaN below. */
export function ln(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  // Of the smallest numbers the bits tell no exponent.
  if (x < SMALLEST_NORMAL) return ln(x * twoTo(54)) - 54 * LN2;

  const { power, mantissa } = partsOf(x);
  const s = (mantissa - 1) / (mantissa + 1);
  const series = 2 * s * polynomial(LN_TERMS, s * s);
  return power * LN2_HIGH + (power * LN2_LOW + series);
}

/** e to the power of x: Infinity from about 709.8, 0 below about −745.1. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 710) return Infinity;
  if (x < -746) return 0;

  const power = powerOf(x);
  return timesTwoTo(power, polynomial(EXP_TERMS, restOf(x, power)));
}

/**
 * Puts e to the power of each in its place, to the same bits as `exp`. Each step of a series waits for
 * the one before; those of four do not wait for each other, which takes a third of the time.
 */
export function expEach(values: Float64Array): void {
  const fours = values.length - (values.length % 4);
  for (let at = 0; at < fours; at += 4) {
    const a = values[at] ?? 0;
    const b = values[at + 1] ?? 0;
    const c = values[at + 2] ?? 0;
    const d = values[at + 3] ?? 0;
    if (!(Math.min(a, b, c, d) >= -746 && Math.max(a, b, c, d) <= 710)) {
      for (let one = at; one < at + 4; one++) values[one] = exp(values[one] ?? 0);
      continue;
    }
    const powerA = powerOf(a);
    const powerB = powerOf(b);
    const powerC = powerOf(c);
    const powerD = powerOf(d);
    const restA = restOf(a, powerA);
    const restB = restOf(b, powerB);
    const restC = restOf(c, powerC);
    const restD = restOf(d, powerD);
    let ofA = 0;
    let ofB = 0;
    let ofC = 0;
    let ofD = 0;
    for (let place = EXP_TERMS.length - 1; place >= 0; place--) {
      const term = EXP_TERMS[place] ?? 0;
      ofA = ofA * restA + term;
      ofB = ofB * restB + term;
      ofC = ofC * restC + term;
      ofD = ofD * restD + term;
    }
    values[at] = timesTwoTo(powerA, ofA);
    values[at + 1] = timesTwoTo(powerB, ofB);
    values[at + 2] = timesTwoTo(powerC, ofC);
    values[at + 3] = timesTwoTo(powerD, ofD);
  }
  for (let at = fours; at < values.length; at++) values[at] = exp(values[at] ?? 0);
}

/** x = power · ln 2 + rest, the rest as near to 0 as can be. */
const powerOf = (x: number): number => Math.floor(x / LN2 + 0.5);
const restOf = (x: number, power: number): number => x - power * LN2_HIGH - power * LN2_LOW;

/** In two steps, since 2 to the power may be outside of what a number holds. */
function timesTwoTo(power: number, value: number): number {
  const half = Math.floor(power / 2);
  return value * twoTo(half) * twoTo(power - half);
}

/** Cosine of x radians, for up to 2²⁰ of them either way; further out digits would be lost. */
export function cos(x: number): number {
  if (!Number.isFinite(x)) return NaN;
  invariant(Math.abs(x) <= FURTHEST, 'the cosine is exact up to 2^20 radians');

  const quarters = Math.floor(Math.abs(x) / (PI / 2) + 0.5);
  const rest =
    Math.abs(x) - quarters * QUARTER_HIGH - quarters * QUARTER_MIDDLE - quarters * QUARTER_LOW;
  const square = rest * rest;
  const isOdd = quarters % 2 === 1;
  const size = isOdd ? rest * polynomial(SIN_TERMS, square) : polynomial(COS_TERMS, square);
  return quarters % 4 === 1 || quarters % 4 === 2 ? -size : size;
}

export const PI: number = 3.141592653589793;

const SMALLEST_NORMAL = 2.2250738585072014e-308;
const BITS = new DataView(new ArrayBuffer(8));
/** By their bits; below −1022 an exponent of zero says 0, not 2 to the power. */
const POWERS = Float64Array.from({ length: 2_047 }, (_, at) => {
  if (at === 0) return SMALLEST_NORMAL / 2;
  BITS.setUint32(0, at << 20);
  BITS.setUint32(4, 0);
  return BITS.getFloat64(0);
});

const FURTHEST = 1_048_576;

/** x as `mantissa` · 2^`power` with the mantissa between √½ and √2, where the series is short. */
function partsOf(x: number): { readonly power: number; readonly mantissa: number } {
  BITS.setFloat64(0, x);
  const exponent = (BITS.getUint16(0) >>> 4) - 1_023;
  const scaled = x * twoTo(-exponent);
  return scaled > ROOT_OF_2
    ? { power: exponent + 1, mantissa: scaled / 2 }
    : { power: exponent, mantissa: scaled };
}

/** 2 to a power from −1023 to 1023. */
const twoTo = (power: number): number => POWERS[power + 1_023] ?? 0;

/** c₀ + c₁ x + c₂ x² + …, from the last term to the first. */
function polynomial(terms: readonly number[], x: number): number {
  let sum = 0;
  for (let at = terms.length - 1; at >= 0; at--) sum = sum * x + (terms[at] ?? 0);
  return sum;
}

const ROOT_OF_2 = 1.4142135623730951;
const LN2 = 0.6931471805599453;
/** ln 2 in two parts: a whole number up to 2²⁰ times the first is exact. */
const LN2_HIGH = 0.69314718036912381649;
const LN2_LOW = 1.90821492927058770002e-10;
/** π/2 in three parts, each but the last of 33 bits, for the same reason. */
const QUARTER_HIGH = 1.57079632673412561417;
const QUARTER_MIDDLE = 6.0771005063039659766e-11;
const QUARTER_LOW = 2.02226624879595063154e-21;

/** 1/n!, for n from 0. */
const FACTORIALS: readonly number[] = Array.from({ length: 22 }, (_, n) => {
  let product = 1;
  for (let factor = 2; factor <= n; factor++) product *= factor;
  return 1 / product;
});

/** How many are needed until the next is below 2⁻⁵⁴: s² ≤ 0.03, |rest| ≤ 0.35 and 0.79. */
const LN_TERMS = Array.from({ length: 12 }, (_, n) => 1 / (2 * n + 1));
const EXP_TERMS = FACTORIALS.slice(0, 15);
const COS_TERMS = FACTORIALS.filter((_, n) => n % 2 === 0 && n <= 18).map(alternating);
const SIN_TERMS = FACTORIALS.filter((_, n) => n % 2 === 1 && n <= 19).map(alternating);

function alternating(term: number, at: number): number {
  return at % 2 === 0 ? term : -term;
}
