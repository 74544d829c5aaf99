import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostileValue } from '../protocols/arbitraries.ts';
import { tao } from '../protocols/units.ts';
import { UsageError, WorldError } from './cli/trouble.ts';
import { MOST_EPOCHS, MOST_NEURONS, parseYuma, readYumaFile } from './yuma-file.ts';

describe('parseYuma', () => {
  it('reads what the contract shows, with the chain’s defaults', () => {
    expect(parse(EXAMPLE)).toEqual({
      stake: [tao(50), tao(50), 0n, 0n],
      weights: [EXAMPLE.weights],
      bonds: [[], [], [], []],
      active: [true, true, true, true],
      terms: { version: 2, kappa: 32_767, bondsPenalty: 65_535, alpha: 100_000 },
      epochs: 1,
    });
  });

  it('reads all that may be set', () => {
    const bonds = [[[2, 65_535]], [], [], []];
    const active = [true, false, true, true];
    const set = { bonds, active, version: 3, kappa: 0.6, bonds_penalty: 0.25, alpha: 0.000_001 };
    expect(parse({ ...EXAMPLE, ...set, epochs: 9 })).toMatchObject({
      bonds,
      active,
      terms: { version: 3, kappa: 39_321, bondsPenalty: 16_383, alpha: 1 },
      epochs: 9,
    });
    const ends = { kappa: 0, bonds_penalty: 0, alpha: 1 };
    expect(parse({ ...EXAMPLE, ...ends }).terms).toEqual({
      version: 2,
      kappa: 0,
      bondsPenalty: 0,
      alpha: 1_000_000,
    });
    expect(parse({ ...EXAMPLE, kappa: 1 }).terms.kappa).toBe(65_535);
  });

  it('takes null for what is not set', () => {
    const unset = { bonds: null, active: null, kappa: null, epochs: null };
    expect(parse({ ...EXAMPLE, ...unset })).toEqual(parse(EXAMPLE));
  });

  it('reads stake in TAO to the nearest rao', () => {
    const stake = [0.1 + 0.2, 6e-10, 4e-10, Number.MAX_SAFE_INTEGER];
    const most = BigInt(Number.MAX_SAFE_INTEGER);
    const [third, one, none, all = 0n] = parse({ ...EXAMPLE, stake }).stake;
    expect([third, one, none]).toEqual([300_000_000n, 1n, 0n]);
    // Beyond what a double can count in rao: to its precision.
    expect(all / 1_000_000_000n - most).toBeLessThanOrEqual(1n);
    expect(most - all / 1_000_000_000n).toBeLessThanOrEqual(1n);
  });

  it('reads one matrix or a list of them, one an epoch, of which the last stands', () => {
    const none = [[], [], [], []];
    const { weights } = EXAMPLE;
    expect(parse({ ...EXAMPLE, weights: none }).weights).toEqual([none]);
    expect(parse({ ...EXAMPLE, weights: [none] }).weights).toEqual([none]);
    expect(parse({ ...EXAMPLE, weights: [none, weights] }).weights).toEqual([none, weights]);
    const last = [[], [], [], [[0, 1]]];
    expect(parse({ ...EXAMPLE, weights: last }).weights).toEqual([last]);
    expect(parse({ ...EXAMPLE, weights: [last, weights] }).weights).toEqual([last, weights]);

    const two = { ...EXAMPLE, weights: [none, weights] };
    expect([parse(two).epochs, parse({ ...two, epochs: 1 }).epochs]).toEqual([2, 2]);
    expect([parse({ ...two, epochs: 2 }).epochs, parse({ ...two, epochs: 5 }).epochs]).toEqual([
      2, 5,
    ]);
  });

  it.each<[object, string]>([
    [{ stake: undefined }, 'stake is missing; allowed: a list of 1 to 65536 stakes in TAO, by uid'],
    [{ stake: [] }, 'stake is a list of 0; allowed: a list of 1 to'],
    [{ stake: [50, -1, 0, 0] }, 'stake[1] is -1; allowed: TAO, 0 or more'],
    [{ stake: [50, '5', 0, 0] }, 'stake[1] is "5"; allowed: TAO, 0 or more'],
    [{ stake: [50, null, 0, 0] }, 'stake[1] is null; allowed: TAO, 0 or more'],
    [{ stake: [50, 2e16, 0, 0] }, 'stake[1] is 20000000000000000; allowed: TAO, 0 or more'],
    [{ weights: undefined }, 'weights is missing; allowed: a list of 4 rows, one a neuron'],
    [{ weights: {} }, 'weights is an object; allowed: a list of 4 rows'],
    [{ weights: [] }, 'weights is a list of 0; allowed: a list of 4 rows'],
    [{ weights: [[], [], []] }, 'weights is a list of 3; allowed: a list of 4 rows'],
    [{ weights: [[], 7, [], []] }, 'weights[1] is 7; allowed: a list of at most 4 pairs'],
    [{ weights: [[], [7], [], []] }, 'weights[1][0] is 7; allowed: a pair [uid, weight], whole'],
    [{ weights: [[[0]], [], [], []] }, 'weights[0][0] is a list; allowed: a pair [uid, weight]'],
    [{ weights: [[[1, 2, 3]], [], [], []] }, 'weights[0][0] is a list; allowed: a pair'],
    [
      {
        weights: [
          [
            [1, 2],
            [4, 2],
          ],
          [],
          [],
          [],
        ],
      },
      'weights[0][1] is a list; allowed: a pair [uid, ',
    ],
    [{ weights: [[[-1, 2]], [], [], []] }, 'numbers of 0 to 3 and 0 to 65535'],
    [{ weights: [[[1, 65_536]], [], [], []] }, 'weights[0][0] is a list; allowed: a pair'],
    [{ weights: [[[1, 0.5]], [], [], []] }, 'weights[0][0] is a list; allowed: a pair'],
    [
      {
        weights: [
          [
            [1, 2],
            [2, 2],
            [1, 3],
          ],
          [],
          [],
          [],
        ],
      },
      'weights[0][2][0] is 1; allowed: a uid that the row has not named before',
    ],
    [
      { weights: [Array.from({ length: 5 }, () => [1, 1]), [], [], []] },
      'weights[0] is a list of 5; allowed: a list of at most 4 pairs',
    ],
    [{ weights: [[[], [], []]] }, 'weights[0] is a list of 3; allowed: a list of 4 rows'],
    [
      {
        weights: [
          [[], [], [], []],
          [[], [], [[1, -1]], []],
        ],
      },
      'weights[1][2][0] is a list; allowed: a pair',
    ],
    [{ bonds: [[]] }, 'bonds is a list of 1; allowed: a list of 4 rows'],
    [{ bonds: [[], [], [], [[4, 1]]] }, 'bonds[3][0] is a list; allowed: a pair'],
    [{ active: [true] }, 'active is a list of 1; allowed: a list of 4 booleans, one a neuron'],
    [{ active: [true, 1, true, true] }, 'active[1] is 1; allowed: true or false'],
    [{ version: undefined }, 'version is missing; allowed: 2 or 3'],
    [{ version: '2' }, 'version is "2"; allowed: 2 or 3'],
    [{ version: 4 }, 'version is 4; allowed: 2 or 3'],
    [{ kappa: 1.01 }, 'kappa is 1.01; allowed: 0 to 1'],
    [{ bonds_penalty: -0.1 }, 'bonds_penalty is -0.1; allowed: 0 to 1'],
    [{ alpha: '0.1' }, 'alpha is "0.1"; allowed: 0 to 1'],
    [{ epochs: 0 }, 'epochs is 0; allowed: a whole number, 1 to 10000'],
    [{ epochs: 10_001 }, 'epochs is 10001; allowed: a whole number, 1 to 10000'],
    [{ epochs: 1.5 }, 'epochs is 1.5; allowed: a whole number, 1 to 10000'],
    [{ kapa: 0.5 }, '"kapa" is no key that this file may have; allowed: stake, '],
    [{ kapa: 0.5 }, '; the nearest is kappa'],
    [{ bondsPenalty: 1 }, '; the nearest is bonds_penalty'],
    [{ constructor: 1 }, '"constructor" is no key'],
  ])('names what is not as it must be: %j', (change, said) => {
    expect(troubleOf(() => parse({ ...EXAMPLE, ...change }))).toContain(said);
  });

  it('takes no key that objects inherit for its own', () => {
    const text = JSON.stringify(EXAMPLE).replace('{', '{"__proto__":{"version":3},');
    expect(troubleOf(() => parseYuma(text))).toContain('"__proto__" is no key');
    const { version: _, ...rest } = EXAMPLE;
    expect(troubleOf(() => parse(rest))).toBe('version is missing; allowed: 2 or 3');
  });

  it('refuses what is no document of its kind', () => {
    const document = 'an object with stake, weights and version';
    expect(troubleOf(() => parseYuma('', 'x'))).toBe(`x is empty; allowed: ${document}`);
    expect(troubleOf(() => parseYuma('[]', 'x'))).toBe('x is a list; allowed: an object');
    expect(troubleOf(() => parseYuma('['.repeat(1_000_000), 'x'))).toContain('nested too deep');
  });

  it('refuses more neurons and epochs than there can be, and what would take all day', () => {
    const stake = Array.from({ length: MOST_NEURONS + 1 }, () => 1);
    const said = `stake is a list of ${stake.length}; allowed: a list of 1 to ${MOST_NEURONS}`;
    expect(troubleOf(() => parse({ ...EXAMPLE, stake }))).toContain(said);

    const weights = Array.from({ length: MOST_EPOCHS + 1 }, () => [[]]);
    const one = { stake: [1], weights, version: 2 };
    expect(troubleOf(() => parse(one))).toBe(
      'weights is a list of 10001; allowed: at most 10000 matrices, one an epoch',
    );
    expect(parse({ ...one, weights: weights.slice(1) }).epochs).toBe(MOST_EPOCHS);

    const many = { stake: stake.slice(1), weights: stake.slice(1).map(() => []), version: 2 };
    const possible = Math.floor(50_000_000 / MOST_NEURONS);
    expect(parse({ ...many, epochs: possible }).epochs).toBe(possible);
    expect(troubleOf(() => parse({ ...many, epochs: possible + 1 }))).toBe(
      `epochs is ${possible + 1}; allowed: at most ${possible} of a subnet of this size`,
    );
  });

  it('meets anything with a named trouble, never with a crash', () => {
    fc.assert(
      fc.property(spoilt, (document) => {
        const said = troubleOf(() => parse(document));
        if (said !== undefined) expect(said).toMatch(/^\S.* is .+; allowed: .+$/su);
      }),
    );
  });
});

describe('readYumaFile', () => {
  it('reads a file, and stdin for -', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leadpoet-yuma-'));
    try {
      const file = join(folder, 'yuma.json');
      writeFileSync(file, JSON.stringify(EXAMPLE));
      expect(await readYumaFile(file)).toEqual(parse(EXAMPLE));
      await expect(readYumaFile(join(folder, 'none'))).rejects.toThrow(WorldError);
    } finally {
      rmSync(folder, { recursive: true });
    }
    const text = Buffer.from(JSON.stringify(EXAMPLE));
    expect(await readYumaFile('-', chunks(text.subarray(0, 9), text.subarray(9)))).toEqual(
      parse(EXAMPLE),
    );
  });

  it('stops reading at 64 MiB', async () => {
    const blanks = Array.from({ length: 65 }, () => Buffer.alloc(1_048_576, ' '));
    await expect(readYumaFile('-', chunks(...blanks))).rejects.toThrow(
      'stdin is larger than 64 MiB; allowed: at most 64 MiB',
    );
    await expect(readYumaFile('-', chunks(...blanks.slice(1)))).rejects.toThrow('stdin is empty');
  });
});

const EXAMPLE = {
  stake: [50, 50, 0, 0],
  weights: [
    [
      [2, 65_535],
      [3, 13_107],
    ],
    [
      [2, 13_107],
      [3, 65_535],
    ],
    [],
    [],
  ],
  version: 2,
};

const parse = (document: unknown): ReturnType<typeof parseYuma> =>
  parseYuma(JSON.stringify(document));

/** What a UsageError says; anything else that is thrown is a failure. */
function troubleOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

async function* chunks(...pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

/** Anything in place of a row or a pair, at any depth. */
const oddMatrix = fc.array(
  fc.oneof(
    fc.constant([]),
    fc.jsonValue({ maxDepth: 2 }),
    fc.array(fc.oneof(fc.constant([0, 1]), fc.constant([[0, 1]]), fc.jsonValue({ maxDepth: 1 }))),
  ),
  { minLength: 3, maxLength: 5 },
);

/** The example with something odd in one place or another. */
const spoilt: fc.Arbitrary<unknown> = fc
  .record({
    key: fc.oneof(
      fc.constantFrom('stake', 'weights', 'bonds', 'version', 'kappa', 'active', 'epochs'),
      fc.string(),
    ),
    value: fc.oneof(oddMatrix, hostileValue),
  })
  .map(({ key, value }) => ({ ...EXAMPLE, [key]: value }));
