import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hours, seconds, type Duration } from '../../protocols/units.ts';
import type { AddressesFound, Names } from './looking.ts';
import { openNames } from './names.ts';
import { loopbackPolicy } from './testing/loopback-policy.ts';
import { startNameServer, type NameServer } from './testing/name-server.ts';

const always = new AbortController().signal;
/**
 * For what is answered: nothing is missed that comes late, however long the machine stands still, and
 * nothing is asked twice.
 */
const LONG = hours(1);
/** For silence, which is silence however long it took. */
const SHORT = 900 as Duration;
/** A third of it is waited for an answer that is lost; the rest is for the one that is not. */
const WITH_A_LOSS = seconds(9);

let server: NameServer;
let names: Names;
let hasty: Names;
/** Begun at once: it takes its time. */
let lost: Promise<AddressesFound>;

beforeAll(async () => {
  const many = Array.from({ length: 500 }, (_, n) => `127.1.${n >> 8}.${n & 255}`);
  server = await startNameServer({
    'both.test': { A: ['127.0.0.1'], AAAA: ['2001:db8::1'] },
    'four.test': { A: ['127.0.0.1', '127.0.0.2'] },
    'six.test': { AAAA: ['::1'] },
    'xn--bcher-kva.test': { A: ['127.0.0.3'] },
    'empty.test': {},
    'silent.test': 'silent',
    'servfail.test': 'servfail',
    'refused.test': 'refused',
    'garbage.test': 'garbage',
    'forged.test': 'wrong_id',
    'long.test': { A: many, isTruncated: true },
    'slow.test': { A: ['127.0.0.1'], after: 600 as Duration },
    'drag.test': (before) => (before === 0 ? 'silent' : { after: 250 as Duration }),
    'lost.test': (before) => (before === 0 ? 'silent' : { A: ['127.0.0.1'] }),
    'mail.test': { MX: [[10, 'mx.mail.test']] },
    'null.test': { MX: [[0, '.']], A: ['127.0.0.1'] },
    'half-null.test': {
      MX: [
        [0, '.'],
        [10, 'mx.mail.test'],
      ],
    },
    'local-mx.test': {
      MX: [
        [10, 'localhost'],
        [20, '10.0.0.1'],
      ],
      A: ['127.0.0.1'],
    },
    'long-mx.test': { MX: [[10, 'mx.mail.test']], isTruncated: true },
    'private.test': { A: ['10.0.0.1'] },
    'mx-fails.test': (before) => (before < 2 ? 'servfail' : { A: ['127.0.0.1'] }),
  });
  const namesIn = (timeout: Duration): Names =>
    openNames({ servers: [server.at], timeout, policy: loopbackPolicy() });
  [names, hasty] = [namesIn(LONG), namesIn(SHORT)];
  lost = namesIn(WITH_A_LOSS).addresses('lost.test', always);
});
afterAll(() => server.close());

const found = (...addresses: string[]): AddressesFound => ({ is: 'found', addresses });

describe('the addresses of a name', () => {
  it.each([
    ['both.test', found('127.0.0.1', '2001:db8::1')],
    ['four.test', found('127.0.0.1', '127.0.0.2')],
    ['FOUR.test.', found('127.0.0.1', '127.0.0.2')],
    ['six.test', found('::1')],
    ['bücher.test', found('127.0.0.3')],
  ])('are found: %s', async (name, expected) => {
    const answer = await names.addresses(name, always);
    expect(sorted(answer)).toEqual(sorted(expected));
  });

  it('are found where the first answer is lost', async () => {
    expect(await lost).toEqual(found('127.0.0.1'));
    // Of each kind of address.
    expect(server.asked.filter((of) => of.endsWith(' lost.test'))).toHaveLength(4);
  });

  it('are all found where the answer is too long for a datagram', async () => {
    const answer = await names.addresses('long.test', always);
    expect(answer.is === 'found' && answer.addresses.length).toBe(500);
  });

  it.each(['nowhere.test', 'empty.test', 'localhost', '127.0.0.1', 'a..test', 'a/b.test', ''])(
    'are absent: %j',
    async (name) => expect(await names.addresses(name, always)).toEqual({ is: 'absent' }),
  );

  it.each(['silent.test', 'servfail.test', 'refused.test', 'garbage.test', 'forged.test'])(
    'are silent: %s',
    async (name) => expect(await hasty.addresses(name, always)).toEqual({ is: 'silent' }),
  );

  it('are silent where nobody serves names', async () => {
    const nobody = openNames({ servers: ['127.0.0.1:1'], timeout: SHORT });
    expect(await nobody.addresses('four.test', always)).toEqual({ is: 'silent' });
  });

  it('are found at a slow server, after however many quick answers', async () => {
    for (let times = 0; times < 10; times++) await names.addresses('four.test', always);
    const asked = server.asked.length;
    expect((await names.addresses('slow.test', always)).is).toBe('found');
    expect(server.asked.length - asked).toBe(2);
  });
});

describe('mail for a domain', () => {
  it.each([
    ['mail.test', 'accepts'],
    ['half-null.test', 'accepts'],
    ['long-mx.test', 'accepts'],
    ['four.test', 'accepts'],
    ['null.test', 'refuses'],
    ['local-mx.test', 'absent'],
    ['private.test', 'absent'],
    ['empty.test', 'absent'],
    ['nowhere.test', 'absent'],
    ['not a name', 'absent'],
    // Each question is answered in time, and all of them together are not.
    ['drag.test', 'silent'],
    ['silent.test', 'silent'],
    ['servfail.test', 'silent'],
    ['garbage.test', 'silent'],
    ['mx-fails.test', 'silent'],
  ])('of %s: %s', async (domain, expected) => {
    const those = expected === 'silent' ? hasty : names;
    expect(await those.mail(domain, always)).toBe(expected);
  });
});

describe('a look-up', () => {
  it('cannot be opened at servers that are none', () => {
    expect(() => openNames({ servers: ['nonsense'] })).toThrow('nonsense');
  });

  it('ends with the signal, and leaves the others alone', async () => {
    const impatient = new AbortController();
    const cut = names.addresses('silent.test', impatient.signal);
    const other = names.addresses('slow.test', always);
    setImmediate(() => impatient.abort());
    expect(await cut).toEqual({ is: 'silent' });
    expect((await other).is).toBe('found');
  });

  it('asks no more once the signal has aborted', async () => {
    const impatient = new AbortController();
    const cut = hasty.addresses('silent.test', impatient.signal);
    await names.addresses('four.test', always);
    impatient.abort();
    await cut;
    // What was sent before reaches the name server before this does.
    await names.addresses('four.test', always);
    const asked = (): number => server.asked.filter((of) => of.endsWith('silent.test')).length;
    const before = asked();
    // A second try would come in less than the slow one takes.
    await names.addresses('slow.test', always);
    expect(asked()).toBe(before);
  });

  it('does not begin once the signal has aborted', async () => {
    const asked = server.asked.length;
    expect(await names.mail('mail.test', AbortSignal.abort())).toBe('silent');
    expect(server.asked).toHaveLength(asked);
  });

  it('does not fail for standing behind names that hang', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const hanging = Array.from({ length: 200 }, () => names.addresses('silent.test', always));
      const last = names.addresses('four.test', always);
      await vi.advanceTimersByTimeAsync(LONG);
      expect((await last).is).toBe('found');
      await vi.advanceTimersByTimeAsync(LONG);
      expect(new Set((await Promise.all(hanging)).map(({ is }) => is))).toEqual(
        new Set(['silent']),
      );
    } finally {
      vi.useRealTimers();
    }
  });
});

function sorted(answer: AddressesFound): AddressesFound {
  return answer.is === 'found' ? found(...answer.addresses.toSorted()) : answer;
}
