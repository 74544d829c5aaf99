import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flatFigures } from './flat-figures.ts';

describe('the figures of a part', () => {
  it('are flat, by names that a label can have', () => {
    const counts = {
      bytesIn: 7,
      failedDials: 0,
      hearing: { miner: 2, validator: 1 },
      cut: new Map([['too slow', 3]]),
      name: 'left out',
      nothing: undefined,
    };
    expect(Object.fromEntries(flatFigures(counts))).toEqual({
      bytes_in: 7,
      failed_dials: 0,
      hearing_miner: 2,
      hearing_validator: 1,
      cut_too_slow: 3,
    });
  });

  it('are as many as a bound and no count is lost, whatever peers called things', () => {
    const word = fc.string({ unit: 'binary', maxLength: 100 });
    const group = fc.array(
      fc.tuple(fc.oneof(word, fc.stringMatching(/^[a-z]{1,4}$/)), fc.nat(1_000)),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(fc.dictionary(word, fc.nat(1_000)), group, group, (plain, one, other) => {
        const groups = { refused: new Map(one), turnedAway: new Map(other) };
        const figures = flatFigures({ ...plain, ...groups });
        expect(new Set(figures.map(([name]) => name)).size).toBe(figures.length);
        expect(figures.length).toBeLessThanOrEqual(65 + 17 + 17);
        for (const [name] of figures) expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
        const all = Object.values({ ...plain, ...groups }).flatMap((value) =>
          typeof value === 'number' ? [value] : [...value.values()],
        );
        expect(sum(figures.map(([, count]) => count))).toBe(sum(all));
      }),
    );
  });

  it('cannot be crowded out by the words of peers', () => {
    const words = Array.from({ length: 1_000 }, (_, n) => [`w${n}`, 1] as const);
    const figures = new Map(
      flatFigures({ turnedAway: new Map(words), sent: 5, cut: new Map([['slow', 2]]) }),
    );
    expect(figures.get('sent')).toBe(5);
    expect(figures.get('cut_slow')).toBe(2);
    expect(figures.get('turned_away_other')).toBe(1_000 - 16);
  });
});

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
