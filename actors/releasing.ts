/**
 * When a validator is through with a batch, and lets go of it.
 *
 *     settlement binds ──▶ said what it found? answered the proposal? ──yes──▶ released
 *                                                  └──no──▶ once it has
 *     none comes ──▶ kept until the pool can ask for no countersign any more
 *
 * A batch is kept for the countersign: to see that one's own report stands in the case as it was made,
 * and to repeat the checks. After the settlement there is no case left to sign. Were it kept until one
 * could not have come, which is eight minutes, a healthy network would stand still for most of them:
 * at one query a second the 512 batches of one miner are there before the first lapses.
 */
import type { Case, Query } from '../protocols/messages.ts';
import { isSame } from '../protocols/same.ts';
import { reportsDue } from '../protocols/rules/sealed.ts';
import type { Instant } from '../protocols/units.ts';
import { attemptKey } from './asking.ts';
import { closesAt, type Audit, type Auditing, type Signing } from './countersigning.ts';
import type { Open, Seen } from './once.ts';

/** What a validator has in hand, and what it dealt with. */
export interface Releasing extends Auditing {
  readonly signings: Open<string, Signing>;
  /** Nine names a query of eight miners, for some ten minutes: 1 MB at a query a second. */
  readonly seen: Seen<string>;
}

/** What a case is seen by: one of an attempt is signed, and no other. */
export const caseName = (query: Query): string => `case ${attemptKey(query)}`;

/** Marks the batches of a settled attempt. */
export const noteSettled =
  ({ audits }: Auditing) =>
  ({ query }: Case): void => {
    for (const { work } of audits.values()) {
      if (isSameAttempt(work.batch.query, query)) work.isSettled = true;
    }
  };

/**
 * A buyer may sign two queries of one name, for two pools or of two blocks: what is settled of one
 * says nothing of the other.
 */
const isSameAttempt = (one: Query, other: Query): boolean =>
  one.id === other.id && one.pool === other.pool && isSame(one.rounds, other.rounds);

/** Lets go of the settled batches of which nothing is left to say. Called where room is needed. */
export function releaseSettled(state: Releasing, now: Instant): void {
  const { audits, seen } = state;
  for (const [id, { until, work }] of audits) {
    if (!isThrough(work, state, now)) continue;
    audits.delete(id);
    // Without the batch nothing would tell a second case, in which its report is another, from the
    // first: so there is no second, for as long as the batch would have been here. That is one name an
    // attempt, beside the one that each of its miners has there anyway.
    seen.set(caseName(work.batch.query), until);
  }
}

const isThrough = (audit: Audit, { signings }: Releasing, now: Instant): boolean =>
  audit.isSettled === true &&
  hasSpoken(audit, now) &&
  // Its checks are being repeated, of which the sample is here.
  !signings.has(attemptKey(audit.batch.query));

/** Whether it has said what it found, or is too late for that. */
function hasSpoken(audit: Audit, now: Instant): boolean {
  const { report, sealing, batch } = audit;
  if (report === undefined) return now > closesAt(audit);
  return sealing === undefined || sealing.isRevealed || now > reportsDue(batch.query);
}
