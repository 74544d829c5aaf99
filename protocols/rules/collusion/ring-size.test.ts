import { describe, expect, it } from 'vitest';
import { newOverRoom, type Over } from './over.ts';
import { ringShare, ringSizes } from './ring-size.ts';

describe('how likely so many are a ring', () => {
  it('is certain for few, and nothing for many who are no further off than models are', () => {
    expect([share(4, 0.5), share(10, 0.5)]).toEqual([1, 0]);
    expect(share(6, 0.5)).toBeCloseTo((8 - 6) / (8 - 4.5), 6);
  });

  it('is certain for many who are further off than any model', () => {
    expect(share(10, 3)).toBe(1);
    expect(share(10, 1.6)).toBeGreaterThan(share(10, 1.3));
  });

  it('is of a third where a network has twelve, and of a twentieth where it has two hundred', () => {
    expect(ringSizes(12)).toEqual({ usual: 4.5, most: expect.closeTo(6.6) as number });
    expect(ringSizes(200)).toEqual({ usual: 20, most: 40 });
  });
});

/** Of thirty the first are off by so much on a miner, where taste has a standard deviation of 0.4. */
function share(members: number, off: number): number {
  const of = 30;
  const over = overOf(of, (validator) => (validator < members ? off : 0));
  const all = new Float64Array(of);
  return ringShare({
    members: Float64Array.from({ length: of }, (_, at) => (at < members ? 1 : 0)),
    over,
    sums: {
      n: new Int32Array(0),
      z: new Float64Array(0),
      allN: new Int32Array(of).fill(100),
      allZ: all.map((_, at) => over.z[at] ?? 0),
    },
    common: 0.16,
  });
}

function overOf(of: number, off: (validator: number) => number): Over {
  const room = newOverRoom();
  const over = {
    validators: room.validators(of),
    n: room.n(of).fill(20),
    z: room.z(of),
    rivalN: room.rivalN(of).fill(0),
    rivalZ: room.rivalZ(of).fill(0),
    expected: room.expected(of).fill(0),
    taste: room.taste(of).fill(0),
  };
  for (let at = 0; at < of; at++) {
    over.validators[at] = at;
    over.z[at] = 20 * off(at);
  }
  return over;
}
