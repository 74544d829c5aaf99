import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { UsageError, WorldError } from '../runtime/cli/trouble.ts';
import { documentOf } from './scenario-keys.ts';
import { scenario, type Scenario } from './scenario.ts';
import { loadSweep, readSweep, type Sweep } from './sweep-file.ts';

describe('a sweep file', () => {
  it('is every combination of its grid, the last key turning fastest', () => {
    const { points, keys, seeds } = read(`"miners.garbage" = [0, 10]\nnetwork.loss = [0, 0.01]`);
    expect(keys).toEqual(['miners.garbage', 'network.loss']);
    expect(seeds).toBe(3);
    expect(points.map(({ parameters }) => Object.values(parameters))).toEqual([
      [0, 0],
      [0, 0.01],
      [10, 0],
      [10, 0.01],
    ]);
    const [, , , last] = points;
    expect(last?.scenario).toMatchObject({
      name: 'base miners.garbage=10 network.loss=0.01',
      miners: { honest: 2, garbage: 10 },
      network: { loss: 10_000 },
    });
  });

  it('reaches into lists, and sets times and flags', () => {
    const { points } = read(`"faults.0.at" = ["1h"]\nduration = ["2h"]
      "chain.permits_required" = [true]`);
    expect(points).toMatchObject([
      {
        scenario: {
          duration: 7_200_000,
          faults: [{ at: 3_600_000 }],
          chain: { permitsRequired: true },
        },
      },
    ]);
  });

  it('is the scenario itself where there is no grid, and takes a list of seeds', () => {
    const sweep = readSweep(`${FORMAT}scenario = "base"\nseeds = [7, 0]`, 'my.toml', () => BASE);
    expect(sweep).toMatchObject({ seeds: [7, 0], points: [{ parameters: {}, scenario: BASE }] });
  });

  it.each([
    ['"miners.garbge" = [1]', 'line 5: grid."miners.garbge" is no known strategy', 'garbage'],
    ['"miner.garbage" = [1]', 'line 5: grid."miner.garbage" is no known key', 'miners'],
    ['"miners.garbage" = [\n0,\n-1]', 'grid."miners.garbage"[1] is -1', 'a whole number'],
    ['"miners" = [3]', 'grid.miners[0] is 3', 'a table'],
    ['"miners.honest.x" = [3]', 'grid."miners.honest.x"[0] is a table', 'a whole number'],
    ['duration = [60]', 'line 5: grid.duration[0] is 60', 'text'],
    ['duration = 60', 'line 5: grid.duration is 60', 'a list of values'],
    ['duration = []', 'grid.duration is an empty list', 'a list of values'],
    ['duration = ["1h", [1]]', 'grid.duration[1] is a list', 'a number, text'],
    ['"miners.garbage" = [1, 1]', 'grid."miners.garbage"[1] is 1', 'each value once'],
    ['"miners.slow" = [1]\nminers.slow = [2]', 'grid.miners.slow is there twice', 'once'],
    ['format = ["x"]', 'grid.format is a list', 'may differ in'],
    ['"faults.1.at" = ["1h"]', 'grid."faults.1.at"[0]', 'tables'],
    ['"__proto__.x" = [1]', 'grid."__proto__.x" is no known key', 'miners'],
    ['"miners.honest" = [500]', 'grid is miners.honest = 500', 'chain.max_uids (256) is at least'],
    [
      `"miners.slow" = [${Array.from({ length: 400 }, (_, at) => at).join()}]\n` +
        `"miners.silent" = [${Array.from({ length: 400 }, (_, at) => at).join()}]`,
      'grid is 480000 cells',
      'at most 100000',
    ],
  ])('refuses %s by its key', (grid, what, allowed) => {
    const message = messageOf(() => read(grid));
    expect(message).toContain(what);
    expect(message).toContain(allowed);
  });

  it.each([
    ['format = "leadpoet.sweep/2"', 'format is "leadpoet.sweep/2"'],
    [`${FORMAT}seeds = 1`, 'scenario is missing'],
    [`${FORMAT}scenario = 3\nseeds = 1`, 'line 2: scenario is 3'],
    [`${FORMAT}scenario = "base"`, 'seeds is missing'],
    [`${FORMAT}scenario = "base"\nseeds = 0`, 'line 3: seeds is 0'],
    [`${FORMAT}scenario = "base"\nseeds = 1.5`, 'seeds is 1.5'],
    [`${FORMAT}scenario = "base"\nseeds = []`, 'seeds is a list of 0'],
    [`${FORMAT}scenario = "base"\nseeds = [1, -1]`, 'seeds[1] is -1'],
    [`${FORMAT}scenario = "base"\nseeds = [1, 2, 1]`, 'seeds[2] is 1'],
    [`${FORMAT}scenario = "base"\nseed = 3`, 'seed is no known key'],
  ])('refuses %s', (text, what) => {
    expect(messageOf(() => readSweep(text, 'my.toml', () => BASE))).toContain(what);
  });

  it('says what is not there', () => {
    expect(() => loadSweep('nowhere')).toThrow(WorldError);
    expect(() => loadSweep('nowhere/my.toml')).toThrow(/a scenario, seeds and a grid/);
  });

  it('makes each point as its parameters say, and leaves all else as it was', () => {
    fc.assert(
      fc.property(grids, (grid) => {
        const { points } = read(stringify(grid));
        const count = Object.values(grid).reduce((product, { length }) => product * length, 1);
        expect(new Set(points.map(({ parameters }) => JSON.stringify(parameters))).size).toBe(
          count,
        );
        for (const { parameters, scenario: made } of points) {
          const expected = structuredClone(documentOf(BASE)) as Record<string, object>;
          for (const [key, value] of Object.entries(parameters)) {
            const [first = '', second = ''] = key.split('.');
            expected[first] = { ...expected[first], [second]: value };
          }
          expect(documentOf(made)).toEqual(expected);
        }
      }),
    );
  });

  it('refuses whatever else comes, and never as a bug', () => {
    const value = fc.oneof(
      fc.array(fc.oneof(fc.integer(), fc.string(), fc.boolean()), { maxLength: 3 }),
      fc.dictionary(fc.string(), fc.array(fc.integer(), { maxLength: 2 }), { maxKeys: 2 }),
      fc.integer(),
    );
    const key = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'miners',
        'miners.slow',
        'faults.0',
        'faults.0.at',
        '__proto__',
        'constructor.x',
      ),
    );
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 3 }), (grid) => {
        try {
          read(stringify(grid));
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
  });
});

const FORMAT = 'format = "leadpoet.sweep/1"\n';
const BASE: Scenario = scenario({
  name: 'base',
  miners: { honest: 2 },
  validators: { honest: 1 },
  faults: [{ fault: 'crash', at: 0, for: 60_000, role: 'any', share: 1 } as Scenario['faults'][0]],
});

const read = (grid: string): Sweep =>
  readSweep(`${FORMAT}scenario = "base"\nseeds = 3\n[grid]\n${grid}`, 'my.toml', () => BASE);

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return String(error);
  }
  return 'nothing';
}

/** Few values of each, so that the combinations stay few. */
const grids = fc.record(
  {
    'miners.garbage': fc.uniqueArray(fc.nat(60), { minLength: 1, maxLength: 2 }),
    'miners.honest': fc.uniqueArray(fc.nat(60), { minLength: 1, maxLength: 2 }),
    'network.loss': fc.uniqueArray(fc.constantFrom(0, 0.01, 1), { minLength: 1, maxLength: 2 }),
    'demand.num_leads': fc.uniqueArray(fc.constantFrom(1, 100), { minLength: 1 }),
  },
  { requiredKeys: [] },
);
