import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computing } from './testing/computing.ts';
import { nearest } from './nearest.ts';

describe('nearest', () => {
  it('finds what was meant', () => {
    const known = ['stake', 'weights', 'bonds', 'bonds_penalty', 'epochs'];
    expect(
      ['stakes', 'wieghts', 'bond', 'bondsPenalty', 'epoch'].map((w) => nearest(w, known)),
    ).toEqual(known);
    expect(nearest('x', [])).toBeUndefined();
  });

  it('takes the first of two that are as near', () => {
    expect(nearest('cat', ['bat', 'hat'])).toBe('bat');
    // Two letters put in are further than one changed.
    expect(nearest('cat', ['chart', 'bat'])).toBe('bat');
  });

  it('finds any known word itself', () => {
    fc.assert(
      fc.property(words, (known) => {
        for (const word of known) expect(nearest(word, known)).toBe(word);
      }),
    );
  });

  it('finds a word with one letter wrong where all others are further', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FAR), fc.nat({ max: 5 }), edit, (word, at, put) => {
        const letters = word.split('');
        letters.splice(at, put.out, ...put.in);
        expect(nearest(letters.join(''), FAR)).toBe(word);
      }),
    );
  });

  it('is quick about a word of any length', () => {
    const long = 'y'.repeat(50_000_000);
    const took = computing(() => expect(nearest(long, FAR)).toBe(FAR[0]));
    expect(took).toBeLessThan(5_000);
  });
});

/** No two of them are within two letters of each other. */
const FAR = ['aaaaaa', 'bbbbbb', 'cccccc'];

const words = fc.uniqueArray(fc.string({ maxLength: 8 }), { minLength: 1, maxLength: 6 });
const edit = fc.constantFrom({ out: 1, in: [] }, { out: 0, in: ['z'] }, { out: 1, in: ['z'] });
