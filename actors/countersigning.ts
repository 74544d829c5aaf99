/**
 * What a validator countersigns: a case that is as it saw it.
 *
 *     own reports unchanged? R_v as my ledger says? checks as I find them? ──▶ countersign
 */
import { standingAt, type Ledger } from '../protocols/ledger.ts';
import { ownersIn, type Metagraph } from '../protocols/metagraph.ts';
import {
  addressOf,
  attemptOf,
  hotkeyOf,
  type Address,
  type Answered,
  type Batch,
  type Case,
  type Report,
} from '../protocols/messages.ts';
import { isSame } from '../protocols/same.ts';
import { reputationOf } from '../protocols/standing.ts';
import {
  later,
  minutes,
  seconds,
  type BatchId,
  type Block,
  type Digest,
  type Duration,
  type Hotkey,
  type Instant,
} from '../protocols/units.ts';
import { send, type Effect } from './actor.ts';
import { attemptKey } from './asking.ts';
import type { Open } from './once.ts';
import { isAsShown, type SealedReport } from './sealed-report.ts';

/** A proposal still unsigned then is of no use: the pool settles without this signature. */
export const COUNTERSIGN_TIME: Duration = minutes(2);
/** Left of the audit's two minutes for the report to travel. */
export const TRAVEL: Duration = seconds(2);

/** A batch in hand. */
export interface Audit {
  readonly batch: Batch;
  readonly due: Instant;
  /** Set by the first block after the batch came in. */
  sample?: readonly number[];
  block: Block;
  readonly panel: readonly Hotkey[];
  report?: Report;
  /** Where the query asks for sealed reports, from the report on. */
  sealing?: SealedReport;
  /** From when its attempt's settlement binds: see `releasing.ts`. */
  isSettled?: true;
}

/** A case in hand. */
export interface Signing {
  readonly theCase: Case;
  readonly digest: Digest;
  /** Batches whose checks are being repeated. */
  readonly waiting: Set<BatchId>;
}

/** What a validator has seen for itself. */
export interface Auditing {
  readonly audits: Open<BatchId, Audit>;
  readonly ledger: Ledger;
}

/** The end of the audit's two minutes. */
export const closesAt = ({ due }: Audit): Instant => later(due, TRAVEL);

/** One's own reports stand in the case unchanged, and R_v is what one's own ledger says. */
export function isAsISawIt(
  theCase: Case,
  { audits, ledger }: Auditing,
  {
    panel,
    drawnAt,
    now,
  }: { readonly panel: readonly string[]; readonly drawnAt: Metagraph; readonly now: Instant },
): boolean {
  const standing = standingAt(ledger, drawnAt.epochStart, ownersIn(drawnAt));
  const right = theCase.reputations.every(
    ({ validator: hotkey, reputation }, index) =>
      hotkey === panel[index] && reputation === reputationOf(standing, hotkey),
  );
  if (!right) return false;

  const key = attemptKey(theCase.query);
  for (const { work } of audits.values()) {
    if (attemptKey(work.batch.query) !== key) continue;
    // A pool that cannot wait for a report in time would settle without it.
    if (work.report === undefined && now <= closesAt(work)) return false;
    if (work.report !== undefined && !isReportIn(theCase, work)) return false;
  }
  return true;
}

function isReportIn(theCase: Case, { report: open, batch, sealing }: Audit): boolean {
  const mine = sealing?.report ?? open;
  const answer = theCase.answers.find(({ miner }) => miner === batch.miner);
  if (answer?.kind === 'answered' && answer.count !== batch.count) return false;
  if (sealing !== undefined && !isAsShown(sealing, answer?.commits)) return false;
  const theirs = answer?.reports.find(({ validator: hotkey }) => hotkey === mine?.validator);
  if (theirs === undefined) return false;
  const { signature: _, ...unsigned } = theirs;
  return isSame(unsigned, mine);
}

/** What a case says of a batch; undefined where it says nothing. */
export const answerOf = (theCase: Case, batch: BatchId): Answered | undefined =>
  theCase.answers.find(
    (answer): answer is Answered => answer.kind === 'answered' && answer.batch === batch,
  );

/** The checked batches that this validator had itself, with the sample it had drawn of each. */
export function* toRepeat(
  theCase: Case,
  { audits }: Auditing,
): Generator<{ readonly batch: Batch; readonly only: readonly number[] }> {
  for (const answer of theCase.answers) {
    if (answer.kind !== 'answered' || answer.checks === undefined) continue;
    const audit = audits.get(answer.batch)?.work;
    if (audit?.sample) yield { batch: audit.batch, only: audit.sample };
  }
}

/** A validator's word that it has looked at a case, to the pool that made it. */
export function countersign({ theCase, digest }: Signing, self: Address<'validator'>): Effect {
  const { query, pool } = theCase;
  const body = {
    query: query.id,
    attempt: attemptOf(query),
    digest,
    validator: hotkeyOf(self),
  };
  return send('countersign', addressOf('pool', pool), body);
}
