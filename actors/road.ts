/**
 * The road of a query, for people: what became of each drawn miner's answer, and why.
 */
import type { Answer, Answered, Opinions, RoadStep } from '../protocols/messages.ts';
import { countReasons, type Reason, type Verdict } from '../protocols/verdict.ts';

/** `verdicts` are those of the automated checks, where the answer came so far. */
export function roadStep(answer: Answer, verdicts: readonly Verdict[] = []): RoadStep {
  const reports = opinionsIn(answer);
  if (answer.kind === 'missed') {
    return { miner: answer.miner, outcome: 'missed', count: 0, reports, reasons: [] };
  }
  const { miner, batch, count, finalScore, checks } = answer;
  return {
    miner,
    outcome: outcomeOf(answer),
    batch,
    count,
    ...(finalScore === undefined ? {} : { finalScore }),
    reports,
    reasons: checks ? [...countReasons(verdicts)] : mostReasons(answer),
    ...(checks === undefined ? {} : { checks: countCodes(checks.leads) }),
  };
}

/** What each validator gave the batch. */
export const opinionsIn = ({ reports }: Answer): Opinions =>
  reports.map(({ validator, score }) =>
    score === undefined ? { validator } : { validator, score },
  );

function outcomeOf({ finalScore, denied, approved, checks }: Answered): RoadStep['outcome'] {
  if (finalScore === undefined) return 'unreported';
  if (denied) return 'denied';
  if (!approved) return 'rejected';
  switch (checks?.outcome) {
    case 'passed':
      return 'approved';
    case 'failed':
      return 'checks_failed';
    case 'undecided':
    case undefined:
      return 'undecided';
  }
}

/** Each reason as often as the report has it that has it most often: samples overlap. */
function mostReasons({ reports }: Answered): readonly (readonly [Reason, number])[] {
  const most = new Map<Reason, number>();
  for (const { reasons } of reports) {
    for (const [reason, count] of reasons) most.set(reason, Math.max(most.get(reason) ?? 0, count));
  }
  return [...most];
}

function countCodes(codes: Uint8Array): NonNullable<RoadStep['checks']> {
  const count = (code: number): number => codes.filter((one) => one === code).length;
  return { passed: count(0) + count(3), failed: count(1), unknown: count(2) };
}
