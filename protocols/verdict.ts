/**
 * What was found of one lead, packed into a whole number, so that a worker can give back plain
 * numbers: one bit a reason. No bit set is a pass.
 */
import type { Unit } from './units.ts';

/** The host or the lead itself is at fault. The order is the bit order: append, never insert. */
export const FAIL_REASONS = [
  'not_an_object',
  'missing_field',
  'wrong_type',
  'too_long',
  'empty_field',
  'bad_email',
  'bad_linkedin',
  'bad_website',
  'bad_industry',
  'name_mismatch',
  'duplicate_email',
  'disposable_domain',
  'domain_unresolved',
  'website_unreachable',
  'blocked_address',
  'email_undeliverable',
  'industry_mismatch',
  'region_mismatch',
  'deadline',
] as const;

/** Who looked could not tell; nobody pays for it. Bits from 24 up. */
export const UNKNOWN_REASONS = ['checker_offline', 'provider_unavailable'] as const;

export type FailReason = (typeof FAIL_REASONS)[number];
export type UnknownReason = (typeof UNKNOWN_REASONS)[number];
export type Reason = FailReason | UnknownReason;

/** Reasons found, as bits. */
export type Verdict = Unit<number, 'Verdict'>;
export type Outcome3 = 'pass' | 'fail' | 'unknown';

const UNKNOWN_SHIFT = 24;
const FAIL_MASK = (1 << FAIL_REASONS.length) - 1;

export const PASS = 0 as Verdict;

/** The verdict with one reason. */
export function because(reason: Reason): Verdict {
  const fail = (FAIL_REASONS as readonly Reason[]).indexOf(reason);
  if (fail >= 0) return (1 << fail) as Verdict;
  return (1 << (UNKNOWN_SHIFT + (UNKNOWN_REASONS as readonly Reason[]).indexOf(reason))) as Verdict;
}

/** All the reasons of several looks at the same lead. */
export const both = (a: Verdict, b: Verdict): Verdict => (a | b) as Verdict;

/** A failure outweighs a doubt: whatever could not be told, this lead is bad. */
export function outcomeOf(verdict: Verdict): Outcome3 {
  if ((verdict & FAIL_MASK) !== 0) return 'fail';
  return verdict === 0 ? 'pass' : 'unknown';
}

/** The reasons in the order of the lists above: failures first. */
export function reasonsOf(verdict: Verdict): Reason[] {
  const fails = FAIL_REASONS.filter((_, bit) => (verdict & (1 << bit)) !== 0);
  const doubts = UNKNOWN_REASONS.filter((_, bit) => (verdict & (1 << (UNKNOWN_SHIFT + bit))) !== 0);
  return [...fails, ...doubts];
}

/** How often each reason was found, in the order of the lists; absent where never. */
export function countReasons(verdicts: readonly Verdict[]): ReadonlyMap<Reason, number> {
  const counts = new Map<Reason, number>();
  for (const reason of [...FAIL_REASONS, ...UNKNOWN_REASONS]) {
    const bit = because(reason);
    const count = verdicts.filter((verdict) => (verdict & bit) !== 0).length;
    if (count > 0) counts.set(reason, count);
  }
  return counts;
}
