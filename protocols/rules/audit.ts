/**
 * A validator's own score O_v of a batch.
 *
 *     O_v = valid / (sampled - unknown)      approved from 0.90
 *
 * Leads of which nobody could tell leave the denominator. Where those are more than half of the
 * sample, the validator abstains: no score, and nobody is moved by it.
 */
import type { Want } from '../query.ts';
import { percent, ratio, type Score } from '../units.ts';
import { because, both, outcomeOf, PASS, type Verdict } from '../verdict.ts';
import { disposableVerdict } from './disposable.ts';
import { withDuplicates } from './duplicates.ts';
import { formatsOf, formatVerdict } from './format.ts';
import { relevanceVerdict } from './relevance.ts';

/** From here up a batch is approved, by one validator as by all. */
export const APPROVAL: Score = percent(90);

export const isApproved = (score: Score): boolean => score >= APPROVAL;

/** A lead whose checks were not done within the audit's two minutes. */
export const deadlineVerdict: Verdict = because('deadline');

/** What can be told of one lead alone without asking the world: format, disposable, relevance. */
export const offlineVerdict = (
  lead: unknown,
  want: Want,
  format: Verdict = formatVerdict(lead),
): Verdict => both(both(format, disposableVerdict(lead)), relevanceVerdict(lead, want));

/** A verdict a lead, without asking the world; of those outside the sample on duplicates alone. */
export function auditOffline(
  leads: readonly unknown[],
  want: Want,
  sample: readonly number[],
): readonly Verdict[] {
  const sampled = new Set(sample);
  const format = formatsOf(leads);
  const own = leads.map((lead, index) =>
    sampled.has(index) ? offlineVerdict(lead, want, format(index)) : PASS,
  );
  return withDuplicates(leads, own);
}

export interface AuditScore {
  readonly sampled: number;
  readonly valid: number;
  readonly unknown: number;
  /** Absent where the validator abstains. */
  readonly score?: Score;
}

/**
 * The verdicts are those of the whole batch, of which the sample alone counts. A sampled lead
 * without a verdict was not done in time. An empty batch has nothing good in it and scores 0.
 */
export function auditScore(verdicts: readonly Verdict[], sample: readonly number[]): AuditScore {
  const outcomes = sample.map((index) => outcomeOf(verdicts[index] ?? deadlineVerdict));
  const sampled = outcomes.length;
  const valid = outcomes.filter((outcome) => outcome === 'pass').length;
  const unknown = outcomes.filter((outcome) => outcome === 'unknown').length;

  if (verdicts.length === 0) return { sampled, valid, unknown, score: percent(0) };
  if (sampled === unknown || 2 * unknown > sampled) return { sampled, valid, unknown };
  return { sampled, valid, unknown, score: ratio(valid, sampled - unknown) as Score };
}
