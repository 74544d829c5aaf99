import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roomForFloats, roomForWholes } from './room.ts';

describe('a room', () => {
  it('has arrays of any length, over the same numbers for as long as they fit', () => {
    for (const room of [roomForFloats(), roomForWholes()]) {
      fc.assert(
        fc.property(fc.nat({ max: 50 }), fc.nat({ max: 50 }), (a, b) => {
          room(50);
          const one = room(a).fill(1);
          const other = room(b).fill(2);
          expect([one.length, other.length]).toEqual([a, b]);
          expect([...one]).toEqual(Array.from({ length: a }, (_, at) => (at < b ? 2 : 1)));
        }),
      );
    }
  });
});
