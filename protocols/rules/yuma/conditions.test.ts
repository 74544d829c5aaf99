import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { around } from '../../arbitraries.ts';
import { tao, type Block, type Uid } from '../../units.ts';
import { anyRow, row } from './arbitraries.ts';
import { subnetAt, type Conditions, type WeighingNeuron } from './conditions.ts';

describe('subnetAt', () => {
  it('counts no stake below the threshold', () => {
    const neurons = [19, 20, 21].map((stake) => neuron({ stake: tao(stake) }));
    expect(at(neurons).stake).toEqual([0n, tao(20), tao(21)]);
  });

  it('holds a validator for active through the last block of the cutoff', () => {
    const neurons = [899, 900, 901].map((lastUpdate) => neuron({ lastUpdate: block(lastUpdate) }));
    expect(at(neurons).active).toEqual([false, true, true]);
  });

  it('drops weights that were set before whoever has the slot now, or in the same block', () => {
    const weights = row([0, 1], [1, 2], [2, 3]);
    const neurons = [499, 500, 501].map((registered) =>
      neuron({ weights, lastUpdate: block(500), registeredAt: block(registered) }),
    );
    expect(at(neurons).weights).toEqual([1, 2, 3].map(() => row([0, 1])));
  });

  it('drops bonds to whoever registered since the last epoch, or in its block', () => {
    const bonds = row([0, 1], [1, 2], [2, 3]);
    const neurons = [639, 640, 641].map((registered) =>
      neuron({ bonds, registeredAt: block(registered) }),
    );
    expect(at(neurons).bonds).toEqual([1, 2, 3].map(() => row([0, 1])));
  });

  it('takes permits and the owner as they are, and drops what names no neuron', () => {
    const neurons = [neuron({ permit: true, weights: row([1, 9]), bonds: row([1, 9]) })];
    const subnet = at(neurons);
    expect(subnet).toMatchObject({ permits: [true], weights: [[]], bonds: [[]] });
    expect(subnet).not.toHaveProperty('owner');
    expect(subnetAt(neurons, { ...NOW, owner: 0 as Uid }).owner).toBe(0);
  });

  it('drops nothing else', () => {
    fc.assert(
      fc.property(fc.array(anyNeuron, { minLength: 3, maxLength: 3 }), (neurons) => {
        const subnet = at(neurons);
        for (const [from, { weights, bonds, lastUpdate }] of neurons.entries()) {
          const registered = (uid: Uid): number => neurons[uid]?.registeredAt ?? 0;
          const isOld = new Set(weights.filter(([uid]) => registered(uid) >= lastUpdate));
          expect(subnet.weights[from]).toEqual(weights.filter((entry) => !isOld.has(entry)));
          const isNew = new Set(bonds.filter(([uid]) => registered(uid) >= NOW.lastEpoch));
          expect(subnet.bonds[from]).toEqual(bonds.filter((entry) => !isNew.has(entry)));
        }
      }),
    );
  });
});

const block = (number: number): Block => number as Block;

const NOW: Conditions = {
  now: block(1_000),
  lastEpoch: block(640),
  activityCutoff: 100,
  stakeThreshold: tao(20),
};

const at = (neurons: readonly WeighingNeuron[]) => subnetAt(neurons, NOW);

const neuron = (known: Partial<WeighingNeuron>): WeighingNeuron => ({
  stake: tao(20),
  permit: false,
  registeredAt: block(1),
  lastUpdate: block(1_000),
  weights: [],
  bonds: [],
  ...known,
});

const anyNeuron = fc
  .record({
    registeredAt: fc.oneof(around(500, { max: 1_000 }), around(640, { max: 1_000 })).map(block),
    lastUpdate: around(500, { max: 1_000 }).map(block),
    weights: anyRow(3),
    bonds: anyRow(3),
  })
  .map(neuron);
