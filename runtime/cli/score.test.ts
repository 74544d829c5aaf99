import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseEvents } from '../events.ts';
import { answers, documentOf, FROM, rounds, scoresOf, type File } from './score-arbitraries.ts';
import { scoreEvents } from './score-events.ts';
import { score } from './score.ts';
import { EXIT } from './trouble.ts';

describe('score', () => {
  it('prints one JSON document, or tables', async () => {
    const file = { scores: rounds(2, { a: 1, __proto: 1, ['__proto__']: 0.95 }) };
    const json = await run(file, { json: true });
    expect(json.code).toBe(EXIT.done);
    expect(JSON.parse(json.out)).toEqual(scoreEvents(parseEvents(documentOf(file))));
    expect(JSON.parse(json.out).validators[0]).toMatchObject({ id: '__proto', p: 35 });

    const text = await run({ ...file, queries: answers('m0', 9, 1, 10, 9) });
    expect(text.code).toBe(EXIT.done);
    expect(text.out.split('\n').slice(0, 5)).toEqual([
      'Validators',
      'id          P      C  F       R  emission',
      '__proto    35  1.400  1  49.000  0.333334',
      '__proto__  35  1.400  1  49.000  0.333333',
      'a          35  1.400  1  49.000  0.333333',
    ]);
    expect(text.out).toContain('m0  0.900000  1.900000  1.710000  1.000000   65535');
    expect(text.out).toMatch(/b0 +1\.000000 {2}approved\n/);
  });

  it('says so where a table is empty, or longer than anybody reads', async () => {
    expect((await run({})).out).toBe('Validators\nnone\n\nMiners\nnone\n\nBatches\nnone\n');
    const miners = Array.from({ length: 1_002 }, (_, index) => `m${index}`);
    expect((await run({ miners })).out).toContain('… and 2 more; --json lists them all\n');
  });

  it('folds twenty thousand scores over hundreds of epochs', async () => {
    const scores = Array.from({ length: 4_000 }, (_, number) =>
      scoresOf({
        epoch: number >> 3,
        batch: `b${number}`,
        time: FROM + number,
        by: { a: 1, b: 0.95, c: 0.9, d: 0.85, [`v${number % 500}`]: 0.9 },
      }),
    ).flat();
    expect((await run({ scores }, { json: true })).code).toBe(EXIT.done);
  });
});

async function run(file: File, options = {}): Promise<{ code: number; out: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'leadpoet-score-'));
  try {
    const path = join(folder, 'events.json');
    writeFileSync(path, documentOf(file));
    let out = '';
    const io = { out: (text: string) => (out += text), err: () => undefined };
    return { code: await score(path, options, io), out };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
