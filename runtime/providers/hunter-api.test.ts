import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hours, later, type Instant } from '../../protocols/units.ts';
import { UsageError } from '../cli/trouble.ts';
import { hunterMailboxes } from '../verifiers/hunter.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { hunterApi, type HunterApi, type HunterOptions } from './hunter-api.ts';
import { MAX_ANSWER_BYTES } from './json-call.ts';
import { PLAN_REST, type ApiAnswer } from './keyed-api.ts';
import { data, hunterStandIn, type Answer, type HunterStandIn } from './testing/hunter-stand-in.ts';
import { mostWithin, thrownBy } from './testing/seen.ts';
import { heldFetch, inSteps } from './testing/steps.ts';

const KEY = 'k3y-that-nobody-may-see';
const START = Date.UTC(2026, 0, 1) as Instant;
const VERIFIER = '/email-verifier';

let clock: VirtualClock;
let hunter: HunterStandIn;
let said: string[];
beforeEach(async () => {
  clock = new VirtualClock(START);
  hunter = await hunterStandIn(clock);
  said = [];
});
afterEach(() => hunter.close());

describe('hunterApi', () => {
  it('asks with the key in a header, and nowhere else', async () => {
    const answer = await verify(api());
    expect(answer).toEqual({ is: 'data', data: { data: { status: 'valid', email: EMAIL } } });
    const [seen] = hunter.seen;
    expect(seen?.headers['x-api-key']).toBe(KEY);
    expect(seen?.url).toBe('/v2/email-verifier?email=maria%40acme.com');
  });

  it('keeps 1 000 addresses asked at once under 10 a second and 300 a minute', async () => {
    const mailboxes = hunterMailboxes({ api: api() });
    const { signal } = new AbortController();
    const asked = Array.from({ length: 1_000 }, (_, at) =>
      mailboxes.ask(`m${at}@acme.com`, signal),
    );
    const found = await inSteps(clock, Promise.all(asked));
    expect(found.every((one) => one === 'valid')).toBe(true);

    const times = hunter.seen.map(({ at }) => at);
    expect(times).toHaveLength(1_000);
    expect(mostWithin(times, 1_000)).toBe(10);
    expect(mostWithin(times, 60_000)).toBe(300);
    expect(clock.now() - START).toBeLessThan(195_000);
    expect(new Set(hunter.seen.map(({ search }) => search['email'])).size).toBe(1_000);
  });

  it('asks again while an answer is worked out, ever less often, and then has it', async () => {
    hunter.next(VERIFIER, ...times(5, { status: 202 }));
    expect((await verify(api())).is).toBe('data');
    const at = hunter.seen.map((one) => one.at - START);
    expect(at).toEqual([0, 1_000, 3_000, 7_000, 15_000, 23_000]);
  });

  it('asks until nobody waits any more', async () => {
    hunter.usual(() => ({ status: 202 }));
    const control = new AbortController();
    clock.at(later(START, hours(1)), () => control.abort());
    const answer = await inSteps(clock, api().verify(EMAIL, control.signal));
    expect(answer).toEqual({ is: 'trouble', why: 'given_up' });
    expect(hunter.seen.length).toBeGreaterThan(400);
    expect(clock.now()).toBe(START + hours(1));
    expect(clock.pending).toBe(0);
  });

  it('slows down where it is told to, for all that is asked, and one finds out', async () => {
    hunter.next(VERIFIER, ...times(4, { status: 403 }));
    const one = api();
    const answers = await inSteps(clock, Promise.all([0, 1, 2].map(() => verifyOf(one))));
    expect(answers.map(({ is }) => is)).toEqual(['data', 'data', 'data']);
    // Three go at once and are told to; one tries after 2 s, and again after 4 s.
    const at = hunter.seen.map((seen) => seen.at - START);
    expect(at.slice(0, 3)).toEqual([0, 0, 0]);
    expect(at[3]).toBe(2_000);
    expect(at[4]).toBeGreaterThanOrEqual(4_000);
    expect(said).toEqual([]);
  });

  it('says once that the plan is used up, and asks again after the stated time', async () => {
    hunter.usual(() => ({ status: 429 }));
    const one = api();
    const all = await inSteps(clock, Promise.all(times(50, 0).map(() => verifyOf(one))));
    expect(all.every((answer) => troubleOf(answer) === 'plan_used_up')).toBe(true);
    expect(hunter.seen.length).toBeLessThanOrEqual(10);
    expect(said).toEqual([
      'Hunter says that the plan of HUNTER_API_KEY is used up: no call before 2026-01-01T01:00:00.000Z',
    ]);

    const before = hunter.seen.length;
    expect(troubleOf(await verify(one))).toBe('plan_used_up');
    expect(troubleOf(await inSteps(clock, one.company('acme.com', still())))).toBe('plan_used_up');
    expect(hunter.seen).toHaveLength(before);

    hunter.usual(() => data({ status: 'valid' }));
    await clock.run(later(START, PLAN_REST));
    expect((await verify(one)).is).toBe('data');
    expect(said).toHaveLength(1);
  });

  it('says once that the key is refused, and never asks again', async () => {
    hunter.usual(() => ({ status: 401, json: { errors: [{ details: `bad key ${KEY}` }] } }));
    const one = api();
    expect(troubleOf(await verify(one))).toBe('key_refused');
    await clock.run(later(START, hours(10_000)));
    expect(troubleOf(await verify(one))).toBe('key_refused');
    expect(hunter.seen).toHaveLength(1);
    expect(said).toEqual([
      'Hunter refused the key in HUNTER_API_KEY: it is not asked again; check the key and restart',
    ]);
  });

  it.each<readonly [string, Answer, string]>([
    ['no JSON', { text: '{"data":' }, 'garbage'],
    ['nothing', { text: '' }, 'garbage'],
    ['a page', { text: '<html>', type: 'text/html' }, 'garbage'],
    ['JSON that says it is a page', { text: '{}', type: 'text/html' }, 'garbage'],
    ['brackets alone', { text: '['.repeat(100_000) + ']'.repeat(100_000) }, 'garbage'],
    ['our own key', { text: JSON.stringify({ data: { status: KEY } }) }, 'garbage'],
    ['more than anyone reads', 'huge', 'too_large'],
    ['a bomb', { text: `"${'x'.repeat(MAX_ANSWER_BYTES)}"` }, 'too_large'],
    ['a cut line', 'reset', 'unreachable'],
    ['a status of its own', { status: 222 }, 'failed'],
    ['an error of its own', { status: 500 }, 'failed'],
    ['a way elsewhere', { redirect: 'http://127.0.0.1:1/' }, 'failed'],
  ])('is in trouble where it is answered with %s', async (_what, answer, why) => {
    hunter.next(VERIFIER, answer);
    expect(await verify(api())).toEqual({ is: 'trouble', why });
    // And is none the worse for it.
    expect(hunter.seen).toHaveLength(1);
    expect((await verify(api())).is).toBe('data');
  });

  it.each([400, 404, 422, 451])('knows nothing where the status is %i', async (status) => {
    hunter.next(VERIFIER, { status });
    expect(await verify(api())).toEqual({ is: 'nothing' });
  });

  it.each<Answer>(['hang', 'drip'])('waits ten seconds for what would %s', async (answer) => {
    hunter.next(VERIFIER, answer);
    const one = api({ fetch: (url, init) => fetch(url, init) });
    expect(await verify(one)).toEqual({ is: 'trouble', why: 'too_slow' });
    expect(clock.now() - START).toBe(10_000);
  });

  it('is in trouble where nobody answers', async () => {
    await hunter.close();
    expect(await verify(api())).toEqual({ is: 'trouble', why: 'unreachable' });
  });

  it('gives up at once, and asks nothing, where nobody waits', async () => {
    expect(await api().verify(EMAIL, AbortSignal.abort())).toEqual({
      is: 'trouble',
      why: 'given_up',
    });
    expect(hunter.seen).toHaveLength(0);
  });

  it.each(['', ' ', 'short', 'a key with blanks', `${KEY}\n`, 'k'.repeat(257), 'schlüssel-1'])(
    'refuses what is no key, and does not show it: %j',
    (key) => {
      const error = thrownBy(() => api({ key }));
      expect(error).toBeInstanceOf(UsageError);
      expect(String(error)).toContain('HUNTER_API_KEY is ');
      if (key.trim().length > 8) expect(inspect(error, SHOW_ALL)).not.toContain(key.trim());
    },
  );

  it.each(['http://api.hunter.io/v2', 'ftp://x.io', 'https://a:b@x.io', 'nonsense'])(
    'sends no key to %s',
    (baseUrl) => {
      expect(() => api({ baseUrl })).toThrow('allowed: https');
    },
  );

  it('shows its key to nobody, whatever happens', async () => {
    const one = api();
    const mailboxes = hunterMailboxes({ api: one });
    const shown: unknown[] = [one, mailboxes];
    const answers: readonly Answer[] = [
      'reset',
      'huge',
      { text: KEY },
      { text: `{"data":"${KEY}"}` },
      { status: 500, json: { key: KEY } },
      { status: 429, json: { key: KEY } },
    ];
    hunter.next(VERIFIER, ...answers);
    for (const _ of answers) shown.push(await verify(one), inspectedWhileWaiting(one));
    shown.push(
      await inSteps(clock, mailboxes.ask(EMAIL, still())),
      said,
      thrownBy(() => api({ key: `${KEY}\n` })),
    );
    for (const value of shown) {
      expect(inspect(value, SHOW_ALL)).not.toContain(KEY);
      expect(JSON.stringify(value) ?? '').not.toContain(KEY);
      expect(String(value)).not.toContain(KEY);
    }
    expect(hunter.seen.every(({ url, body }) => !`${url}${body}`.includes(KEY))).toBe(true);
    expect(said).toHaveLength(1);
  });
});

const EMAIL = 'maria@acme.com';
const SHOW_ALL = { showHidden: true, depth: Infinity, getters: true };

const api = (options: Partial<HunterOptions> = {}): HunterApi =>
  hunterApi({
    key: KEY,
    clock,
    baseUrl: hunter.url,
    fetch: heldFetch(clock),
    say: (line) => said.push(line),
    ...options,
  });

const still = (): AbortSignal => new AbortController().signal;
const verifyOf = (one: HunterApi): Promise<ApiAnswer> => one.verify(EMAIL, still());
const verify = (one: HunterApi): Promise<ApiAnswer> => inSteps(clock, verifyOf(one));
const troubleOf = (answer: ApiAnswer): unknown => (answer.is === 'trouble' ? answer.why : answer);

/** The client and a promise of it, while a call is on its way. */
function inspectedWhileWaiting(one: HunterApi): string {
  const control = new AbortController();
  const asking = one.verify(EMAIL, control.signal);
  control.abort();
  return inspect([one, asking, control.signal], SHOW_ALL);
}

const times = <T>(count: number, one: T): readonly T[] => Array.from({ length: count }, () => one);
