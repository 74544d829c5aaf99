import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Callers, readCallers } from './callers.ts';

const ANN = 'a-token-of-ann-in-full';
const BOB = 'a-token-of-bob-in-full';

describe('callers', () => {
  it('are known by their tokens and by nothing like them', () => {
    const callers = new Callers([
      { name: 'ann', token: ANN },
      { name: 'bob', token: BOB },
    ]);
    expect(callers.byToken(ANN)).toBe('ann');
    expect(callers.byToken(BOB)).toBe('bob');
    for (const token of ['', 'ann', ANN.slice(1), ` ${ANN}`, ANN.toUpperCase(), `${ANN}${BOB}`]) {
      expect([token, callers.byToken(token)]).toEqual([token, undefined]);
    }
  });

  it('have cookies that end with their tokens, and are no tokens', () => {
    const callers = new Callers([{ name: 'ann', token: ANN }]);
    const session = callers.sessionFor(ANN) ?? '';
    expect(callers.bySession(session)).toBe('ann');
    expect(callers.byToken(session)).toBeUndefined();
    expect(callers.bySession(ANN)).toBeUndefined();
    expect(callers.sessionFor(BOB)).toBeUndefined();
    expect(new Callers([{ name: 'ann', token: BOB }]).bySession(session)).toBeUndefined();
  });

  it('come from a file of names and tokens, beside the one of the flag', async () => {
    const file = fileOf(`# ours\n\nann ${ANN}\n  bob\t${BOB}  \r\n`);
    const token = { value: 'one-for-the-operator', as: '--http.token' };
    const { callers, warned } = await read({ file, token });
    expect(callers?.byToken(ANN)).toBe('ann');
    expect(callers?.byToken(BOB)).toBe('bob');
    expect(callers?.byToken('one-for-the-operator')).toBe('default');
    expect(warned).toEqual([]);
    expect((await read({})).callers?.areNamed).toBe(false);
  });

  it('are warned of what can be guessed, and of a file that others may read', async () => {
    const file = fileOf('ann short\n');
    chmodSync(file, 0o644);
    const { warned } = await read({ file });
    expect(warned).toEqual([
      expect.stringContaining('chmod 600'),
      'the token of ann is shorter than 16 letters and can be guessed',
    ]);
  });

  it.each([
    ['ann', 'line 1 is no such line'],
    [`ann ${ANN} more`, 'line 1 is no such line'],
    [`# one\n-ann ${ANN}`, 'line 2 is no such line'],
    [`ann ${ANN}\nann ${BOB}`, 'is "ann"; allowed: each name once'],
    [`ann ${ANN}\nbob ${ANN}`, 'is the token of bob twice'],
    [`default ${ANN}`, 'is "default"; allowed: each name once'],
    ['', 'is a file without tokens'],
    [`ann ${'x'.repeat(513)}`, 'a token of 1 to 512'],
    [
      Array.from({ length: 257 }, (_, at) => `c${at} ${ANN}${at}`).join('\n'),
      '256 callers at most',
    ],
  ])('are not read from %j, and no token is shown', async (text, why) => {
    const token = { value: 'one-for-the-operator', as: '--http.token' };
    const { message = '' } = await read({ file: fileOf(text), token });
    expect(message).toContain(why);
    expect(message).not.toContain(ANN);
  });

  it.each(['a b', 'é', '', 'x'.repeat(513), 'a\n'])('have no token like %j', async (value) => {
    const { message = '' } = await read({ token: { value, as: 'LEADPOET_HTTP_TOKEN' } });
    expect(message).toContain(
      'LEADPOET_HTTP_TOKEN is something else; allowed: a token of 1 to 512',
    );
  });
});

const DIR = mkdtempSync(join(tmpdir(), 'leadpoet-callers-'));
afterAll(() => rmSync(DIR, { recursive: true }));

function fileOf(text: string): string {
  const file = join(mkdtempSync(join(DIR, 'f-')), 'callers.txt');
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

async function read(sources: Parameters<typeof readCallers>[0]): Promise<{
  readonly callers?: Callers;
  readonly message?: string;
  readonly warned: readonly string[];
}> {
  const warned: string[] = [];
  try {
    return { callers: await readCallers(sources, (text) => warned.push(text)), warned };
  } catch (error) {
    return { message: (error as Error).message, warned };
  }
}
