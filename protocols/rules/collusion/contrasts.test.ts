import { describe, expect, it } from 'vitest';
import { contrastsOf, newContrastRoom, widerOf } from './contrasts.ts';
import {
  added,
  copiedOver,
  expectedOver,
  newOverRoom,
  overOf,
  type Over,
  type Sums,
} from './over.ts';
import type { Pairs } from './pairs.ts';
import { noiseFrom } from './testing/noise.ts';

describe('how far each is off on a set of miners', () => {
  it('is its mean there less that elsewhere, around the middle of all', () => {
    // Three validators with four scores of miner 0 and eight of others: means 1, 0 and 0.5 there.
    const { means } = contrasts(single([4, 0, 2]), [4 + 2, 0, 2 + 1]);
    const own = [4 / 4 - 2 / 13, 0, 2 / 4 - 1 / 13];
    expect([...means]).toEqual(
      own.map((mean) => expect.closeTo(mean - (own[2] ?? 0), 12) as number),
    );
  });

  it('counts what rivals are given the other way, and what all miners have in common then not at all', () => {
    const both = added(single([4, 0, 0]), single([-4, 0, 0], { isRival: true }), newOverRoom());
    const { means } = contrasts(both, [4 - 4 + 40, 0, 0]);
    expect(means[0]).toBeCloseTo((4 + 4) / 8, 12);
  });

  it('leaves out what is expected of it', () => {
    const told = Float64Array.of(0.25, 0, 0);
    const expected = { miner: 0, told, taste: new Float64Array(3).fill(0.1) };
    const raised = expectedOver(PAIRS, sums([4, 0, 0], [4, 0, 0]), {
      expected,
      isRival: false,
      room: newOverRoom(),
    });
    expect(contrasts(raised, [4, 0, 0]).means[0]).toBeCloseTo(1 - 0.25, 12);
    const lowered = expectedOver(PAIRS, sums([4, 0, 0], [4, 0, 0]), {
      expected,
      isRival: true,
      room: newOverRoom(),
    });
    expect(contrasts(lowered, [4, 0, 0]).means[0]).toBeCloseTo(-(1 - 0.25), 12);
    // 1/4 + 0.5/16 + 8/13² + taste.
    expect(contrasts(raised, [4, 0, 0]).variances[0]).toBeCloseTo(
      0.25 + 0.03125 + 8 / 169 + 0.1,
      4,
    );
  });
});

it('is less sure where means lie wider than they should', () => {
  const [once, twice] = [1, 2].map((wider) => contrasts(single([4, 0, 2]), [4, 0, 2], wider));
  expect([...(twice?.variances ?? [])]).toEqual([...(once?.variances ?? [])].map((one) => 2 * one));
  expect(twice?.means).toEqual(once?.means);
});

describe('how much wider means lie than they should', () => {
  it('is not at all where they lie as they should, nor where one in ten is far off', () => {
    const squares = normal(400, 1);
    // A ring's own is allowed for: of normal means it is 1.642/1.5.
    expect(widerOf(squares.slice())).toBeCloseTo(1.642 / 1.5, 1);
    expect(widerOf(squares.map((one, at) => (at % 10 === 0 ? 30 : one)))).toBeLessThan(1.6);
  });

  it('is as much as their squares are', () => {
    expect(widerOf(normal(400, 2))).toBeCloseTo((4 * 1.642) / 1.5, 0);
    expect(widerOf(normal(10, 2))).toBe(1);
  });
});

const normal = (count: number, size: number): Float64Array =>
  Float64Array.from({ length: count }, noiseFrom(5)).map((one) => size * size * one * one);

/** Three validators, each with scores of miner 0. */
const PAIRS: Pairs = {
  rows: new Int32Array(0),
  starts: new Int32Array(4),
  twelfthOf: new Uint8Array(0),
  validatorOf: Int32Array.of(0, 1, 2),
  ofMiner: Int32Array.of(0, 3),
};

/** Four scores each on the miner, and twelve in all. */
const sums = (z: readonly number[], allZ: readonly number[]): Sums => ({
  n: new Int32Array(3).fill(4),
  z: Float64Array.from(z),
  allN: new Int32Array(3).fill(12),
  allZ: Float64Array.from(allZ),
});

const single = (z: readonly number[], { isRival = false } = {}): Over =>
  copiedOver(
    overOf(PAIRS, Float64Array.of(0), sums(z, z), { miner: 0, isRival, room: newOverRoom() }),
  );

const contrasts = (over: Over, allZ: readonly number[], wider = 1) =>
  contrastsOf(
    sums([0, 0, 0], allZ),
    { over, places: Int32Array.of(0, 1, 2) },
    { dispersion: new Float64Array(3).fill(1), wider },
    newContrastRoom(),
  );
