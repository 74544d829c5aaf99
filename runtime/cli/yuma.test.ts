import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseYuma } from '../yuma-file.ts';
import { EXIT, UsageError } from './trouble.ts';
import { epochsOf, yuma, type EpochReport, type YumaReport } from './yuma.ts';

describe('yuma', () => {
  it('prints each epoch as the chain would keep it, and shares of six places', async () => {
    const { code, out } = await run(FIRSTS, { json: true });
    expect(code).toBe(EXIT.done);
    expect(JSON.parse(out)).toEqual({
      format: 'leadpoet.yuma/1',
      epochs: [
        {
          consensus: [0, 0, 65_535, 0],
          incentive: [0, 0, 65_535, 0],
          dividends: [45_874, 19_660, 0, 0],
          validator_trust: [65_535, 65_535, 0, 0],
          bonds: [[[2, 65_535]], [[2, 28_086]], [], []],
          emission: [0.35, 0.15, 0.5, 0],
        },
        {
          consensus: [0, 0, 0, 65_535],
          incentive: [0, 0, 0, 65_535],
          dividends: [65_535, 0, 0, 0],
          validator_trust: [65_535, 0, 0, 0],
          bonds: [
            [
              [2, 65_535],
              [3, 65_535],
            ],
            [[2, 28_086]],
            [],
            [],
          ],
          emission: [0.5, 0, 0, 0.5],
        },
        expect.objectContaining({ dividends: [63_568, 1_966, 0, 0] }),
      ],
    });
  });

  it('shows the same in tables', async () => {
    const { code, out } = await run(FIRSTS, {});
    expect(code).toBe(EXIT.done);
    expect(out.split('\n').slice(0, 13)).toEqual([
      'Epoch 1',
      'uid  consensus  incentive  dividends  trust  emission  bonds',
      '  0          0          0      45874  65535  0.350000  2:65535',
      '  1          0          0      19660  65535  0.150000  2:28086',
      '  2      65535      65535          0      0  0.500000  -',
      '  3          0          0          0      0  0.000000  -',
      '',
      'Epoch 2',
      'uid  consensus  incentive  dividends  trust  emission  bonds',
      '  0          0          0      65535  65535  0.500000  2:65535 3:65535',
      '  1          0          0          0      0  0.000000  2:28086',
      '  2          0          0          0      0  0.000000  -',
      '  3      65535      65535          0      0  0.500000  -',
    ]);
  });

  it('shows a thousand neurons, and says how many there are more', async () => {
    const neurons = Array.from({ length: 1_002 }, () => 0);
    const large = { stake: neurons, weights: neurons.map(() => []), version: 2 };
    const { out } = await run(large, {});
    expect(out.split('\n')).toHaveLength(1_000 + 4);
    expect(out).toContain('\n… and 2 more; --json lists them all\n');
    expect((await run({ ...FIRSTS, stake: [1, 0, 0, 0] }, {})).out).not.toContain('more');
  });

  it('gives the last weights and the bonds of the epoch before to each epoch that follows', () => {
    const two = { ...FIRSTS, weights: FIRSTS.weights.slice(0, 2), epochs: 4 };
    const long = [...two.weights, two.weights[1], two.weights[1]];
    expect(reports(two)).toEqual(reports({ ...FIRSTS, weights: long }));
    const [, second] = reports(two);
    const later = { ...FIRSTS, weights: long[1], bonds: second?.bonds, epochs: 2 };
    expect(reports(later)).toEqual(reports(two).slice(2));
  });

  it('lets 64 of the highest stakes validate', () => {
    const stake = [1, ...Array.from({ length: 64 }, () => 2), 0];
    const weights = stake.map((own) => (own > 0 ? [[65, 9]] : []));
    const [epoch] = reports({ stake, weights, version: 2 });
    expect(epoch?.validator_trust.slice(0, 3)).toEqual([0, 65_535, 65_535]);
  });

  it('reads who is not active', () => {
    const stake = [45, 55, 0, 0];
    const weights = [
      [
        [2, 65_535],
        [3, 21_845],
      ],
      [],
      [],
      [],
    ];
    const [idle] = reports({ stake, weights, version: 2 });
    expect(idle).toMatchObject({ incentive: [0, 0, 0, 0], emission: [0.45, 0.55, 0, 0] });
    const [asleep] = reports({ stake, weights, version: 2, active: [true, false, true, true] });
    expect(asleep).toMatchObject({
      incentive: [0, 0, 49_151, 16_383],
      dividends: [65_535, 0, 0, 0],
    });
  });

  it('gives shares that add up to one to the last place, in any subnet with stake', () => {
    fc.assert(
      fc.property(anyFile, (file) => {
        for (const { emission } of reports(file)) {
          const millionths = emission.map((share) => Math.round(share * 1_000_000));
          expect(millionths.map((share) => share / 1_000_000)).toEqual(emission);
          const isStaked = file.stake.some((stake) => stake > 0);
          expect(millionths.reduce((sum, share) => sum + share, 0)).toBe(isStaked ? 1_000_000 : 0);
        }
      }),
    );
  });

  it('prints one JSON document, whatever the subnet', async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, async (file) => {
        const { out } = await run(file, { json: true });
        const report = JSON.parse(out) as YumaReport;
        expect(report.epochs).toEqual(reports(file));
      }),
      // Each run writes a file.
      { numRuns: 100 },
    );
  });

  it('prints nothing where the file is not as it must be', async () => {
    const printed: string[] = [];
    const io = { out: (text: string) => void printed.push(text), err: () => undefined };
    await inFile({ ...FIRSTS, version: 1 }, async (file) => {
      await expect(yuma(file, { json: true }, io)).rejects.toThrow(UsageError);
    });
    expect(printed).toEqual([]);
  });
});

/** Two validators: both hold for one miner, then the larger turns to another, then both do. */
const FIRSTS = {
  stake: [70, 30, 0, 0],
  weights: [
    [[[2, 65_535]], [[2, 65_535]], [], []],
    [[[3, 65_535]], [[2, 65_535]], [], []],
    [[[3, 65_535]], [[3, 65_535]], [], []],
  ],
  version: 2,
};

const reports = (file: object): EpochReport[] => [...epochsOf(parseYuma(JSON.stringify(file)))];

async function run(file: object, options: { readonly json?: boolean }) {
  let out = '';
  let code: number | undefined;
  await inFile(file, async (path) => {
    code = await yuma(path, options, { out: (text) => (out += text), err: () => undefined });
  });
  return { code, out };
}

async function inFile(document: object, use: (file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'leadpoet-yuma-'));
  try {
    const file = join(folder, 'yuma.json');
    writeFileSync(file, JSON.stringify(document));
    await use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const SIZE = 5;
const anyRow = fc.uniqueArray(
  fc.tuple(fc.nat({ max: SIZE - 1 }), fc.oneof(fc.constant(65_535), fc.nat({ max: 65_535 }))),
  { selector: ([uid]) => uid },
);
const ofEach = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.array(arbitrary, { minLength: SIZE, maxLength: SIZE });

const anyFile = fc.record(
  {
    stake: ofEach(
      fc.oneof(fc.nat({ max: 3 }), fc.double({ min: 1e-9, max: 21_000_000, noNaN: true })),
    ),
    weights: fc.oneof(ofEach(anyRow), fc.array(ofEach(anyRow), { minLength: 1, maxLength: 3 })),
    version: fc.constantFrom(2, 3),
    active: ofEach(fc.boolean()),
    alpha: fc.constantFrom(0, 0.1, 1),
    epochs: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: ['stake', 'weights', 'version'] },
);
