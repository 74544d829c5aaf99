import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyNeurons, hotkeyNumber } from '../arbitraries.ts';
import type { Neuron } from '../metagraph.ts';
import type { Coldkey, Block, Fraction, Hotkey, Rao, Uid, Weight16 } from '../units.ts';
import type { MinerScore } from './miner-score.ts';
import { FULL_WEIGHT, minerWeights, quantise } from './weights.ts';

describe('quantise', () => {
  it('scales the greatest to 65535', () => {
    expect(quantised(1_710_000, 1_350_000, 0)).toEqual([65_535, 51_738, 0]);
    expect(quantised(1)).toEqual([65_535]);
  });

  it('is all 0 where all are 0', () => {
    expect(quantised(0, 0)).toEqual([0, 0]);
    expect(quantised()).toEqual([]);
  });

  it('rounds to the nearest, a half up', () => {
    expect(quantised(65_535 * 2, 1)).toEqual([65_535, 1]);
    expect(quantised(65_535 * 2 + 1, 1)).toEqual([65_535, 0]);
    expect(quantised(65_535 * 2, 2, 3)).toEqual([65_535, 1, 2]);
  });

  it('gives the greatest 65535, unless all are 0', () => {
    fc.assert(
      fc.property(anyWeights, (weights) => {
        const greatest = Math.max(0, ...quantise(weights));
        expect(greatest).toBe(weights.some((weight) => weight > 0) ? FULL_WEIGHT : 0);
      }),
    );
  });

  it('gives nothing but whole numbers from 0 to 65535', () => {
    fc.assert(
      fc.property(anyWeights, (weights) => {
        const sixteen = (value: number): boolean => value === (value & 0xffff);
        expect(quantise(weights).every(sixteen)).toBe(true);
      }),
    );
  });

  it('keeps the order, and equals equal', () => {
    fc.assert(
      fc.property(anyWeights, (weights) => {
        const sorted = weights.toSorted((a, b) => a - b);
        const quantised = quantise(sorted);
        expect(quantised).toEqual(quantised.toSorted((a, b) => a - b));
        for (const [index, weight] of sorted.entries()) {
          if (weight === sorted[index + 1]) expect(quantised[index]).toBe(quantised[index + 1]);
        }
      }),
    );
  });

  it('comes back to within 1/65535 of the sum, and to within half a step of the greatest', () => {
    fc.assert(
      fc.property(anyWeights, (weights) => {
        const greatest = Math.max(0, ...weights);
        const sum = weights.reduce((all, weight) => all + weight, 0);
        for (const [index, weight16] of quantise(weights).entries()) {
          // All sides times 65535, so that nothing has to be divided.
          const off = Math.abs(weight16 * greatest - (weights[index] ?? 0) * FULL_WEIGHT);
          expect(off).toBeLessThanOrEqual(sum);
          expect(2 * off).toBeLessThanOrEqual(greatest);
        }
      }),
    );
  });

  it('gives 0 only below half a step', () => {
    fc.assert(
      fc.property(anyWeights, (weights) => {
        const greatest = Math.max(0, ...weights);
        for (const [index, weight16] of quantise(weights).entries()) {
          const isBelow = 2 * (weights[index] ?? 0) * FULL_WEIGHT < greatest;
          expect(weight16 === 0).toBe(greatest === 0 || isBelow);
        }
      }),
    );
  });

  it('depends on the proportions alone', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 1_000 })),
        fc.integer({ min: 1, max: 1_000 }),
        (ws, by) => {
          expect(quantised(...ws.map((weight) => weight * by))).toEqual(quantised(...ws));
        },
      ),
    );
  });
});

describe('minerWeights', () => {
  it('names the registered miners that earn, by uid', () => {
    const neurons = [neuron(3, 1), neuron(2, 2), neuron(1, 3), neuron(0, 4)];
    const miners = new Map([
      [hotkeyNumber(1), miner(900_000, 1_710_000)],
      [hotkeyNumber(2), miner(900_000, 1_350_000)],
      [hotkeyNumber(3), miner(500_000, 1_000_000)],
      [hotkeyNumber(9), miner(1_000_000, 2_000_000)],
    ]);
    expect(minerWeights(miners, { neurons })).toEqual([
      [2, 51_738],
      [3, 65_535],
    ]);
  });

  it('sets nothing where nothing is known', () => {
    expect(minerWeights(new Map(), { neurons: [neuron(0, 1)] })).toEqual([]);
    const low = new Map([[hotkeyNumber(1), miner(500_000, 1_000_000)]]);
    expect(minerWeights(low, { neurons: [neuron(0, 1)] })).toEqual([]);
  });

  it('is worked out once of one standing and the same neurons', () => {
    const neurons = [neuron(0, 1)];
    const miners = new Map([[hotkeyNumber(1), miner(900_000, 1_710_000)]]);
    expect(minerWeights(miners, { neurons })).toBe(minerWeights(miners, { neurons }));
    expect(minerWeights(miners, { neurons: [] })).toEqual([]);
    expect(minerWeights(new Map(), { neurons })).toEqual([]);
  });

  it('does not depend on the order of the neurons', () => {
    fc.assert(
      fc.property(anyNeurons, fc.array(fc.nat({ max: 1_000_000 })), (neurons, accuracies) => {
        const miners = new Map(
          neurons.flatMap(({ hotkey }, index): [Hotkey, MinerScore][] => {
            const accuracy = accuracies[index];
            return accuracy === undefined ? [] : [[hotkey, miner(accuracy, accuracy * 2)]];
          }),
        );
        const weights = minerWeights(miners, { neurons });
        expect(minerWeights(miners, { neurons: neurons.toReversed() })).toEqual(weights);
        expect(weights.every(([, weight]) => weight > 0)).toBe(true);
      }),
    );
  });
});

const quantised = (...weights: number[]): Weight16[] => quantise(weights as Fraction[]);

const miner = (accuracy: number, weight: number): MinerScore => ({
  accuracy: accuracy as Fraction,
  dependability: 1_000_000 as Fraction,
  weight: weight as Fraction,
});

const neuron = (uid: number, number: number): Neuron => ({
  uid: uid as Uid,
  hotkey: hotkeyNumber(number),
  coldkey: 'cold' as Coldkey,
  stake: 0n as Rao,
  permit: false,
  roles: ['miner'],
  registeredAt: 0 as Block,
  lastUpdate: 0 as Block,
});

/** W_m is 0 to 2; half a step of the greatest is where the mistakes are. */
const anyWeights: fc.Arbitrary<Fraction[]> = fc
  .array(
    fc.oneof(
      fc.constantFrom(0, 1, 15, 16, 131_070, 131_071, 2_000_000),
      fc.nat({ max: 40 }),
      fc.nat({ max: 2_000_000 }),
    ),
  )
  .map((weights) => weights as Fraction[]);
