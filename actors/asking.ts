/**
 * May this query be served? Miners and pools ask the same two questions of one that arrives: is it
 * fresh, whole and drawn as it must be; and has its buyer the standing. The second takes the chain.
 */
import { drawOf, type Draw } from '../protocols/rules/draw.ts';
import { buyerShortfall, standingOf } from '../protocols/rules/eligibility.ts';
import { isStale } from '../protocols/rules/deadlines.ts';
import { restrictionOf } from '../protocols/rules/penalties.ts';
import type { Ledger } from '../protocols/ledger.ts';
import { neuronOf, ownersIn, type ChainView, type Metagraph } from '../protocols/metagraph.ts';
import {
  addressOf,
  attemptOf,
  type Batch,
  type Envelope,
  type Query,
  type Refusal,
  type RefusalReason,
  type Shortfall,
} from '../protocols/messages.ts';
import {
  later,
  seconds,
  type Block,
  type Duration,
  type Hotkey,
  type Instant,
  type Rao,
} from '../protocols/units.ts';
import { send, type Effect, type Outcome, type Refused } from './actor.ts';

/** A chain that has not told a stake by then is taken as unavailable: one block. */
export const STAKE_TIME: Duration = seconds(12);

/** A clock may be off by this much before a batch's own time is not believed. */
const CLOCK_SLACK: Duration = seconds(30);

/** A proposal's or rating's block is the present one, give or take what a message takes: a minute. */
const BLOCK_SLACK = 5;
/** The same where blocks come faster, as on a mock network: a minute is a minute there. */
const TIME_SLACK: Duration = seconds(60);

export function isPresent(block: Block, chain: ChainView): boolean {
  const { latest } = chain;
  if (Math.abs(block - latest.head.number) <= BLOCK_SLACK) return true;
  const then = block < latest.head.number ? chain.at(block)?.head.time : undefined;
  return then !== undefined && latest.head.time <= later(then, TIME_SLACK);
}

/** Names one attempt at a query. */
export const attemptKey = (query: Query): string => `${query.id}/${attemptOf(query)}`;

/** The draw of a query that may be served; else why it is not acted on, and what its buyer is told. */
export function examine(
  { body: query, from }: Envelope<'query'>,
  now: Instant,
  chain: ChainView,
): Draw | { readonly refused: Refused; readonly tell?: RefusalReason } {
  if (from !== addressOf('buyer', query.buyer)) return { refused: 'not_yours' };
  if (isStale(query, now)) return { refused: 'late', tell: 'stale' };

  const draw = drawOf(query, chain);
  if (draw === 'unknown_block') return { refused: 'unknown_block' };
  if (draw === 'bad_query') return { refused: 'malformed', tell: 'bad_query' };
  return draw;
}

/** How long a block takes, as a hint for people of when a restriction ends. */
const BLOCK_HINT = 12_000;

/**
 * Until when a query's buyer is restricted; undefined where it may ask. A restriction of the very epoch
 * in which the query was drawn is not known to all yet.
 */
export function restrictedUntil(
  { penalties }: Ledger,
  { buyer, account }: Query,
  drawnAt: Metagraph | undefined,
): Refusal['until'] {
  if (drawnAt === undefined || account === 'validator' || penalties.buyers.size === 0) {
    return undefined;
  }
  const { head, epochStart } = drawnAt;
  const restriction = restrictionOf(penalties, ownersIn(drawnAt)(buyer), head.number);
  if (restriction === undefined || restriction.at >= epochStart) return undefined;
  const block = restriction.until as Block;
  return { block, instant: later(head.time, ((block - head.number) * BLOCK_HINT) as Duration) };
}

/** What a query's buyer lacks, given what backs it; undefined where it lacks nothing. */
export function accountShortfall(
  query: Query,
  chain: ChainView,
  stake: Outcome<Rao>,
): Shortfall | 'chain_unavailable' | undefined {
  const { latest } = chain;
  if (query.account === 'validator') {
    return standingOf('validator', neuronOf(latest, query.buyer), latest);
  }
  return stake.ok ? buyerShortfall(stake.value, latest.stakeInAlpha) : 'chain_unavailable';
}

/** Whether a batch could be an answer to the query: of as many leads, and made since it was asked. */
export const isAnswerTo = ({ want, rounds }: Query, batch: Batch, now: Instant): boolean =>
  batch.count >= 1 &&
  batch.count <= want.leads &&
  batch.madeAt >= (rounds.at(-1)?.askedAt ?? now) &&
  batch.madeAt <= later(now, CLOCK_SLACK);

/** Tells the buyer that its query is not served here, and why; and the miners that were drawn for it. */
export function refusalOf(
  query: Query,
  reason: RefusalReason,
  details: Pick<Refusal, 'shortfall' | 'until'> = {},
  miners: readonly Hotkey[] = [],
): readonly Effect[] {
  const body: Refusal = {
    query: query.id,
    attempt: attemptOf(query),
    reason,
    ...details,
  };
  return [
    send('refusal', addressOf('buyer', query.buyer), body),
    ...miners.map((miner) => send('refusal', addressOf('miner', miner), body)),
  ];
}
