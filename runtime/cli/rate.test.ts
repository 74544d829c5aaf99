import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerOf, leadOf, putAnswers } from '../store/testing/answered.ts';
import type { Choice, Person } from './buyer-questions.ts';
import { rate } from './rate.ts';
import { UsageError, WorldError } from './trouble.ts';

describe('leadpoet rate', () => {
  it('says what is missing where nobody can be asked', async () => {
    await expect(rated(undefined, undefined)).rejects.toThrow(
      'QUERY_ID is missing; allowed: the dig',
    );
    await expect(rated(ONE, undefined)).rejects.toThrow(
      'RATING is missing; allowed: a whole number',
    );
  });

  it('knows a query by its first digits, where they are those of one alone', async () => {
    await expect(rated('aaaaaa', '9')).rejects.toThrow(
      'QUERY_ID is "aaaaaa"; allowed: one alone of aaaaaab0000000, aaaaaac0000000',
    );
    await expect(rated('cccccc', '9')).rejects.toThrow(UsageError);
    await expect(rated('a%', '9')).rejects.toThrow('or the first 6 or more');
    await expect(rated('aaaaaab', '11')).rejects.toThrow('RATING is "11"; allowed: a whole number');
  });

  it('lets a person choose among those that brought leads, and say it another time', async () => {
    const offered: Choice[] = [];
    const { code, err } = await rating(undefined, undefined, {
      canAsk: true,
      text: async () => '',
      async choose(choice) {
        offered.push(choice);
        return ONE;
      },
    });
    expect(offered[0]?.options.map(({ value }) => value)).toEqual([ONE]);
    expect(offered[0]?.options[0]?.label).toMatch(
      /^aaaaaab00000: 1 of any industry, any region, \d/,
    );
    expect({ code, err }).toEqual({ code: 1, err: 'leadpoet rate: nothing was said\n' });
  });

  it('says where no buyer has been', async () => {
    await expect(rated(ONE, '9', { 'wallet.hotkey': 'nobody' })).rejects.toThrow(WorldError);
  });
});

const ONE = `aaaaaab${'0'.repeat(57)}`;
const OTHER = `aaaaaac${'0'.repeat(57)}`;
const DIRECTORY = mkdtempSync(join(tmpdir(), 'leadpoet-rate-'));

beforeAll(() => {
  const now = Date.now();
  const lately = <T extends object>(answer: T): T => ({ ...answer, answeredAt: now });
  putAnswers(join(DIRECTORY, 'mock', 'buyer', 'b1'), [
    lately({ ...answerOf(ONE, [leadOf({ Business: 'Acme' })]), chosen: 'b' as never }),
    lately(answerOf(OTHER, [])),
  ]);
});
afterAll(() => rmSync(DIRECTORY, { recursive: true }));

const nobody: Person = {
  canAsk: false,
  text: () => Promise.reject(new Error('nobody is there')),
  choose: () => Promise.reject(new Error('nobody is there')),
};

async function rating(
  name: string | undefined,
  points: string | undefined,
  person: Person,
  options: object = {},
): Promise<{ readonly code: number; readonly err: string }> {
  let err = '';
  const where = { mock: true, dataDir: DIRECTORY, 'wallet.hotkey': 'b1', ...options };
  const io = { out: () => undefined, err: (text: string) => void (err += text) };
  const code = await rate(name, points, where, io, person);
  return { code, err };
}

const rated = (name: string | undefined, points: string | undefined, options: object = {}) =>
  rating(name, points, nobody, options);
