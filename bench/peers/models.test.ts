import { describe, expect, it } from 'vitest';
import { ours, simjs, type Model } from './models.ts';

describe('the models of the kernel bench', () => {
  // SimPy's, from kernels.py, which is not there on every machine.
  it.each<[Model, number, number]>([
    ['mm1', 199_608, 2_739_449_817],
    [1_000, 199_796, 4_160_695_519],
    [100_000, 199_555, 2_318_822_124],
  ])('are the same to the random number, %s', async (model, events, checksum) => {
    expect(await ours(model, 200_000)).toMatchObject({ events, checksum });
    expect(await simjs(model, 200_000)).toMatchObject({ events, checksum });
  });
});
