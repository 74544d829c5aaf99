import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError, WorldError } from './cli/trouble.ts';
import { MAX_EVENTS_BYTES, parseEvents, readEvents } from './events.ts';

describe('parseEvents', () => {
  it('reads what the contract shows', () => {
    const queries = [
      {
        query: 'q0',
        buyer: 'u00',
        miner: 'm00',
        num_leads: 100,
        batch: 'b0',
        good: 93,
        time: FROM,
      },
      { query: 'q1', miner: 'm00', num_leads: 1, time: TO },
    ];
    expect(parse({ ...EXAMPLE, queries })).toEqual({
      name: 'an example',
      window: { from: FROM, to: TO },
      sampleSize: 20,
      validators: ['v00'],
      buyers: ['u00'],
      miners: ['m00'],
      audits: [{ batch: 'b0', passRate: 860_000, checked: 50, time: 1_760_000_360 }],
      scores: [
        {
          epoch: 0,
          validator: 'v00',
          miner: 'm00',
          batch: 'b0',
          score: 800_000,
          finalScore: 840_000,
          time: 1_760_000_161,
        },
      ],
      feedback: [{ buyer: 'u00', validator: 'v00', batch: 'b0', rating: 9, time: 1_760_002_396 }],
      queries: [
        { query: 'q0', buyer: 'u00', miner: 'm00', leads: 100, batch: 'b0', good: 93, time: FROM },
        { query: 'q1', miner: 'm00', leads: 1, good: 0, time: TO },
      ],
    });
  });

  it('needs a format, a window and scores, and no more', () => {
    const { format, window } = EXAMPLE;
    expect(parse({ format, window, scores: [] })).toEqual({
      window: { from: FROM, to: TO },
      audits: [],
      scores: [],
      feedback: [],
    });
    for (const field of ['format', 'window', 'scores'] as const) {
      expect(troubleIn({ ...EXAMPLE, [field]: undefined })).toMatch(
        `${field} is missing; allowed: `,
      );
    }
  });

  it('refuses another format by name', () => {
    expect(troubleIn({ ...EXAMPLE, format: 'x/2' })).toBe(
      'format is "x/2"; allowed: collusion-events/1',
    );
    expect(troubleIn({ ...EXAMPLE, format: 'collusion-events/2' })).toBe(
      'format is "collusion-events/2"; allowed: collusion-events/1',
    );
  });

  it.each<[string, object, string]>([
    ['scores', { score: 1.5 }, 'scores[1].score is 1.5; allowed: 0 to 1'],
    ['scores', { score: -0.000_001 }, 'scores[1].score is -0.000001; allowed: 0 to 1'],
    ['scores', { score: '0.9' }, 'scores[1].score is "0.9"; allowed: 0 to 1'],
    ['scores', { score: null }, 'scores[1].score is null; allowed: 0 to 1'],
    ['scores', { score: [[]] }, 'scores[1].score is a list; allowed: 0 to 1'],
    ['scores', { score: undefined }, 'scores[1].score is missing; allowed: 0 to 1'],
    ['scores', { final_score: 2 }, 'scores[1].final_score is 2; allowed: 0 to 1'],
    [
      'scores',
      { epoch: undefined },
      'scores[1].epoch is missing; allowed: a whole number, 0 or more',
    ],
    ['scores', { epoch: -1 }, 'scores[1].epoch is -1; allowed: a whole number, 0 or more'],
    ['scores', { epoch: 0.5 }, 'scores[1].epoch is 0.5; allowed: a whole number, 0 or more'],
    [
      'scores',
      { validator: '' },
      'scores[1].validator is ""; allowed: a text of 1 to 256 characters',
    ],
    [
      'scores',
      { validator: 'v9' },
      'scores[1].validator is "v9"; allowed: an id that is in validators',
    ],
    [
      'scores',
      { validator: 'toString' },
      'scores[1].validator is "toString"; allowed: an id that is in',
    ],
    ['scores', { miner: 'm9' }, 'scores[1].miner is "m9"; allowed: an id that is in miners'],
    ['scores', { batch: 7 }, 'scores[1].batch is 7; allowed: a text of 1 to 256 characters'],
    [
      'scores',
      { time: TO + 0.5 },
      `scores[1].time is ${TO}.5; allowed: ${FROM} to ${TO}, the window`,
    ],
    ['scores', { time: FROM - 1 }, `scores[1].time is ${FROM - 1}; allowed: `],
    ['audits', { pass_rate: 1.01 }, 'audits[1].pass_rate is 1.01; allowed: 0 to 1'],
    ['audits', { checked: -1 }, 'audits[1].checked is -1; allowed: a whole number, 0 or more'],
    ['audits', { batch: undefined }, 'audits[1].batch is missing; allowed: a text'],
    ['audits', { time: 0 }, 'audits[1].time is 0; allowed: '],
    ['feedback', { rating: 0 }, 'feedback[1].rating is 0; allowed: a whole number, 1 to 10'],
    ['feedback', { rating: 11 }, 'feedback[1].rating is 11; allowed: a whole number, 1 to 10'],
    ['feedback', { rating: 9.5 }, 'feedback[1].rating is 9.5; allowed: a whole number, 1 to 10'],
    ['feedback', { buyer: 'u9' }, 'feedback[1].buyer is "u9"; allowed: an id that is in buyers'],
    ['feedback', { validator: 'v9' }, 'feedback[1].validator is "v9"; allowed: an id that is in'],
    ['queries', { num_leads: 0 }, 'queries[1].num_leads is 0; allowed: a whole number, 1 to 100'],
    [
      'queries',
      { num_leads: 101 },
      'queries[1].num_leads is 101; allowed: a whole number, 1 to 100',
    ],
    ['queries', { good: 100 }, 'queries[1].good is 100; allowed: a whole number, 0 to 99'],
    [
      'queries',
      { good: undefined },
      'queries[1].good is missing; allowed: a whole number, 0 to 99',
    ],
    ['queries', { batch: null, good: 1 }, 'queries[1].good is 1; allowed: a whole number, 0 to 0'],
    ['queries', { miner: 'm9' }, 'queries[1].miner is "m9"; allowed: an id that is in miners'],
    ['queries', { buyer: 'u9' }, 'queries[1].buyer is "u9"; allowed: an id that is in buyers'],
    ['queries', { query: {} }, 'queries[1].query is an object; allowed: a text of 1 to 256'],
    ['queries', { time: '0' }, 'queries[1].time is "0"; allowed: '],
  ])('names the row and the field of %s where %j came', (list, change, said) => {
    const [row] = ROWS[list] ?? [];
    expect(troubleIn({ ...EXAMPLE, [list]: [row, { ...row, ...change }] })).toContain(said);
  });

  it.each<[object, string]>([
    [{ window: { from: 2, to: 1 } }, 'window.to is 1; allowed: Unix seconds, 2 or later'],
    [{ window: { to: 1 } }, 'window.from is missing; allowed: Unix seconds'],
    [{ window: [] }, 'window is a list; allowed: an object'],
    [{ scores: {} }, 'scores is an object; allowed: a list'],
    [{ scores: [7] }, 'scores[0] is 7; allowed: an object'],
    [{ scores: [null] }, 'scores[0] is null; allowed: an object'],
    [{ validators: [''] }, 'validators[0] is ""; allowed: a text of 1 to 256 characters'],
    [{ miners: 'm00' }, 'miners is "m00"; allowed: a list'],
    [{ sample_size: 0 }, 'sample_size is 0; allowed: a whole number, 1 or more'],
    [{ name: 7 }, 'name is 7; allowed: a text'],
  ])('names the field where %j came', (change, said) => {
    expect(troubleIn({ ...EXAMPLE, ...change })).toBe(said);
  });

  it('takes ids up to 256 characters, those of JavaScript’s own among them', () => {
    const names = ['__proto__', 'constructor', 'hasOwnProperty', 'x'.repeat(256)];
    const scores = names.map((validator) => ({ ...EXAMPLE.scores[0], validator }));
    const events = parse({ ...EXAMPLE, validators: names, scores, feedback: [] });
    expect(events.scores.map(({ validator }) => validator)).toEqual(names);
    const long = [{ ...EXAMPLE.scores[0], batch: 'x'.repeat(257) }];
    expect(troubleIn({ ...EXAMPLE, scores: long })).toContain('scores[0].batch is "xxx');
  });

  it('ignores what it does not know, under whatever name', () => {
    const text = JSON.stringify(EXAMPLE);
    const odd = `${text.slice(0, -1)},"__proto__":{"queries":[7]},"more":[1],"constructor":1}`;
    expect(parseEvents(odd)).toEqual(parseEvents(text));
  });

  it('rounds a score to the nearest millionth', () => {
    const scores = [0, 1, 0.899_999_9, 0.899_999_4, 0.1 + 0.2].map((score) => ({
      ...EXAMPLE.scores[0],
      score,
    }));
    const read = parse({ ...EXAMPLE, scores }).scores.map(({ score }) => score);
    expect(read).toEqual([0, 1_000_000, 900_000, 899_999, 300_000]);
  });

  it('refuses what is not JSON, or not an object, in one line', () => {
    expect(troubleOf(() => parseEvents(' \n', 'x.json'))).toBe(
      'x.json is empty; allowed: a document of collusion-events/1',
    );
    expect(troubleOf(() => parseEvents('[1', 'x.json'))).toMatch(
      /^x.json is not JSON \(.*\); allow/,
    );
    expect(troubleOf(() => parseEvents('[]', 'x.json'))).toBe(
      'x.json is a list; allowed: an object',
    );
    expect(troubleOf(() => parseEvents('\u001b[31m\n', 'x'))).toMatch(/^\P{C}*$/u);
  });

  it('survives any depth', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(troubleOf(() => parseEvents(`{"format":${deep}}`))).toContain('format is a list');
    expect(troubleOf(() => parseEvents('['.repeat(1_000_000)))).toContain('is not JSON');
  });

  it('meets anything with a named trouble, never with a crash', () => {
    fc.assert(
      fc.property(spoilt, (document) => {
        const said = troubleOf(() => parse(document));
        if (said !== undefined) expect(said).toMatch(/^[\w[\].]+ is .+; allowed: .+$/su);
      }),
    );
  });
});

describe('readEvents', () => {
  it('reads a file, and stdin for -', async () => {
    const text = JSON.stringify(EXAMPLE);
    await inFile(Buffer.from(text), async (file) => {
      expect(await readEvents(file)).toEqual(parseEvents(text));
    });
    const halves = [text.slice(0, 100), text.slice(100)].map((half) => Buffer.from(half));
    expect(await readEvents('-', chunks(...halves))).toEqual(parseEvents(text));
  });

  it('reads a character that two chunks share, and passes over a byte order mark', async () => {
    const bytes = Buffer.from(`\u{FEFF}${JSON.stringify({ ...EXAMPLE, name: 'é' })}`);
    const single = [...bytes].map((byte) => Uint8Array.of(byte));
    expect((await readEvents('-', chunks(...single))).name).toBe('é');
  });

  it('refuses what is not UTF-8', async () => {
    await inFile(Uint8Array.of(0x7b, 0xff, 0x7d), async (file) => {
      await expect(readEvents(file)).rejects.toThrow(
        `${file} is not UTF-8; allowed: JSON in UTF-8`,
      );
    });
  });

  it('stops reading at 256 MB', async () => {
    let given = 0;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += 16_000_000;
        yield ZEROS;
      }
    };
    await expect(readEvents('-', endless())).rejects.toThrow(
      new UsageError({
        field: 'stdin',
        came: 'larger than 256 MB',
        allowed: 'at most 256 MB; split its window',
      }),
    );
    expect(given).toBe(MAX_EVENTS_BYTES + 16_000_000);
  });

  it('says which file it cannot read', async () => {
    await expect(readEvents(join(tmpdir(), 'no', 'such.json'))).rejects.toThrow(WorldError);
    await expect(readEvents(tmpdir())).rejects.toThrow(`cannot read ${tmpdir()}: `);
  });
});

const FROM = 1_760_000_000;
const TO = 1_760_086_400;

const EXAMPLE = {
  format: 'collusion-events/1',
  name: 'an example',
  window: { from: FROM, to: TO },
  sample_size: 20,
  validators: ['v00'],
  buyers: ['u00'],
  miners: ['m00'],
  audits: [{ batch: 'b0', pass_rate: 0.86, checked: 50, time: 1_760_000_360 }],
  scores: [
    {
      epoch: 0,
      validator: 'v00',
      miner: 'm00',
      batch: 'b0',
      score: 0.8,
      final_score: 0.84,
      time: 1_760_000_161,
    },
  ],
  feedback: [{ buyer: 'u00', validator: 'v00', batch: 'b0', rating: 9, time: 1_760_002_396 }],
};

const ROWS: Readonly<Record<string, readonly object[]>> = {
  audits: EXAMPLE.audits,
  scores: EXAMPLE.scores,
  feedback: EXAMPLE.feedback,
  queries: [
    { query: 'q', buyer: 'u00', miner: 'm00', num_leads: 99, batch: 'b0', good: 9, time: FROM },
  ],
};

const parse = (document: unknown): ReturnType<typeof parseEvents> =>
  parseEvents(JSON.stringify(document));
const troubleIn = (document: object): string | undefined => troubleOf(() => parse(document));

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

async function inFile(bytes: Uint8Array, use: (file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'leadpoet-events-'));
  try {
    const file = join(folder, 'events.json');
    writeFileSync(file, bytes);
    await use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const ZEROS = new Uint8Array(16_000_000);

async function* chunks(...pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

/** The example with something odd in one place or another. */
const spoilt: fc.Arbitrary<unknown> = fc
  .record({
    list: fc.constantFrom('scores', 'audits', 'feedback', 'queries', 'window', 'validators'),
    field: fc.constantFrom(
      'score',
      'time',
      'epoch',
      'batch',
      'rating',
      'pass_rate',
      'good',
      'from',
    ),
    value: fc.oneof(fc.jsonValue(), fc.constantFrom(1e308, -1e308, 2 ** 53, '__proto__')),
    whole: fc.boolean(),
  })
  .map(({ list, field, value, whole }) => {
    if (whole || ROWS[list] === undefined) return { ...EXAMPLE, [list]: value };
    const [row] = ROWS[list];
    return { ...EXAMPLE, [list]: [row, { ...row, [field]: value }] };
  });
