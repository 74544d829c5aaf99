/**
 * Commits that wait for the epoch in which they can be revealed, and what becomes of them.
 *
 *     committed ──▶ its epoch is there ──▶ revealed
 *        │                                     ╲
 *        └── never landed, or the epoch has passed ──▶ forgotten
 *
 * When that epoch is, the chain says: older runtimes keep the first and last block beside each
 * commit, newer ones the number of the epoch. Neither is computed here.
 */
import type { Hotkey } from '../../../protocols/units.ts';
import { revealWeights } from './calls.ts';
import type { Commit, CommitStore } from './commit.ts';
import { ChainRefusal } from './refusal.ts';
import type { Landed } from './submit.ts';

/** What the chain has of a commit, by the names of its storage; 64 hex digits. */
export interface ChainCommit {
  readonly hash: string;
  /** The block of the commit, or of newer runtimes its epoch. */
  readonly second: number;
  /** The first block to reveal in, or of newer runtimes the block of the commit. */
  readonly third: number;
  /** The last block to reveal in; 0 of newer runtimes. */
  readonly fourth: number;
}

/** What is known of the chain when it is looked. */
export interface Now {
  readonly head: number;
  /** The epoch's number, of newer runtimes; undefined of older ones, which need none. */
  readonly epoch: number | undefined;
  readonly revealPeriod: number;
}

export type Due = 'wait' | 'reveal' | 'lapsed';

/** Counted to the next block, in which a call sent now is at the earliest. */
export function dueOf({ second, third, fourth }: ChainCommit, now: Now): Due {
  if (now.epoch !== undefined) {
    const epoch = second + now.revealPeriod;
    if (now.epoch === epoch) return 'reveal';
    return now.epoch < epoch ? 'wait' : 'lapsed';
  }
  if (now.head + 1 < third) return 'wait';
  return now.head + 1 <= fourth ? 'reveal' : 'lapsed';
}

/** A commit that is not on the chain this many blocks after it was made never will be. */
const NEVER_LANDS = 80;

/** What became of a commit. */
export type CommitEnd =
  | { readonly is: 'revealed'; readonly commit: Commit; readonly landed: Landed }
  | { readonly is: 'lost'; readonly commit: Commit; readonly why: string };

export interface Revealing {
  readonly store: CommitStore;
  readonly netuid: number;
  /** What the chain has for a hotkey, oldest first. */
  readonly commitsOf: (hotkey: Hotkey) => Promise<readonly ChainCommit[]>;
  readonly send: (hotkey: Hotkey, call: ReturnType<typeof revealWeights>) => Promise<Landed>;
  /** Whether this node has the key of a hotkey. */
  readonly isOurs: (hotkey: Hotkey) => boolean;
}

/** Looks once after all commits, one after the other; rejects where the chain or the store fails. */
export async function revealDue(
  { store, netuid, commitsOf, send, isOurs }: Revealing,
  now: Now,
): Promise<readonly CommitEnd[]> {
  const ends: CommitEnd[] = [];
  const forget = async (end: CommitEnd): Promise<void> => {
    await store.remove(end.commit.hash);
    ends.push(end);
  };
  // Oldest first: revealing one makes the chain forget those before it.
  for (const commit of await store.all()) {
    if (commit.netuid !== netuid || !isOurs(commit.hotkey)) continue;
    const there = (await commitsOf(commit.hotkey)).find(({ hash }) => hash === commit.hash);
    if (there === undefined) {
      const isGone = now.head - commit.madeAt > NEVER_LANDS;
      if (isGone)
        await forget({
          is: 'lost',
          commit,
          why: 'the chain has no such commit: it never landed, or was revealed before',
        });
      continue;
    }
    const due = dueOf(there, now);
    if (due === 'wait') continue;
    if (due === 'lapsed') {
      await forget({ is: 'lost', commit, why: 'the epoch to reveal in has passed' });
      continue;
    }
    try {
      const landed = await send(commit.hotkey, revealWeights(netuid, commit));
      await forget({ is: 'revealed', commit, landed });
    } catch (cause) {
      if (!(cause instanceof ChainRefusal)) throw cause;
      if (!FOR_GOOD.has(cause.refusal)) continue;
      await forget({ is: 'lost', commit, why: cause.message });
    }
  }
  return ends;
}

/** After these a commit can never be revealed; after all others it is tried again with the next block. */
const FOR_GOOD: ReadonlySet<string> = new Set([
  'ExpiredWeightCommit',
  'NoWeightsCommitFound',
  'InvalidRevealCommitHashNotMatch',
  'CommitRevealDisabled',
]);
