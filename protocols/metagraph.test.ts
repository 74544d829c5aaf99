import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyMetagraph, hotkeyNumber } from './arbitraries.ts';
import { neuronOf } from './metagraph.ts';

describe('neuronOf', () => {
  it('finds who is registered and nobody else', () => {
    fc.assert(
      fc.property(anyMetagraph, fc.nat({ max: 99_999 }), (metagraph, number) => {
        for (const neuron of metagraph.neurons) {
          expect(neuronOf(metagraph, neuron.hotkey)).toBe(neuron);
        }
        const anyone = hotkeyNumber(number);
        expect(neuronOf(metagraph, anyone)).toBe(
          metagraph.neurons.find(({ hotkey }) => hotkey === anyone),
        );
      }),
    );
  });

  it('looks into the list of its own block', () => {
    fc.assert(
      fc.property(anyMetagraph, (metagraph) => {
        const [gone, ...neurons] = metagraph.neurons;
        if (gone === undefined) return;
        expect(neuronOf(metagraph, gone.hotkey)).toBe(gone);
        expect(neuronOf({ ...metagraph, neurons }, gone.hotkey)).toBeUndefined();
      }),
    );
  });
});
