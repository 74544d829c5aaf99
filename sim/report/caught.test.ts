import { describe, expect, it } from 'vitest';
import type { FlagRow, NeuronRow } from '../tables.ts';
import { CaughtList } from './caught.ts';
import { believable } from './testing/believable.ts';

describe('who was caught', () => {
  it('is each flag and restriction, in the order in which they began', () => {
    const list = new CaughtList([
      flag({}),
      flag({ name: 'b', event: 'restricted', role: 'buyer' }),
    ]);
    expect(list.end()).toMatchObject([
      { name: 'v', event: 'flagged', at_s: 4_320, ends_s: 100_000, lifted: false, during_tao: 0 },
      { name: 'b', event: 'restricted', told_s: null, during_tao: null, after_tao: null },
    ]);
  });

  it('is paid nothing of the epoch in which the flag was found, and the epochs of its effect apart', () => {
    const list = new CaughtList([flag({})]);
    // The epoch that ends as the flag begins is before it, to the very second and some.
    for (const [at_s, tao] of [
      [4_320.4, 1],
      [8_640, 2],
      [100_000.4, 4],
      [104_320, 8],
    ] as const) {
      list.pay(pay(at_s, tao));
    }
    list.pay({ ...pay(8_640, 16), name: 'another' });
    expect(list.end()).toMatchObject([{ during_tao: 6, after_tao: 8 }]);
  });

  it('ends where an appeal lifted it, and may begin again at once', () => {
    const list = new CaughtList([
      flag({}),
      flag({ event: 'lifted', at_s: 20_000 }),
      flag({ at_s: 20_000, until_s: 200_000 }),
    ]);
    list.pay(pay(8_640, 1));
    list.pay(pay(24_320, 2));
    expect(list.end()).toMatchObject([
      { lifted: true, ends_s: 20_000, during_tao: 1, after_tao: 2 },
      { lifted: false, ends_s: 200_000, during_tao: 2, after_tao: 0 },
    ]);
  });

  it('was told when it was first refused', () => {
    const restricted = { name: 'b', role: 'buyer', event: 'restricted' } as const;
    const list = new CaughtList([
      flag(restricted),
      flag({ ...restricted, event: 'refused', at_s: 9_000 }),
      flag({ ...restricted, event: 'refused', at_s: 9_900 }),
      flag({ name: 'c', event: 'refused' }),
    ]);
    expect(list.end()).toMatchObject([{ name: 'b', told_s: 9_000 }]);
  });
});

const [FLAGGED] = believable(5).flags;

const flag = (parts: Partial<FlagRow>): FlagRow => {
  if (FLAGGED === undefined) throw new Error('a believable run has a flag');
  return { ...FLAGGED, name: 'v', at_s: 4_320, until_s: 100_000, ...parts };
};

const pay = (at_s: number, emission: number): NeuronRow =>
  ({ name: 'v', at_s, emission }) as unknown as NeuronRow;
