/**
 * A provider's API that is opened with a key of ours.
 *
 *     wait for a place ──▶ call ──▶ what its status means ──┬─▶ data, or nothing known
 *            ▲                                              ├─▶ trouble
 *            └────────── after a while ◀── not yet, slower ─┘
 *
 * The key lives in a closure and goes out in one header. It is in no property, so that nothing that
 * prints, logs or sends an object can show it; and what a provider says of a failure is never passed
 * on, since it may repeat what it was sent.
 */
import { later, minutes, seconds, type Duration, type Instant } from '../../protocols/units.ts';
import { UsageError } from '../cli/trouble.ts';
import { maybe } from '../fields.ts';
import type { Clock } from '../host.ts';
import { callJson, type CallTrouble, type Called, type Fetch } from './json-call.ts';
import { Pace, type Limit } from './pace.ts';

/**
 * `later`: still at work, ask again. `slower`: too many calls. `used_up`: the plan has none left.
 * `refused`: the key opens nothing. `failed`: it could not tell this time.
 */
export type Meaning = 'data' | 'nothing' | 'later' | 'slower' | 'used_up' | 'refused' | 'failed';

export type ApiTrouble = CallTrouble | 'key_refused' | 'plan_used_up' | 'failed' | 'too_many';

export type ApiAnswer =
  | { readonly is: 'data'; readonly data: unknown }
  /** It knows nothing of what it was asked for, or may not say. */
  | { readonly is: 'nothing' }
  | { readonly is: 'trouble'; readonly why: ApiTrouble };

export interface KeyedApiOptions {
  /** What people call the provider: `Hunter`. */
  readonly provider: string;
  /** Where the key came from, for people: `HUNTER_API_KEY`. */
  readonly variable: string;
  readonly key: string;
  /** The header that the key goes in, and how. */
  readonly header: (key: string) => readonly [name: string, value: string];
  /** https, or http to this machine. */
  readonly baseUrl: string;
  readonly meaning: (status: number) => Meaning;
  readonly clock: Clock;
  /** Is told in one line, once each time, of what a person has to know. */
  readonly say?: (line: string) => void;
  /** The global one where absent. */
  readonly fetch?: Fetch;
}

export interface ApiCall {
  /** Below the base: `/email-verifier`. */
  readonly path: string;
  readonly search?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** Calls at a pace. Never rejects; `given_up` when the signal aborts. */
export type Caller = (call: ApiCall, signal: AbortSignal) => Promise<ApiAnswer>;

export interface KeyedApi {
  /** One for each of the provider's limits. */
  paced(limits: readonly Limit[]): Caller;
}

/** A plan is filled up once a month, or when a person pays: within the hour that is found out. */
export const PLAN_REST: Duration = minutes(60);
/** An answer that is still being worked out is seldom there sooner. */
export const FIRST_PAUSE: Duration = seconds(1);
/** Twenty questions in an audit's two minutes at the most. */
export const LONGEST_PAUSE: Duration = seconds(8);
/** Limits count by the second and by the minute: the first back-off outlasts one, the last the other. */
export const FIRST_BACK_OFF: Duration = seconds(2);
export const LONGEST_BACK_OFF: Duration = seconds(64);

export function keyedApi(options: KeyedApiOptions): KeyedApi {
  const { provider, variable, meaning, clock, say = () => undefined } = options;
  const base = checkedBase(options.baseUrl, provider);
  const key = checkedKey(options.key, variable);
  const [name, value] = options.header(key);
  const headers = { [name]: value };
  const send = options.fetch ?? ((url, init) => fetch(url, init));

  const paces: Pace[] = [];
  let closed: { readonly why: ApiTrouble; readonly until: Instant } | undefined;

  function close(why: ApiTrouble, until: Instant, line: string): void {
    if (isClosed()) return;
    closed = { why, until };
    say(`${provider} ${line}`);
    for (const pace of paces) pace.dismiss();
  }
  const isClosed = (): boolean => closed !== undefined && clock.now() < closed.until;

  function closeFor(what: 'refused' | 'used_up'): ApiAnswer {
    if (what === 'refused') {
      const line = `refused the key in ${variable}: it is not asked again; check the key and restart`;
      close('key_refused', Infinity as Instant, line);
      return trouble('key_refused');
    }
    const until = later(clock.now(), PLAN_REST);
    const when = new Date(until).toISOString();
    close(
      'plan_used_up',
      until,
      `says that the plan of ${variable} is used up: no call before ${when}`,
    );
    return trouble('plan_used_up');
  }

  const once = ({ path, search, body }: ApiCall, signal: AbortSignal): Promise<Called> => {
    const request = { url: urlOf(base, path, search), headers, ...maybe('body', body) };
    return callJson(request, { fetch: send, clock, signal });
  };

  /** The call once, in its turn; undefined where too many wait. */
  const inTurn = (pace: Pace, call: ApiCall, signal: AbortSignal): Promise<Called | undefined> =>
    new Promise((resolve) => {
      const giveUp = (): void => {
        leaveLine?.();
        resolve({ is: 'trouble', why: 'given_up' });
      };
      let leaveLine: (() => void) | undefined;
      signal.addEventListener('abort', giveUp, { once: true });
      leaveLine = pace.enter((leave) => {
        signal.removeEventListener('abort', giveUp);
        if (leave === undefined) return resolve(undefined);
        void once(call, signal).then(resolve).finally(leave);
      });
      if (leaveLine === undefined) {
        signal.removeEventListener('abort', giveUp);
        resolve(undefined);
      }
    });

  async function ask(pace: Pace, call: ApiCall, signal: AbortSignal): Promise<ApiAnswer> {
    let pause = FIRST_PAUSE;
    let backOff = FIRST_BACK_OFF;
    for (;;) {
      if (signal.aborted) return trouble('given_up');
      if (closed !== undefined && isClosed()) return trouble(closed.why);
      const called = await inTurn(pace, call, signal);
      if (called === undefined)
        return trouble(closed !== undefined && isClosed() ? closed.why : 'too_many');
      if (called.is === 'trouble') return called;

      const what = meaning(called.status);
      if (what === 'slower') {
        pace.slowDown(later(clock.now(), backOff));
        backOff = Math.min(backOff * 2, LONGEST_BACK_OFF) as Duration;
        continue;
      }
      pace.wentWell();
      if (what === 'data') return dataIn(called.value, key);
      if (what === 'nothing') return NOTHING;
      if (what === 'failed') return trouble('failed');
      if (what !== 'later') return closeFor(what);
      await waited(clock, later(clock.now(), pause), signal);
      pause = Math.min(pause * 2, LONGEST_PAUSE) as Duration;
    }
  }

  return {
    paced(limits) {
      const pace = new Pace(clock, limits);
      paces.push(pace);
      return (call, signal) => ask(pace, call, signal);
    },
  };
}

function dataIn(value: unknown, key: string): ApiAnswer {
  try {
    // What has the key in it is an echo of our own question, and no answer.
    if (!JSON.stringify(value).includes(JSON.stringify(key).slice(1, -1))) {
      return { is: 'data', data: value };
    }
  } catch {
    // Nested as deep as no answer is.
  }
  return trouble('garbage');
}

const NOTHING: ApiAnswer = { is: 'nothing' };
const trouble = (why: ApiTrouble): ApiAnswer => ({ is: 'trouble', why });

function urlOf(base: string, path: string, search: ApiCall['search'] = {}): string {
  const url = new URL(base + path);
  for (const [name, value] of Object.entries(search)) url.searchParams.set(name, value);
  return url.href;
}

/** Until an instant, or until nobody waits any more. */
const waited = (clock: Clock, until: Instant, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.at(until, done);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });

/** A key of another make could not be sent, and the error of who tried would show it. */
function checkedKey(key: string, variable: string): string {
  if (/^[\x21-\x7e]{8,256}$/.test(key)) return key;
  const came = key.trim() === '' ? 'empty' : 'not a key';
  throw new UsageError({ field: variable, came, allowed: '8 to 256 letters, digits or signs' });
}

function checkedBase(baseUrl: string, provider: string): string {
  const url = URL.parse(baseUrl);
  const isHere = url !== null && /^(127\.0\.0\.1|\[::1\]|localhost)$/.test(url.hostname);
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isHere);
  if (url !== null && isSafe && url.username === '' && url.password === '' && url.search === '') {
    return url.href.replace(/\/+$/, '');
  }
  const field = `the address of ${provider}`;
  throw new UsageError({
    field,
    came: 'not safe for a key',
    allowed: 'https, without credentials',
  });
}
