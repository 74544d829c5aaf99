import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Random } from '../actors/actor.ts';
import { ONE, type Fraction } from '../protocols/units.ts';
import {
  below,
  chance,
  randomFrom,
  savedStream,
  streamFrom,
  systemRandom,
  type SavedStream,
} from './random.ts';

describe('randomFrom', () => {
  it('repeats itself, on every machine', () => {
    expect(draws(randomFrom(7), 3)).toEqual(GOLDEN);
    expect(draws(randomFrom('7'), 3)).toEqual(GOLDEN);
  });

  it('draws whole numbers from 0 to 2^32 - 1', () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        for (const draw of draws(randomFrom(seed), 20)) {
          expect(Number.isInteger(draw) && draw >= 0 && draw < 2 ** 32).toBe(true);
        }
      }),
    );
  });

  it('leaves every stream as it is, whatever the others fork and draw', () => {
    fc.assert(
      fc.property(fc.string(), path, fc.array(fc.tuple(path, fc.nat(5))), (seed, mine, others) => {
        const alone = draws(at(randomFrom(seed), mine), 5);

        const root = randomFrom(seed);
        const stream = at(root, mine);
        const among: number[] = [];
        for (const [other, count] of others) {
          if (other.join('\n') !== mine.join('\n')) draws(at(root, other), count);
          if (among.length < 5) among.push(stream.next());
        }
        among.push(...draws(stream, 5 - among.length));
        expect(among).toEqual(alone);
      }),
    );
  });

  it('does not move when it is forked', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (seed, name) => {
        const random = randomFrom(seed);
        random.next();
        random.fork(name).next();
        expect(random.next()).toBe(draws(randomFrom(seed), 2)[1]);
      }),
    );
  });

  it('differs by seed, by name and by the path of names', () => {
    fc.assert(
      fc.property(fc.uniqueArray(path, { selector: (names) => JSON.stringify(names) }), (paths) => {
        const starts = paths.map((names) => draws(at(randomFrom('seed'), names), 3).join());
        expect(new Set(starts).size).toBe(paths.length);
      }),
    );
    expect(draws(randomFrom('ab'), 3)).not.toEqual(draws(randomFrom('a').fork('b'), 3));
  });
});

describe('a saved stream', () => {
  it('goes on where it was, and forks as it would have', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(20), (seed, count) => {
        const stream = randomFrom(seed).fork('one');
        draws(stream, count);
        const kept = JSON.parse(JSON.stringify(savedStream(stream))) as SavedStream;
        expect(draws(streamFrom(kept).fork('two'), 3)).toEqual(draws(stream.fork('two'), 3));
        expect(draws(streamFrom(kept), 5)).toEqual(draws(stream, 5));
      }),
    );
  });
});

describe('systemRandom', () => {
  it('is another each time', () => {
    expect(draws(systemRandom(), 3)).not.toEqual(draws(systemRandom(), 3));
  });
});

describe('below', () => {
  it('shares the draws out evenly, and draws again past the last full share', () => {
    // 2^32 = 3 · 1 431 655 765 + 1: the last draw of all belongs to nobody.
    expect(below(giving(0), 3)).toBe(0);
    expect(below(giving(1_431_655_764), 3)).toBe(0);
    expect(below(giving(1_431_655_765), 3)).toBe(1);
    expect(below(giving(2 ** 32 - 2), 3)).toBe(2);
    expect(below(giving(2 ** 32 - 1, 5), 3)).toBe(0);
  });

  it('is a whole number from 0 to below the count, for every count', () => {
    fc.assert(
      fc.property(count, draw, (upTo, first) => {
        const drawn = below(giving(first, 0), upTo);
        expect(Number.isInteger(drawn) && drawn >= 0 && drawn < upTo).toBe(true);
      }),
    );
  });

  it('agrees with exact division', () => {
    fc.assert(
      fc.property(count, draw, (upTo, first) => {
        const share = 2n ** 32n / BigInt(upTo);
        const exact = BigInt(first) < share * BigInt(upTo) ? BigInt(first) / share : 0n;
        expect(below(giving(first, 0), upTo)).toBe(Number(exact));
      }),
    );
  });

  it('is from 1 to 2^32', () => {
    for (const wrong of [0, -1, 0.5, 2 ** 32 + 1, Number.NaN, Infinity]) {
      expect(() => below(giving(0), wrong)).toThrow('a draw is from 1 to 2^32');
    }
  });
});

describe('chance', () => {
  it('is never at 0, always at one, and about as often as it says between', () => {
    const random = randomFrom('chance');
    const share = (part: number): number =>
      Array.from({ length: 2_000 }, () => chance(random, part as Fraction)).filter(Boolean).length;
    expect(chance(giving(0), 0 as Fraction)).toBe(false);
    expect(chance(giving(0), 1 as Fraction)).toBe(true);
    expect(chance(giving(4_294), 1 as Fraction)).toBe(false);
    expect(share(0)).toBe(0);
    expect(share(ONE)).toBe(2_000);
    expect(share(250_000)).toBeGreaterThan(400);
    expect(share(250_000)).toBeLessThan(600);
  });
});

const GOLDEN = [1_511_213_966, 1_791_391_024, 873_144_531];

const draws = (random: Random, count: number): number[] =>
  Array.from({ length: count }, () => random.next());
const at = (random: Random, names: readonly string[]): Random =>
  names.reduce((stream, name) => stream.fork(name), random);

/** Gives these draws, in order. */
function giving(...numbers: number[]): Random {
  const left = [...numbers];
  const random: Random = {
    next() {
      const number = left.shift();
      if (number === undefined) throw new Error('drawn too often');
      return number;
    },
    fork: () => random,
  };
  return random;
}

const path = fc.array(fc.constantFrom('', 'a', 'b', 'ab', '1', '1:'), { maxLength: 3 });
const count = fc.oneof(
  fc.integer({ min: 1, max: 2 ** 32 }),
  fc.integer({ min: 1, max: 10 }),
  fc.constantFrom(2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 1, 2 ** 32),
);
const draw = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.constantFrom(0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1),
);
