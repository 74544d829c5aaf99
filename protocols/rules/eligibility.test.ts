import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyMetagraph, anyNeuron, anyStake } from '../arbitraries.ts';
import type { Neuron } from '../metagraph.ts';
import { tao, type Rao } from '../units.ts';
import { buyerShortfall, showShortfall, standingOf, withStanding } from './eligibility.ts';

describe('standingOf', () => {
  it('asks of a validator and of a pool 20 TAO, and says how much is missing', () => {
    fc.assert(
      fc.property(anyMetagraph, anyNeuron, served, (metagraph, neuron, role) => {
        const there = { ...metagraph, permitsRequired: false, stakeInAlpha: false };
        const serving: Neuron = { ...neuron, roles: [role] };
        expect(standingOf(role, serving, there)).toEqual(
          neuron.stake < tao(20)
            ? { requirement: 'stake', need: tao(20), has: neuron.stake }
            : undefined,
        );
      }),
    );
  });

  it('is content with 95 % where stake is alpha', () => {
    fc.assert(
      fc.property(anyMetagraph, anyNeuron, served, (metagraph, neuron, role) => {
        const there = { ...metagraph, permitsRequired: false, stakeInAlpha: true };
        const found = standingOf(role, { ...neuron, roles: [role] }, there);
        expect(found === undefined).toBe(neuron.stake >= tao(19));
      }),
    );
  });

  it('asks for a permit where the chain does, before it looks at the stake', () => {
    fc.assert(
      fc.property(anyMetagraph, anyNeuron, served, (metagraph, neuron, role) => {
        const serving: Neuron = { ...neuron, roles: [role], stake: tao(20) };
        expect(standingOf(role, serving, metagraph)).toEqual(
          metagraph.permitsRequired && !neuron.permit ? { requirement: 'permit' } : undefined,
        );
      }),
    );
  });

  it('asks of a miner to be registered as one, and nothing else', () => {
    fc.assert(
      fc.property(anyMetagraph, anyNeuron, (metagraph, neuron) => {
        expect(standingOf('miner', neuron, metagraph)).toEqual(
          neuron.roles.includes('miner') ? undefined : { requirement: 'registration' },
        );
        expect(standingOf('miner', undefined, metagraph)).toEqual({ requirement: 'registration' });
      }),
    );
  });

  it('takes no neuron for what it does not serve as', () => {
    fc.assert(
      fc.property(anyMetagraph, anyNeuron, served, (metagraph, neuron, role) => {
        const other: Neuron = { ...neuron, roles: neuron.roles.filter((one) => one !== role) };
        expect(standingOf(role, other, metagraph)).toEqual({ requirement: 'registration' });
      }),
    );
  });
});

describe('buyerShortfall', () => {
  it('asks for 50 TAO, or 95 % of it in alpha', () => {
    fc.assert(
      fc.property(anyStake, fc.boolean(), (stake, inAlpha) => {
        const need = inAlpha ? 47_500_000_000n : tao(50);
        expect(buyerShortfall(stake, inAlpha)).toEqual(
          stake < need ? { requirement: 'stake', need, has: stake } : undefined,
        );
      }),
    );
  });
});

describe('withStanding', () => {
  it('finds exactly those that lack nothing, in their order', () => {
    fc.assert(
      fc.property(anyMetagraph, anyRole, (metagraph, role) => {
        const lacking = metagraph.neurons.map((neuron) => standingOf(role, neuron, metagraph));
        expect(withStanding(metagraph, role)).toEqual(
          metagraph.neurons.filter((_, index) => lacking[index] === undefined),
        );
      }),
    );
  });
});

describe('showShortfall', () => {
  it('says what is missing and by how much', () => {
    const short = { requirement: 'stake', need: tao(50), has: 12_500_000_000n as Rao } as const;
    expect(showShortfall(short)).toBe('stake is 12.5 TAO, 37.5 TAO below the 50 TAO needed');
    expect(showShortfall({ requirement: 'registration' })).toContain('not registered');
    expect(showShortfall({ requirement: 'permit' })).toContain('permit');
  });
});

const served = fc.constantFrom('validator', 'pool');
const anyRole = fc.constantFrom('miner', 'validator', 'pool');
