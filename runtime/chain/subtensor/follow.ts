/**
 * Keeping up with the chain: every block of the best chain, in order, none left out, while the node
 * behind us tells of new ones.
 *
 *     new head ──▶ back to the last block we have on the same chain ──▶ forward, one by one
 *
 * Where the chain has forked, that block lies further back, and the blocks after it are read again.
 */
import type { Block } from '../../../protocols/units.ts';
import { numberIn } from './submit.ts';
import type { Hex, Session, Subscription } from './session.ts';

/** A block's place in the chain. */
export interface Link {
  readonly number: Block;
  readonly hash: Hex;
}

export interface Following {
  /** The hash of a block that is here; undefined where it is not. */
  readonly hashOf: (block: number) => string | undefined;
  readonly newest: () => number;
  /** Reads a block and puts it on top; those above it are gone. */
  readonly take: (link: Link) => Promise<void>;
  /** It could not be read now; the next head is another chance. */
  readonly failed: (cause: unknown) => void;
}

/**
 * After a longer absence the blocks between are left to who asks for them. No fork is as deep: the
 * chain makes its blocks final within a minute, which is five.
 */
const MOST_BACK = 64;

/** What of a session it takes. */
type Node = Pick<Session, 'send' | 'subscribe' | 'ended' | 'isOpen'>;

/** Resolves when the session has ended. */
export async function follow(session: Node, following: Following): Promise<void> {
  let announced = -1;
  let wake = (): void => {};
  const stop = await session.subscribe(NEW_HEADS, [], (header) => {
    announced = heightOf(header) ?? announced;
    wake();
  });
  const ended = session.ended.then(() => wake());
  for (let done = -1; session.isOpen;) {
    if (announced === done) await new Promise<void>((resolve) => (wake = resolve));
    if (!session.isOpen || announced === done) continue;
    done = announced;
    try {
      for (const link of await missing(session, following, done)) await following.take(link);
    } catch (cause) {
      if (session.isOpen) following.failed(cause);
    }
  }
  stop();
  await ended;
}

const NEW_HEADS: Subscription = {
  type: 'chain_newHead',
  method: 'chain_subscribeNewHeads',
  stop: 'chain_unsubscribeNewHeads',
};

/** From what we have up to a height, lowest first. */
async function missing(
  session: Node,
  { hashOf, newest }: Following,
  height: number,
): Promise<readonly Link[]> {
  const links: Link[] = [];
  let number = height;
  let hash = hashIn(await session.send('chain_getBlockHash', [number]));
  while (links.length < MOST_BACK && hashOf(number) !== hash.slice(2)) {
    links.push({ number: number as Block, hash });
    if (number === 0 || (number <= newest() && hashOf(number) === undefined)) break;
    const header = await session.send('chain_getHeader', [hash]);
    hash = hashIn((header as { parentHash?: unknown } | null)?.parentHash);
    number--;
  }
  return links.toReversed();
}

function heightOf(header: unknown): number | undefined {
  try {
    return numberIn(header);
  } catch {
    return undefined;
  }
}

export function hashIn(value: unknown): Hex {
  if (typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value)) return value as Hex;
  throw new Error('the node answered with no hash');
}
