import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digest } from '../protocols/hash.ts';
import type { Fraction } from '../protocols/units.ts';
import { cellsOf, codeVersion } from './cells.ts';
import { change, scenario } from './scenario.ts';

describe('cellsOf', () => {
  it('gives all seeds of the first scenario, then those of the next', () => {
    const cells = cellsOf([ONE, OTHER], [7, 3], CODE);
    expect(cells.map(({ scenario: { miners }, seed }) => [miners.honest, seed])).toEqual([
      [1, 7],
      [1, 3],
      [2, 7],
      [2, 3],
    ]);
  });

  it('gives each cell a seed of its own where only their number is said', () => {
    const seeds = cellsOf([ONE, OTHER], 100, CODE).map(({ seed }) => seed);
    expect(new Set(seeds).size).toBe(200);
    expect(seeds.every(Number.isSafeInteger)).toBe(true);
  });

  it('keeps the cells that there were where more are asked for', () => {
    fc.assert(
      fc.property(fc.nat(6), fc.nat(6), (few, more) => {
        const before = cellsOf([ONE], few, CODE);
        expect(cellsOf([OTHER, ONE], few + more, CODE).slice(few + more, 2 * few + more)).toEqual(
          before,
        );
      }),
    );
  });

  it('has a key for each code, scenario and seed, and the same one whatever the name', () => {
    const lossy = change(ONE, { network: { loss: 1 as Fraction } });
    const keys = [CODE, digest('other')].flatMap((code) =>
      cellsOf([ONE, OTHER, lossy], [1, 2], code).map(({ key }) => key),
    );
    expect(new Set(keys).size).toBe(12);
    const [named] = cellsOf([change(ONE, { name: 'another' })], [1], CODE);
    expect(named?.key).toBe(keys[0]);
  });
});

describe('codeVersion', () => {
  it('is the same for the same sources', () => {
    expect(codeVersion()).toMatch(/^[0-9a-f]{64}$/);
    expect(codeVersion()).toBe(codeVersion());
  });
});

const CODE = digest('code');
const ONE = scenario({ miners: { honest: 1 } });
const OTHER = scenario({ miners: { honest: 2 } });
