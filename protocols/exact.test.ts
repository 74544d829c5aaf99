import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cos, exp, expEach, ln, PI } from './exact.ts';

// What the engine computes is a fair judge of the value, though not of the last bits.
const NEAR = 1e-15;

describe('ln, exp and cos', () => {
  it('give the same bits on every engine', () => {
    // The last two have the longest series.
    expect(
      [0.1, 0.5, 2, 3, 1e-300, 12_345.678, 5e-324, 0.7072, 1.4142].map((x) => bits(ln(x))),
    ).toEqual([
      'c0026bb1bbb55515',
      'bfe62e42fefa39ef',
      '3fe62e42fefa39ef',
      '3ff193ea7aad030b',
      'c085963447f87fb5',
      '4022d79559791e31',
      'c0874385446d71c3',
      'bfd62c1a17840100',
      '3fd62e1ac5b1d180',
    ]);
    expect([-0.3, 1, 2.5, -700, 709, -740].map((x) => bits(exp(x)))).toEqual([
      '3fe7b4c869c37c05',
      '4005bf0a8b14576a',
      '40285d6fd931e0bb',
      '00d14f2b0fb9307f',
      '7fdd422d2be5dc9b',
      '0000000000000055',
    ]);
    expect([0.1, 1, PI / 2, 3, 6, 1_000, -1_000_000].map((x) => bits(cos(x)))).toEqual([
      '3fefd712f9a817c0',
      '3fe14a280fb5068c',
      '3c91a62633145c07',
      'bfefae04be85e5d2',
      '3feeb9b7097822f6',
      '3fe1ff026793f1bb',
      '3fedf9df9906d32c',
    ]);
  });
});

describe('ln', () => {
  it('is the natural logarithm', () => {
    fc.assert(fc.property(positive, (x) => near(ln(x), Math.log(x))));
  });

  it('stays true beside 1, where it is small', () => {
    fc.assert(fc.property(fc.integer({ min: -1_000, max: 1_000 }), nearOne));
    fc.assert(fc.property(fc.double({ min: 0.5, max: 1.5, noNaN: true }), isLog));
  });

  it('has no value below 0, and none that is finite at the ends', () => {
    expect([ln(0), ln(-0), ln(Infinity)]).toEqual([-Infinity, -Infinity, Infinity]);
    expect([ln(-5e-324), ln(-Infinity), ln(NaN)]).toEqual([NaN, NaN, NaN]);
    expect(bits(ln(1))).toBe(bits(0));
  });
});

describe('exp', () => {
  it('is e to a power', () => {
    fc.assert(fc.property(between(-708, 709.7), (x) => near(exp(x), Math.exp(x))));
    fc.assert(fc.property(between(-1, 1), (x) => near(exp(x), Math.exp(x))));
  });

  it('goes down to 0 by the smallest numbers there are, and up to Infinity', () => {
    expect([-745, -744.5, -720].map(exp)).toEqual([-745, -744.5, -720].map(Math.exp));
    expect([exp(-746), exp(-747), exp(-Infinity)]).toEqual([0, 0, 0]);
    expect(exp(709.78)).toBeLessThan(Infinity);
    expect([exp(709.79), exp(711), exp(Infinity)]).toEqual([Infinity, Infinity, Infinity]);
    expect(exp(NaN)).toBeNaN();
    expect([exp(0), exp(-0)]).toEqual([1, 1]);
  });

  it('undoes ln', () => {
    fc.assert(fc.property(between(1e-6, 1e6), (x) => near(exp(ln(x)), x, 1e-14)));
  });

  it('is the same to the bit, of how many it is asked at once', () => {
    const any = fc.oneof(fc.double(), between(-760, 720), between(-1, 1));
    fc.assert(
      fc.property(fc.float64Array({ maxLength: 9 }), fc.array(any), (wild, tame) => {
        for (const values of [wild, Float64Array.from(tame)]) {
          const each = Float64Array.from(values);
          expEach(each);
          expect([...each].map(bits)).toEqual([...values].map((x) => bits(exp(x))));
        }
      }),
    );
  });
});

describe('cos', () => {
  it('is the cosine, in every quarter of a turn', () => {
    fc.assert(fc.property(between(-2 * PI, 2 * PI), isCosine));
    fc.assert(
      fc.property(fc.nat(8), between(-1e-9, 1e-9), (n, off) => isCosine((n * PI) / 2 + off)),
    );
  });

  it('is so after many turns, and refuses what is too far out', () => {
    fc.assert(fc.property(between(-(2 ** 20), 2 ** 20), isCosine));
    expect(() => cos(2 ** 20 + 1)).toThrow('2^20');
    expect([cos(Infinity), cos(-Infinity), cos(NaN)]).toEqual([NaN, NaN, NaN]);
    expect([cos(0), cos(-0)]).toEqual([1, 1]);
  });
});

function bits(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
}

function near(value: number, truth: number, within: number = NEAR): void {
  expect(Math.abs(value - truth)).toBeLessThanOrEqual(within * Math.abs(truth));
}

const isLog = (x: number): void => near(ln(x), Math.log(x));
const isCosine = (x: number): void => near(cos(x), Math.cos(x));
const nearOne = (steps: number): void => isLog(1 + steps * 2 ** -52);

const between = (min: number, max: number): fc.Arbitrary<number> =>
  fc.double({ min, max, noNaN: true });
/** Every number above 0 that there is, as likely small as great. */
const positive = fc.double({ min: 5e-324, noNaN: true, noDefaultInfinity: true });
