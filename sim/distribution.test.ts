import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Random } from '../actors/actor.ts';
import { hours, type Duration } from '../protocols/units.ts';
import { randomFrom } from '../runtime/random.ts';
import {
  draw,
  isUnreadable,
  LONGEST_DRAW,
  readDistribution,
  readDuration,
  showDistribution,
  showDuration,
  type Distribution,
} from './distribution.ts';
import { anyDistribution } from './scenario-arbitraries.ts';

describe('draw', () => {
  it('draws the same on every machine', () => {
    expect(draws('uniform(1s, 2s)', 6)).toEqual([1352, 1203, 1702, 1802, 1038, 1095]);
    expect(draws('exponential(3s)', 6)).toEqual([1301, 682, 3632, 4853, 117, 301]);
    expect(draws('lognormal(40ms, 0.5)', 6)).toEqual([46, 51, 45, 27, 30, 83]);
  });

  it('draws a fixed time without chance', () => {
    expect(draw(of('25ms'), broken)).toBe(25);
  });

  it('draws from 53 bits, so that the rarest is 37 times the mean', () => {
    const ones: Random = { next: () => 2 ** 32 - 1, fork: () => ones };
    expect(draw(of('exponential(30m)'), ones)).toBe(66_126_241); // 53 ln 2 times half an hour.
  });

  it('has the mean and the spread that its words say', () => {
    // Within four standard errors of a hundred thousand draws; the stream is one and the same.
    expect(moments('uniform(1s, 2s)')).toEqual(close(1_500, 289));
    expect(moments('exponential(3s)')).toEqual(close(3_000, 3_000));
    expect(moments('lognormal(4s, 0.5)')).toEqual(close(4_532.6, 2_415.7));
    expect(moments('lognormal(4s, 0)')).toEqual({ mean: 4_000, deviation: 0 });
  });

  it('has its median in the middle', () => {
    const drawn = draws('lognormal(40ms, 0.5)', 10_001).toSorted((a, b) => a - b);
    expect(drawn[5_000]).toBe(40);
  });

  it('draws both ends of a uniform, and each as often as what lies between', () => {
    const drawn = draws('uniform(1ms, 4ms)', 40_000);
    const counts = [0, 1, 2, 3, 4, 5].map((value) => drawn.filter((time) => time === value).length);
    expect(counts[0]).toBe(0);
    expect(counts[5]).toBe(0);
    for (const count of counts.slice(1, 5)) expect(Math.abs(count - 10_000)).toBeLessThan(350);
  });

  it('is whole, at least 0 and at most a day, whatever is drawn', () => {
    fc.assert(
      fc.property(anyDistribution, stream, (any, random) => {
        const drawn = draw(any, random);
        expect(Number.isInteger(drawn)).toBe(true);
        expect(drawn).toBeGreaterThanOrEqual(0);
        expect(drawn).toBeLessThanOrEqual(LONGEST_DRAW);
        if (any.kind === 'uniform') expect(drawn).toBeGreaterThanOrEqual(any.from);
        if (any.kind === 'uniform') expect(drawn).toBeLessThanOrEqual(any.to);
      }),
    );
  });

  it('takes as much of the stream each time, so that a draw does not shift the next', () => {
    fc.assert(
      fc.property(anyDistribution, fc.string(), (any, seed) => {
        const taken = { fixed: 0, uniform: 2, exponential: 2, lognormal: 4 }[any.kind];
        const random = randomFrom(seed);
        draw(any, random);
        const other = randomFrom(seed);
        for (let count = 0; count < taken; count++) other.next();
        expect(random.next()).toBe(other.next());
      }),
    );
  });
});

describe('readDistribution', () => {
  it('reads a time, and three ways to draw one', () => {
    expect(of('25ms')).toEqual({ kind: 'fixed', value: 25 });
    expect(of('uniform(1s, 2s)')).toEqual({ kind: 'uniform', from: 1_000, to: 2_000 });
    expect(of('exponential(3s)')).toEqual({ kind: 'exponential', mean: 3_000 });
    expect(of(' lognormal ( 40ms ,0.5 ) ')).toEqual({
      kind: 'lognormal',
      median: 40,
      sigma: 500_000,
    });
  });

  it('reads what it shows', () => {
    fc.assert(
      fc.property(anyDistribution, (any) => {
        expect(readDistribution(showDistribution(any))).toEqual(any);
      }),
    );
  });

  it.each([
    ['lognorml(40ms, 0.5)', 'the nearest is lognormal'],
    ['lognormal(40ms)', 'a sigma of 0 to 10'],
    ['lognormal(40ms, -0.5)', 'a sigma of 0 to 10'],
    ['lognormal(40ms, 10.000001)', 'a sigma of 0 to 10'],
    ['lognormal(40ms, 0.1234567)', 'a sigma of 0 to 10'],
    ['lognormal(40ms, 0.5, 1)', 'a sigma of 0 to 10'],
    ['lognormal(40, 0.5)', 'a median, at most a day'],
    ['uniform(2s, 1s)', 'the second not the lesser'],
    ['uniform(1s)', 'two times'],
    ['uniform(1s, 25h)', 'two times, at most a day'],
    ['exponential(3s, 2s)', 'a mean, at most a day'],
    ['exponential(25h)', 'a mean, at most a day'],
    ['constructor(3s)', 'a way to draw one'],
    ['25h', 'a time, at most a day'],
    ['', 'a time, at most a day'],
  ])('says of %j what is allowed', (text, allowed) => {
    expect(readDistribution(text)).toEqual({
      came: JSON.stringify(text),
      allowed: expect.stringContaining(allowed),
    });
  });

  it('reads or refuses, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearMiss), (text) => {
        const read = readDistribution(text);
        if (isUnreadable(read)) expect(read.allowed).not.toBe('');
        else expect(readDistribution(showDistribution(read))).toEqual(read);
      }),
    );
  });
});

describe('readDuration', () => {
  it('reads a number and its unit', () => {
    const read = ['250ms', '30s', '10m', '2h', '90d', '1.5h', '0.001s', '0ms'].map(readDuration);
    expect(read).toEqual([250, 30_000, 600_000, 7_200_000, 7_776_000_000, 5_400_000, 1, 0]);
  });

  it('reads what it shows', () => {
    fc.assert(
      fc.property(anyLength, (time) => {
        expect(readDuration(showDuration(time))).toBe(time);
      }),
    );
    const times = [0, 1, 1_000, 90_000, 7_200_000].map((time) => showDuration(time as Duration));
    expect(times).toEqual(['0ms', '1ms', '1s', '90s', '2h']);
  });

  it.each([
    ['10 min', 'a unit of ms, s, m, h or d'],
    ['10M', 'a number and a unit'],
    ['10', 'a number and a unit'],
    ['-1s', 'a number and a unit'],
    ['1e3s', 'a number and a unit'],
    ['0.0001s', 'whole milliseconds'],
    ['1.5ms', 'whole milliseconds'],
    ['1constructor', 'a unit of'],
    ['99999999999999d', 'a number and a unit'],
    ['9999999999999d', 'at most a hundred years'],
    ['36500.000001d', 'whole milliseconds'],
    ['3153600000001ms', 'at most a hundred years'],
  ])('says of %j what is allowed', (text, allowed) => {
    expect(readDuration(text)).toMatchObject({ allowed: expect.stringContaining(allowed) });
  });
});

function of(text: string): Distribution {
  const read = readDistribution(text);
  if (isUnreadable(read)) throw new Error(read.allowed);
  return read;
}

function draws(text: string, count: number): number[] {
  const random = randomFrom(7);
  const from = of(text);
  return Array.from({ length: count }, () => draw(from, random));
}

function moments(text: string): { mean: number; deviation: number } {
  const drawn = draws(text, 100_000);
  const mean = drawn.reduce((sum, time) => sum + time, 0) / drawn.length;
  const variance = drawn.reduce((sum, time) => sum + (time - mean) ** 2, 0) / drawn.length;
  return { mean, deviation: Math.sqrt(variance) };
}

/** A mean within four standard errors, a deviation within two per cent. */
const close = (mean: number, deviation: number): unknown => ({
  mean: expect.closeTo(mean, -Math.log10((2 * 4 * deviation) / Math.sqrt(100_000))),
  deviation: expect.closeTo(deviation, -Math.log10(2 * 0.02 * deviation)),
});

/** Whoever draws from it fails. */
const broken: Random = {
  next: () => {
    throw new Error('drawn');
  },
  fork: () => broken,
};

/** All but one of the draws at an end, where logarithms are infinite. */
const stream: fc.Arbitrary<Random> = fc
  .array(fc.oneof(fc.constantFrom(0, 1, 2 ** 32 - 1), fc.nat(2 ** 32 - 1)), {
    minLength: 4,
    maxLength: 4,
  })
  .map((values) => {
    const left = [...values];
    const random: Random = { next: () => left.shift() ?? 0, fork: () => random };
    return random;
  });

const anyLength = fc
  .oneof(
    fc.maxSafeNat().map((value) => value % (36_500 * hours(24))),
    fc.nat(100),
    fc.constant(36_500 * hours(24)),
  )
  .map((value) => value as Duration);

const nearMiss = fc
  .tuple(
    fc.constantFrom('uniform', 'exponential', 'lognormal', 'fixed', ''),
    fc.array(fc.constantFrom('1s', '2s', '0.5', '', '1', ' 3ms', '-1s', '1000'), {
      maxLength: 3,
    }),
  )
  .map(([name, args]) => `${name}(${args.join(',')})`);
