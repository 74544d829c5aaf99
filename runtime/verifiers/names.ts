/**
 * Look-ups of names, at the resolver that this machine uses or at those given.
 *
 *     addresses:  A and AAAA at once        mail:  MX, or else A or AAAA
 *
 * What the name system says of a name is found or absent. What keeps it from saying anything (no answer
 * in time, SERVFAIL, a refusal, garbage) is silent, and whose fault that is, is not for here to say.
 */
import { promises } from 'node:dns';
import { seconds, type Duration } from '../../protocols/units.ts';
import { publicOnly, type AddressPolicy } from './addresses.ts';
import { Gates } from './gates.ts';
import { toHostName } from './host-names.ts';
import type { AddressesFound, MailFound, Names } from './looking.ts';
import { within } from './within.ts';

export interface NamesOptions {
  /** `address` or `address:port` of resolvers; those of the machine where absent. */
  readonly servers?: readonly string[];
  /** For one look-up, whatever it has to ask; 5 s where absent. */
  readonly timeout?: Duration;
  /** Where mail could be brought to: of a domain without MX an address must be allowed. */
  readonly policy?: AddressPolicy;
}

/** A resolver with nothing in its cache walks down from the root in 2 to 3 s at worst. */
const LOOK_UP_TIME = seconds(5);
/** The first try has a third of the time, the second twice as long: packets do get lost. */
const TRIES = 2;

/**
 * Each look-up holds a socket or two. Twice as many as there are visits at once, since what is looked
 * up for mail waits on its own. Behind them wait three batches of 1 000 leads.
 */
const ROOM = { inside: 128, waiting: 4_096 };

export function openNames(options: NamesOptions = {}): Names {
  const { servers, timeout = LOOK_UP_TIME, policy = publicOnly } = options;
  const gates = new Gates(ROOM);
  // Throws now, and to whoever set the servers, if they are none: later all would be silence.
  resolverOf(timeout, servers);

  /** Has a resolver of its own asked, which is cut short with the signal. */
  async function ask<Found>(
    name: string,
    signal: AbortSignal,
    look: (name: string, resolver: promises.Resolver) => Promise<Found | 'silent'>,
  ): Promise<Found | 'silent'> {
    const leave = await gates.enter('', signal);
    if (leave === undefined) return 'silent';

    // The time begins only now: whoever waits behind names that hang must not look like one of them.
    const time = within([signal], timeout);
    try {
      const resolver = resolverOf(timeout, servers);
      const cut = new Promise<'silent'>((resolve) => {
        const silence = (): void => {
          resolver.cancel();
          resolve('silent');
        };
        time.signal.addEventListener('abort', silence, { once: true });
      });
      return await Promise.race([look(name, resolver), cut]);
    } catch {
      // The machine may have no file descriptor or no resolver left: nothing was told.
      return 'silent';
    } finally {
      time.end();
      leave();
    }
  }

  return {
    async addresses(host, signal) {
      const name = toHostName(host);
      if (name === undefined) return { is: 'absent' };
      const found = await ask(name, signal, lookForAddresses);
      return found === 'silent' ? { is: found } : found;
    },

    async mail(domain, signal) {
      const name = toHostName(domain);
      if (name === undefined) return 'absent';
      return ask(name, signal, (of, resolver) => lookForMail(of, resolver, policy));
    },
  };
}

/**
 * A new one for each look-up, for two reasons: `cancel` ends all that a resolver was asked, and c-ares
 * learns from quick answers to give up on slow ones after a quarter of a second. It costs 65 µs.
 */
function resolverOf(timeout: Duration, servers?: readonly string[]): promises.Resolver {
  const resolver = new promises.Resolver({
    timeout: Math.ceil(timeout / (2 ** TRIES - 1)),
    tries: TRIES,
  });
  if (servers !== undefined) resolver.setServers(servers);
  return resolver;
}

async function lookForAddresses(
  name: string,
  resolver: promises.Resolver,
): Promise<AddressesFound> {
  const answers = await Promise.all([told(resolver.resolve4(name)), told(resolver.resolve6(name))]);
  const addresses = answers.flatMap((answer) => (typeof answer === 'string' ? [] : answer));
  if (addresses.length > 0) return { is: 'found', addresses };
  return { is: answers.includes('silent') ? 'silent' : 'absent' };
}

async function lookForMail(
  name: string,
  resolver: promises.Resolver,
  policy: AddressPolicy,
): Promise<MailFound> {
  const answer = await told(resolver.resolveMx(name));
  if (answer === 'silent') return 'silent';
  if (answer !== 'absent' && answer.length > 0) {
    const exchanges = answer.map(({ exchange }) => exchange);
    // RFC 7505: a lone dot, which comes without the dot, says that there is no mail here.
    if (exchanges.every((exchange) => exchange === '')) return 'refuses';
    // Where there are MX records the addresses do not count (RFC 5321, 5.1).
    return exchanges.some((exchange) => toHostName(exchange) !== undefined) ? 'accepts' : 'absent';
  }
  const found = await lookForAddresses(name, resolver);
  if (found.is !== 'found') return found.is;
  return found.addresses.some((ip) => policy.allowsAddress(ip)) ? 'accepts' : 'absent';
}

/** `absent` where the answer is that there is no such name, or none of this kind of record. */
async function told<Records>(answer: Promise<Records>): Promise<Records | 'absent' | 'silent'> {
  try {
    return await answer;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    return ['ENODATA', 'ENOTFOUND', 'EBADNAME'].includes(code) ? 'absent' : 'silent';
  }
}
