/**
 * The honest peer of `bench/attacks.ts`: a registered pool that asks the validator for links of its own
 * chain, as a pool does that lost its disk, so many a second whatever happens.
 *
 *     settlement 0 … n ──▶ (the validator has its chain)
 *     missing k ──▶ read, seals, journal, actor ──▶ settlement k        this is what is measured
 *
 * Times run from when a question was due, not from when it got away: a stalled validator holds up
 * neither the questions nor their count.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { filter, firstValueFrom, timeout } from 'rxjs';
import { addressOf, type Entry } from '../../protocols/messages.ts';
import { withStanding } from '../../protocols/rules/eligibility.ts';
import { entryDigest, NO_ENTRY, sealBody, type Sign } from '../../protocols/seals.ts';
import { WallClock } from '../../runtime/clock.ts';
import { openPeerKey } from '../../runtime/identity/peer-key.ts';
import { openLine } from '../../runtime/node-line.ts';
import { notary } from '../../runtime/notary.ts';
import { announced, chainIn, joined, type Meeting } from './mock-member.ts';
import { answering } from './pinned.ts';

export interface Answers {
  /** Of each answer, in ms. */
  readonly times: readonly number[];
  /** Questions that had none. */
  readonly unanswered: number;
}
export type HonestQuestion = { readonly measure: number };

/** A page is sent again after 10 s: with so many links and such a pace each is asked for every 12 s. */
const LINKS = 600;
const EVERY_MS = 20;
/** Who has no answer by then has none. */
const PATIENCE_MS = 10_000;
/** Permits are given at each epoch: every ten seconds. */
const STANDING_MS = 60_000;

const [, , dataDir = '', victimHotkey = ''] = process.argv;
const { victim } = { dataDir, victim: victimHotkey } as Meeting;
const clock = new WallClock();
const chain = chainIn(dataDir, clock);
const key = await joined(chain, 'pool', 'honest pool');
const keys = notary([key]);
const sign: Sign = (by, statement) => keys.sign(by, statement);
const peerKey = await openPeerKey(`${dataDir}/honest-peer-key`, () => undefined);
const listen = { ip: '127.0.0.1', port: 0 };
const line = await openLine({
  clock,
  notary: keys,
  chain,
  hotkey: key.hotkey,
  peerKey,
  listen,
  mayDial: () => true,
});
const place = { ...listen, ...line.listening };
await announced(chain, key, { ...place, peerKey: peerKey.publicKey, roles: ['pool'] });
const [self, to] = [addressOf('pool', key.hotkey), addressOf('validator', victim)];
line.open(self);

/** Numbers of links that are asked for, and who waits for each. */
const waiting = new Map<number, () => void>();
line.inbox.subscribe(({ kind, from, body }) => {
  if (kind !== 'settlement' || from !== to) return;
  const { number } = body as Entry;
  waiting.get(number)?.();
  waiting.delete(number);
});

await firstValueFrom(
  chain.heads.pipe(
    filter(
      (metagraph) =>
        withStanding(metagraph, 'pool').some(({ hotkey }) => hotkey === key.hotkey) &&
        withStanding(metagraph, 'validator').some(({ hotkey }) => hotkey === victim),
    ),
    timeout(STANDING_MS),
  ),
);
await handOver();

let next = 0;
answering(async (question): Promise<Answers> => {
  const { measure } = question as HonestQuestion;
  const times: number[] = [];
  const began = performance.now();
  let asked = 0;
  for (; asked * EVERY_MS < measure; asked++) {
    const due = began + asked * EVERY_MS;
    const early = due - performance.now();
    if (early > 0) await pause(early);
    const number = next++ % LINKS;
    waiting.set(number, () => times.push(performance.now() - due));
    const body = { pool: key.hotkey, from: number, to: number };
    line.send({ kind: 'missing', from: self, to, sentAt: clock.now(), body });
  }
  const until = performance.now() + PATIENCE_MS;
  while (waiting.size > 0 && performance.now() < until) await pause(EVERY_MS);
  const unanswered = asked - times.length;
  waiting.clear();
  return { times, unanswered };
});

/** Gives the validator its chain, and waits until it has all of it for good. */
async function handOver(): Promise<void> {
  const validator = key.hotkey;
  const block = chain.view.latest.head.number;
  const appeal = sealBody('appeal', { validator, block }, sign);
  if (appeal === undefined) throw new Error('the pool can sign');
  let previous = NO_ENTRY;
  let left = LINKS;
  const all = new Promise<void>((resolve) => {
    line.finished.subscribe(() => {
      if (--left === 0) resolve();
    });
  });
  for (let number = 0; number < LINKS; number++) {
    const entry: Entry = {
      pool: key.hotkey,
      number,
      previous,
      record: { kind: 'appealed', appeal },
    };
    const body = sealBody('settlement', entry, sign);
    if (body === undefined) throw new Error('the pool can sign');
    line.send({ kind: 'settlement', from: self, to, sentAt: clock.now(), body });
    previous = entryDigest(entry);
  }
  await all;
}
