/**
 * How a person is shown what came of a query: the road of each attempt, the leads, and what each step
 * on the way is called while they wait. Whoever sent what is hostile: a table shows no control
 * characters.
 */
import type { Attempt, AttemptFailure, QueryAnswer, Step } from '../../actors/actor.ts';
import type { Opinions, RoadStep } from '../../protocols/messages.ts';
import { showShortfall } from '../../protocols/rules/eligibility.ts';
import type { Hotkey, Score } from '../../protocols/units.ts';
import { fitted } from './table.ts';

/** A query's answer, and what hotkeys are called where it is shown. */
export interface Shown {
  readonly answer: QueryAnswer;
  readonly nameOf: (hotkey: Hotkey) => string;
  /** How many characters a line may have; as many as it takes where absent. */
  readonly within?: number;
}

/** Who was drawn, what each of them came to, and why it failed where it did. */
export function showAttempt(attempt: Attempt, number: number, result: Shown): string[] {
  const { block, road, failure, refusal } = attempt;
  const lines = [`Attempt ${number}`];
  if (block !== undefined) {
    const miners = attempt.miners.map(result.nameOf).join(', ');
    const panel = attempt.panel.map(result.nameOf).join(', ');
    lines.push(`  block ${block} draws ${miners}`, `  and the panel ${panel}`);
  }
  if (road.length > 0) lines.push('', ...indent(roadTable(road, attempt.panel, result)));
  if (failure !== undefined) lines.push(`  ${FAILURES[failure]}`);
  if (refusal?.shortfall !== undefined) lines.push(`  ${showShortfall(refusal.shortfall)}`);
  return lines;
}

const FAILURES: Readonly<Record<AttemptFailure, string>> = {
  no_miner: 'no miner: none with standing is registered',
  no_validator: 'no validator: none with standing is registered',
  no_pool: 'no pool: none with standing is registered',
  no_block: 'no block: the chain made none to draw with',
  pool_silent: 'no pool: the one that was asked said nothing in time',
  refused: 'refused: the pool does not serve this query',
  no_batch: 'no batch was approved and passed its checks',
};

/** A row a drawn miner: what each of the panel found, F, the checks, and what became of it. */
const roadTable = (
  road: readonly RoadStep[],
  panel: readonly Hotkey[],
  { nameOf, answer, within }: Shown,
): string =>
  fitted(
    [
      { title: 'miner' },
      { title: 'leads', align: 'right' },
      ...panel.map((validator) => ({ title: nameOf(validator), align: 'right' as const })),
      { title: 'F', align: 'right' },
      { title: 'checks', align: 'right' },
      { title: 'outcome' },
    ],
    road.map((step) => [
      nameOf(step.miner),
      step.outcome === 'missed' ? '-' : String(step.count),
      ...panel.map((validator) => {
        const report = step.reports.find((one) => one.validator === validator);
        return report === undefined ? '-' : percentOf(report.score);
      }),
      percentOf(step.finalScore),
      step.checks === undefined
        ? '-'
        : `${step.checks.passed} of ${step.checks.passed + step.checks.failed + step.checks.unknown}`,
      outcomeText(step, step.batch !== undefined && step.batch === answer.chosen),
    ]),
    roomIn(within),
  );

function outcomeText({ outcome, reasons }: RoadStep, isChosen: boolean): string {
  const why = reasons.map(([reason, count]) => `${reason} ${count}`).join(', ');
  switch (outcome) {
    case 'approved':
      return isChosen ? 'approved, the best: delivered' : 'approved, into the pool';
    case 'rejected':
    case 'denied':
      return `${outcome}: ${why}`;
    case 'checks_failed':
      return `failed its checks: ${why}`;
    case 'undecided':
      return 'undecided: its checks could not tell';
    case 'unreported':
      return 'no validator scored it';
    case 'missed':
      return 'no answer in time';
  }
}

/** Of millionths, with as many places as it takes; a dash where there is no score. */
const percentOf = (score: Score | undefined): string =>
  score === undefined ? '-' : `${Math.floor(score / 100) / 100} %`;

/** One line for somebody who waits. */
export function showStep(step: Step, nameOf: (hotkey: Hotkey) => string): string {
  switch (step.is) {
    case 'drawn':
      return `drawn: ${step.miners} miners and a panel of ${step.panel}`;
    case 'batch':
      return `${nameOf(step.miner)} answers with ${step.count} leads`;
    case 'scored':
      return `${nameOf(step.validator)} has audited the batch of ${nameOf(step.miner)}`;
    case 'answered':
      return `answered: ${step.leads} leads`;
    case 'settled':
      return `settled, with ${step.countersigns} countersigns`;
    case 'unsettled':
      return `not settled: ${step.countersigns} countersigns are too few`;
  }
}

/** A line a lead, under a title; nothing where there is none. */
export function showLeads({ answer, nameOf, within }: Shown): string[] {
  if (answer.leads.length === 0) return [];
  const rows = answer.leads.map(({ lead, miner, finalScore }, index) => [
    String(index + 1),
    lead.Business,
    lead['Owner Full name'],
    lead['Owner(s) Email'],
    lead.Industry,
    lead.Region,
    nameOf(miner),
    percentOf(finalScore),
  ]);
  const columns = [
    { title: '#', align: 'right' as const },
    { title: 'business', most: 32 },
    { title: 'owner', most: 24 },
    { title: 'e-mail', most: 60 },
    { title: 'industry' },
    { title: 'region', most: 12 },
    { title: 'from' },
    { title: 'F', align: 'right' as const },
  ];
  return ['The leads', ...indent(fitted(columns, rows, roomIn(within))), ''];
}

/** What the margin leaves. */
const roomIn = (within: number | undefined): number => (within ?? Infinity) - MARGIN.length;
const MARGIN = '  ';

/** As lines, a little to the right. */
export const indent = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => MARGIN + line);

/** The batches of an answer for scripts: scores are decimals. */
export const batchesJson = ({ answer, nameOf }: Shown): readonly object[] =>
  answer.batches.map(({ batch, miner, finalScore, reports }) => ({
    batch,
    miner: nameOf(miner),
    final_score: decimal(finalScore),
    reports: reportsJson(reports, nameOf),
  }));

/** Its attempts, likewise. */
export const attemptsJson = ({ answer, nameOf }: Shown): readonly object[] =>
  answer.attempts.map((attempt) => ({
    block: attempt.block ?? null,
    miners: attempt.miners.map(nameOf),
    panel: attempt.panel.map(nameOf),
    failure: attempt.failure ?? null,
    road: attempt.road.map((step) => ({
      miner: nameOf(step.miner),
      outcome: step.outcome,
      batch: step.batch ?? null,
      leads: step.count,
      final_score: decimal(step.finalScore),
      reports: reportsJson(step.reports, nameOf),
      reasons: Object.fromEntries(step.reasons),
      checks: step.checks ?? null,
    })),
  }));

const decimal = (score: Score | undefined): number | null =>
  score === undefined ? null : score / 1_000_000;

const reportsJson = (reports: Opinions, nameOf: Shown['nameOf']): readonly object[] =>
  reports.map(({ validator, score }) => ({ validator: nameOf(validator), score: decimal(score) }));
