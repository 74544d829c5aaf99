/**
 * The automated checks of all leads of an approved batch, and what they mean for its miner.
 *
 *     passed      90 % and more of those that could be told pass
 *     undecided   more than half could not be told: not delivered, and nobody pays for it
 *     failed      else; an empty batch too
 */
import type { Answered, CheckOutcome } from '../messages.ts';
import { percent, ratio, type Score } from '../units.ts';
import { outcomeOf, type Verdict } from '../verdict.ts';

/** From here up the checks of a batch are passed. */
export const CHECKS_PASSED: Score = percent(90);
/** In per cent of the leads that both could tell: as much may differ between two that repeat a check. */
export const CHECKS_DIFFER = 10;

/** What the checks found of one lead, as a byte of a settlement. */
export const CODES = {
  pass: 0,
  fail: 1,
  unknown: 2,
  /** It passes, but an earlier batch brought the same person. */
  known: 3,
} as const;

export function checkOutcome(verdicts: readonly Verdict[]): CheckOutcome {
  const outcomes = verdicts.map(outcomeOf);
  const passed = outcomes.filter((outcome) => outcome === 'pass').length;
  const unknown = outcomes.filter((outcome) => outcome === 'unknown').length;

  if (outcomes.length === 0) return 'failed';
  if (2 * unknown > outcomes.length) return 'undecided';
  return ratio(passed, outcomes.length - unknown) >= CHECKS_PASSED ? 'passed' : 'failed';
}

/** A byte a lead. `isPooled` says of the lead at an index whether the pool has its person already. */
export const checkCodes = (
  verdicts: readonly Verdict[],
  isPooled: (index: number) => boolean,
): Uint8Array =>
  Uint8Array.from(verdicts, (verdict, index) => {
    const outcome = outcomeOf(verdict);
    return outcome === 'pass' && isPooled(index) ? CODES.known : CODES[outcome];
  });

/**
 * What an answer counts for in its miner's accuracy A_m, of `wanted` leads: the good ones are those
 * that passed and were new; the missing count as asked for; those that nobody could tell do not.
 */
export function goodLeads(
  wanted: number,
  { approved, checks, count }: Answered,
): { readonly asked: number; readonly good: number } {
  if (!approved || checks === undefined || checks.outcome === 'failed') {
    return { asked: wanted, good: 0 };
  }
  if (checks.outcome === 'undecided') return { asked: Math.max(0, wanted - count), good: 0 };

  const good = checks.leads.filter((code) => code === CODES.pass).length;
  const unknown = checks.leads.filter((code) => code === CODES.unknown).length;
  const asked = Math.max(0, wanted - unknown);
  // Whoever brings more than was wanted has not answered better for it.
  return { asked, good: Math.min(good, asked) };
}

/** The leads that could be told, and those of them that passed. */
export interface ToldLeads {
  readonly passed: number;
  readonly told: number;
}

export function toldLeads(codes: Uint8Array): ToldLeads {
  const told = codes.filter((code) => code !== CODES.unknown);
  return { passed: told.filter(isPass).length, told: told.length };
}

/**
 * Whether a pool's codes are too far from what one found oneself of the leads at `indices`, in the
 * same order. Where either could not tell there is nothing to compare, and so no difference; a code
 * that is missing or unheard of agrees with nothing.
 */
export function differs(
  codes: Uint8Array,
  verdicts: readonly Verdict[],
  indices: readonly number[],
): boolean {
  let compared = 0;
  let differing = 0;
  for (const [at, index] of indices.entries()) {
    const verdict = verdicts[at];
    const own = verdict === undefined ? 'unknown' : outcomeOf(verdict);
    const code = codes[index];
    if (own === 'unknown' || code === CODES.unknown) continue;
    compared++;
    const agreeing = own === 'fail' ? code === CODES.fail : isPass(code);
    if (!agreeing) differing++;
  }
  return 100 * differing > CHECKS_DIFFER * compared;
}

const isPass = (code: number | undefined): boolean => code === CODES.pass || code === CODES.known;
