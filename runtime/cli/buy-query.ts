/**
 * A person's question to a buyer's node: it is written down before it is asked, and the one that is
 * open for the same want is gone on with, so that killing this and running it again asks once.
 */
import { first, firstValueFrom } from 'rxjs';
import type { QueryAnswer } from '../../actors/actor.ts';
import type { Asking, BuyerState } from '../../actors/answering.ts';
import { addressOf } from '../../protocols/messages.ts';
import type { Want } from '../../protocols/query.ts';
import { withStanding } from '../../protocols/rules/eligibility.ts';
import { seconds, type Duration } from '../../protocols/units.ts';
import { stayInTouch } from '../in-touch.ts';
import type { LiveNode } from '../node.ts';
import { openOrder, placeOrder } from '../orders.ts';
import { below } from '../random.ts';
import { until } from '../until.ts';

/** Who is told how it stands. */
export interface Hearing {
  readonly say: (line: string) => void;
  readonly placed: () => void;
  /** With what is known of the query that was under way. */
  readonly goesOn: (asking: Asking) => void;
}

/**
 * The answer to the question: the one that was open for it, or a new one. `placed` is called once it
 * is written down: from then on it goes on, whatever ends this process.
 */
export async function answerTo(
  node: LiveNode,
  want: Want,
  { say, placed, goesOn }: Hearing,
): Promise<QueryAnswer> {
  const { host, dir, running, answered } = node;
  await until(host.clock, BEGIN_TIME, () => running.status === 'live');
  const before = openOrder(dir, want);
  const nonce = before ?? below(host.random, MOST_NONCE);
  const answer = firstValueFrom(answered.pipe(first((one) => one.nonce === nonce)));
  // Who leaves before it comes does not wait for it.
  answer.catch(() => undefined);
  const found = before === undefined ? undefined : answerOf(node, nonce);
  if (before !== undefined) placed();
  if (found !== undefined) {
    say('this was answered before it could be shown');
    return found;
  }
  const open = (running.state as BuyerState | undefined)?.open.values() ?? [];
  const asking = [...open].find(({ work }) => work.nonce === nonce)?.work;
  if (asking !== undefined) {
    say('going on with the query of before');
    stayInTouch(node, asking);
    goesOn(asking);
    return answer;
  }
  placeOrder(dir, nonce, want);
  placed();
  await market(node, say);
  const self = addressOf('buyer', node.hotkey);
  const sentAt = host.clock.now();
  running.tell({ kind: 'want', from: self, to: self, sentAt, body: { want, nonce } });
  return answer;
}

/** An actor begins in its first turn; it comes back as it was within seconds. */
const BEGIN_TIME: Duration = seconds(60);
/** Two queries of one buyer and instant are told apart by it. */
const MOST_NONCE = 2 ** 31;
/** Orders are few: the answer to one is among the latest. */
const LATEST = 64;

function answerOf({ store }: LiveNode, nonce: number): QueryAnswer | undefined {
  for (const query of store.answers.latest(LATEST)) {
    const answer = store.answers.of(query);
    if (answer?.nonce === nonce) return answer;
  }
  return undefined;
}

/**
 * Nodes that have just been started get their permits with the next epoch, and nine of them on a busy
 * machine take a while to start.
 */
const MARKET_TIME: Duration = seconds(60);

/** Waits a while for somebody to ask; who is missing then, the answer says. */
async function market({ host, chain }: LiveNode, say: (line: string) => void): Promise<void> {
  const missing = (): string | undefined =>
    (['miner', 'validator', 'pool'] as const).find(
      (role) => withStanding(chain.view.latest, role).length === 0,
    );
  const role = missing();
  if (role === undefined) return;
  say(`waiting for a ${role} with standing, at most ${MARKET_TIME / 1_000} s`);
  await until(host.clock, MARKET_TIME, () => missing() === undefined);
}
