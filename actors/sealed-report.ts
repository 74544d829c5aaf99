/**
 * A validator's part in sealed reports: it commits, is shown what the panel committed to, and only
 * then says what it found.
 *
 *     commit ──▶ (pool) ──▶ commits: all of the panel's? ──yes──▶ report
 *                                        └──no──▶ wait until nobody takes a larger set ──▶ report
 *
 * It is shown one set and remembers it: a case with another one it does not countersign. What it was
 * not shown in time it keeps to itself, and counts as silent.
 */
import {
  addressOf,
  type Batch,
  type Commit,
  type Commits,
  type Report,
  type Revealed,
  type Sealed,
} from '../protocols/messages.ts';
import {
  areCommitsOn,
  commitTo,
  haveAllCommitted,
  nonceFrom,
  reportsDue,
  showDue,
} from '../protocols/rules/sealed.ts';
import { isSame } from '../protocols/same.ts';
import type { Hotkey, Instant } from '../protocols/units.ts';
import { ask, nothing, send, type Effect, type Random, type Refused } from './actor.ts';
import { attemptKey } from './asking.ts';

/** A report that its validator has committed to. */
export interface SealedReport {
  readonly batch: Batch;
  readonly panel: readonly Hotkey[];
  readonly report: Revealed;
  /** What the pool showed the panel's commits to be; absent until it did. */
  shown?: Commits['commits'];
  isRevealed: boolean;
}

/** Numbers of 32 bits each: more than a stream's 128 bits of chance can tell apart. */
const SECRET_NUMBERS = 8;

/** Seals a report. The nonce has a stream by its own name, so that drawing it moves no other chance. */
export function sealReport(
  report: Report,
  { batch, panel }: { readonly batch: Batch; readonly panel: readonly Hotkey[] },
  random: Random,
): SealedReport {
  const own = random.fork(`nonce ${attemptKey(batch.query)} ${batch.id}`);
  const nonce = nonceFrom(Array.from({ length: SECRET_NUMBERS }, () => own.next()));
  return { batch, panel, report: { ...report, nonce }, isRevealed: false };
}

/** Tells the pool that there is a report, and nothing of what is in it. */
export const commitFirst = ({ batch, report }: SealedReport): Effect =>
  send('commit', addressOf('pool', batch.query.pool), commitTo(report));

/** Looks at the commits that the pool shows: why they are not taken, or what follows. */
export function lookAt(
  sealing: SealedReport,
  commits: Commits['commits'],
  now: Instant,
): Refused | readonly Effect[] {
  const { batch, panel, report } = sealing;
  const { query, miner } = batch;
  if (now > showDue(query)) return 'late';
  if (sealing.shown !== undefined) return 'repeated';
  if (!areCommitsOn(commits, { query, miner, panel })) return 'mismatch';
  if (!holds(commits, commitTo(report))) return 'mismatch';

  sealing.shown = commits;
  if (haveAllCommitted(commits, panel)) return reveal(sealing, now);
  return [ask('alarm', { about: batch.id }, (showDue(query) + 1) as Instant)];
}

const holds = (commits: Commits['commits'], own: Commit): boolean =>
  commits.some(({ signature, ...commit }) => signature !== undefined && isSame(commit, own));

/** Says what was committed to, once, where all have committed or nobody can any more. */
export function reveal(sealing: SealedReport, now: Instant): readonly Effect[] {
  const { batch, panel, report, shown, isRevealed } = sealing;
  if (shown === undefined || isRevealed || now > reportsDue(batch.query)) return nothing;
  // A miner may answer two attempts with one batch: then the alarm may be the other attempt's.
  if (!haveAllCommitted(shown, panel) && now <= showDue(batch.query)) return nothing;
  sealing.isRevealed = true;
  return [send('report', addressOf('pool', batch.query.pool), report)];
}

/** Whether a case names those commits that this validator was shown, in whatever order. */
export const isAsShown = (
  { shown }: SealedReport,
  commits: readonly Sealed<Commit>[] | undefined,
): boolean =>
  shown !== undefined &&
  commits?.length === shown.length &&
  commits.every((commit) => shown.some((one) => isSame(one, commit)));
