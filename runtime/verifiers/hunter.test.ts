import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HunterApi } from '../providers/hunter-api.ts';
import type { ApiAnswer } from '../providers/keyed-api.ts';
import { hunterMailboxes } from './hunter.ts';
import { askInTurn } from './in-turn.ts';
import type { MailboxFound, Mailboxes } from './looking.ts';

const WORDS: readonly MailboxFound[] = [
  'valid',
  'invalid',
  'accept_all',
  'webmail',
  'disposable',
  'unknown',
];

describe('hunterMailboxes', () => {
  it.each(WORDS)('passes on %s', async (status) => {
    expect(await saying({ is: 'data', data: { data: { status } } })).toBe(status);
  });

  it('does not know what it does not understand', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), fc.anything()), async (data) => {
        expect(await saying({ is: 'data', data })).toBe('unknown');
        expect(await saying({ is: 'data', data: { data: { status: data } } })).toBe('unknown');
      }),
    );
    expect(await saying({ is: 'data', data: { data: { result: 'valid' } } })).toBe('unknown');
    const inherited = { data: Object.create({ status: 'valid' }) as unknown };
    expect(await saying({ is: 'data', data: inherited })).toBe('unknown');
  });

  it('does not know where there is trouble, or nothing', async () => {
    expect(await saying({ is: 'nothing' })).toBe('unknown');
    expect(await saying({ is: 'trouble', why: 'plan_used_up' })).toBe('unknown');
  });
});

describe('askInTurn', () => {
  it('asks the next one where the one before cannot tell, and no further', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 4 }), async (words) => {
        const asked: string[] = [];
        const [first, ...others] = words.map((found, at) => ({
          name: `${at}`,
          ask: (email: string) => {
            asked.push(`${at} ${email}`);
            return Promise.resolve(found);
          },
        }));
        const found = await askInTurn(first ?? NOBODY, ...others).ask('a@b.io', still);
        const last = words.findIndex((one) => one !== 'unknown');
        expect(found).toBe(last < 0 ? 'unknown' : words[last]);
        expect(asked).toEqual(
          words.slice(0, last < 0 ? words.length : last + 1).map((_, at) => `${at} a@b.io`),
        );
      }),
    );
  });

  it('asks nobody where nobody waits', async () => {
    const asks = { name: 'x', ask: () => Promise.reject(new Error('asked')) };
    expect(await askInTurn(asks, asks).ask('a@b.io', AbortSignal.abort())).toBe('unknown');
  });

  it('bears the names of all', () => {
    expect(askInTurn(NOBODY, { ...NOBODY, name: 'other' }).name).toBe('nobody, then other');
  });
});

const still = new AbortController().signal;
const NOBODY: Mailboxes = { name: 'nobody', ask: () => Promise.resolve('unknown') };
const word = fc.constantFrom<MailboxFound>(...WORDS, 'unknown', 'unknown');

const saying = (answer: ApiAnswer): Promise<MailboxFound> => {
  const verify = () => Promise.resolve(answer);
  const api: HunterApi = { verify, searchDomain: verify, company: verify, discover: verify };
  return hunterMailboxes({ api }).ask('a@b.io', still);
};
