/**
 * Who answers a query is nobody's choice. From the hash of the first block after it was asked, eight
 * miners and a panel of five validators are drawn among those with standing at that block.
 *
 *     id   = H(buyer, account, opened at, nonce, want)
 *     seed = H(id, attempt, hash of the block)
 *
 * All where there are fewer. A later attempt draws among the miners not yet asked, or among all
 * where none is left; its panel is drawn anew among all. Everyone who knows the chain can repeat it.
 */
import { digest } from '../hash.ts';
import type { Query, Round } from '../messages.ts';
import type { ChainView, Metagraph } from '../metagraph.ts';
import type { Digest, Hotkey, Instant, QueryId } from '../units.ts';
import { withStanding } from './eligibility.ts';
import { chosen } from './sampling.ts';

/** Enough that one or two silent ones leave a choice. */
export const MINERS_DRAWN = 8;
/** Odd, so that more than half of it is a clear word. */
export const PANEL_SIZE = 5;
/** A query is tried so often and no more. */
export const ATTEMPTS = 3;

export interface Draw {
  readonly miners: readonly Hotkey[];
  readonly panel: readonly Hotkey[];
}

/** Names a query by what stays the same over its attempts. */
export const queryId = ({
  buyer,
  account,
  openedAt,
  nonce,
  want,
}: Pick<Query, 'buyer' | 'account' | 'openedAt' | 'nonce' | 'want'>): QueryId =>
  digest(
    'leadpoet.query/1',
    buyer,
    account,
    openedAt,
    nonce,
    want.leads,
    want.industry ?? '', // Neither is ever asked for as an empty text.
    want.region ?? '',
    ...(want.sealed === true ? ['sealed'] : []),
  ) as QueryId;

/** One attempt, 1 to 3. Neither the order of the candidates nor a repeated one makes a difference. */
export function drawRound(
  id: QueryId,
  attempt: number,
  hash: Digest,
  miners: readonly Hotkey[],
  validators: readonly Hotkey[],
  alreadyAsked: ReadonlySet<Hotkey>,
): Draw {
  const seed = digest('leadpoet.draw/1', id, attempt, hash);
  const unasked = miners.filter((miner) => !alreadyAsked.has(miner));
  // A seed each: how many miners there are must not decide who judges them.
  return {
    miners: pick(digest('leadpoet.draw.miners/1', seed), MINERS_DRAWN, unasked, miners),
    panel: pick(digest('leadpoet.draw.panel/1', seed), PANEL_SIZE, validators, []),
  };
}

function pick(
  seed: Digest,
  size: number,
  candidates: readonly Hotkey[],
  otherwise: readonly Hotkey[],
): readonly Hotkey[] {
  const from = [...new Set(candidates.length > 0 ? candidates : otherwise)].toSorted();
  return chosen(seed, from.length, size).flatMap((index) => from[index] ?? []);
}

/**
 * The draw of the query's last round, all rounds before it repeated. `bad_query` where its id, its
 * attempts or their blocks do not fit together; `unknown_block` where this view cannot tell.
 */
export function drawOf(query: Query, chain: ChainView): Draw | 'unknown_block' | 'bad_query' {
  const seen = query.rounds
    .slice(0, ATTEMPTS)
    .flatMap(({ block }) => [chain.at(block), chain.at((block - 1) as typeof block)]);
  const last = seen.at(-2);
  const known = last && drawn.get(last)?.get(query);
  if (known !== undefined && seen.every((metagraph, index) => metagraph === known.seen[index])) {
    return known.draw;
  }
  const draw = repeat(query, seen);
  if (last !== undefined) {
    const here = drawn.get(last) ?? new WeakMap<Query, Drawn>();
    drawn.set(last, here.set(query, { seen, draw }));
  }
  return draw;
}

/**
 * A query travels inside each of its batches, and every handler that meets one asks for its draw.
 * It depends on the query and on what the chain says of its blocks alone, and holds while the chain
 * says the same. It is kept beside the last block's metagraph, which nobody holds for long, and not
 * beside the query, which stands in a pool's records for ever: the records must not hold the chain.
 */
const drawn = new WeakMap<Metagraph, WeakMap<Query, Drawn>>();

interface Drawn {
  readonly seen: readonly (Metagraph | undefined)[];
  readonly draw: Draw | 'unknown_block' | 'bad_query';
}

/** `seen` has two metagraphs a round: of its block, and of the block before. */
function repeat(
  query: Query,
  seen: readonly (Metagraph | undefined)[],
): Draw | 'unknown_block' | 'bad_query' {
  if (!isInOrder(query)) return 'bad_query';

  let draw: Draw = { miners: [], panel: [] };
  const asked = new Set<Hotkey>();
  for (const [index, round] of query.rounds.entries()) {
    const metagraph = seen[2 * index];
    const before = seen[2 * index + 1];
    if (metagraph === undefined || (before === undefined && round.block !== 0)) {
      return 'unknown_block';
    }
    if (!isFirstAfter(round.askedAt, metagraph, before)) return 'bad_query';

    const { miners, validators } = candidatesAt(metagraph);
    draw = drawRound(query.id, index + 1, metagraph.head.hash, miners, validators, asked);
    for (const miner of draw.miners) asked.add(miner);
  }
  return draw;
}

/** Named by what is in it, tried one to three times, each time later, and not before it was opened. */
function isInOrder(query: Query): boolean {
  const { rounds, openedAt } = query;
  if (query.id !== queryId(query)) return false;
  if (rounds.length < 1 || rounds.length > ATTEMPTS) return false;
  return rounds.every(({ askedAt }, index) => isAfter(askedAt, rounds[index - 1], openedAt));
}

const isAfter = (askedAt: Instant, previous: Round | undefined, openedAt: Instant): boolean =>
  previous === undefined ? askedAt >= openedAt : askedAt > previous.askedAt;

const isFirstAfter = (
  askedAt: Instant,
  { head }: Metagraph,
  before: Metagraph | undefined,
): boolean => head.time > askedAt && (before === undefined || before.head.time <= askedAt);

interface Candidates {
  readonly miners: readonly Hotkey[];
  readonly validators: readonly Hotkey[];
}

function candidatesAt(metagraph: Metagraph): Candidates {
  const known = candidates.get(metagraph);
  if (known !== undefined) return known;
  const found = {
    miners: withStanding(metagraph, 'miner').map(({ hotkey }) => hotkey),
    validators: withStanding(metagraph, 'validator').map(({ hotkey }) => hotkey),
  };
  candidates.set(metagraph, found);
  return found;
}

/** The queries of one block share its candidates: some hundred hotkeys, looked through once. */
const candidates = new WeakMap<Metagraph, Candidates>();
