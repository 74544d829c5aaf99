import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Block } from '../../protocols/units.ts';
import { epochStart } from './rules.ts';

describe('epochStart', () => {
  it('is where the real chain runs its epochs', () => {
    // Seen on a chain with a tempo of 10: epochs of subnet 343 ran in blocks 84, 95 and 106.
    const start = (block: number) => epochStart({ netuid: 343, tempo: 10 }, block as Block);
    expect([83, 84, 94, 95, 105, 106, 107].map(start)).toEqual([73, 84, 84, 95, 95, 106, 106]);
  });

  it('is the last block so far in which an epoch ran, or the first of all', () => {
    fc.assert(
      fc.property(anyRules, anyBlock, ({ netuid, tempo }, block) => {
        const start = epochStart({ netuid, tempo }, block);
        const runs = (at: number): boolean => (at + netuid + 1) % (tempo + 1) === tempo;
        expect(start === 0 || runs(start)).toBe(true);
        for (let at = start + 1; at <= block; at++) expect(runs(at)).toBe(false);
      }),
    );
  });

  it('stays for tempo + 1 blocks', () => {
    fc.assert(
      fc.property(anyRules, anyBlock, (rules, block) => {
        const next = epochStart(rules, (block + rules.tempo + 1) as Block);
        const last = (next + rules.tempo) as Block;
        expect(epochStart(rules, next)).toBe(next);
        expect(epochStart(rules, last)).toBe(next);
        expect(epochStart(rules, (last + 1) as Block)).toBe(last + 1);
      }),
    );
  });
});

const anyRules = fc.record({ netuid: fc.nat({ max: 1_000 }), tempo: fc.nat({ max: 400 }) });
const anyBlock = fc.nat({ max: 2_000 }).map((block) => block as Block);
