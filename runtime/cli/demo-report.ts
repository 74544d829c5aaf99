/**
 * How a demo's outcome is shown: for people, the leads and the road they took; for scripts, one
 * JSON document. Nothing in it depends on how fast this machine is.
 */
import type { Attempt, AttemptFailure, QueryAnswer, Step } from '../../actors/actor.ts';
import { inOrder } from '../../protocols/lead.ts';
import type { Opinions, RoadStep } from '../../protocols/messages.ts';
import { showShortfall } from '../../protocols/rules/eligibility.ts';
import type { Hotkey, Score } from '../../protocols/units.ts';
import { complianceJson, complianceOf, showCompliance } from './compliance.ts';
import { plain, table } from './table.ts';

export interface DemoResult {
  readonly seed: number;
  readonly answer: QueryAnswer;
  readonly isVirtual: boolean;
  readonly nameOf: (hotkey: Hotkey) => string;
  readonly miners: readonly { readonly name: string; readonly about: string }[];
  /** How many of the panel countersigned the case. */
  readonly countersigns: number;
  /** How many leads the miners found and did not send, for this query and for the validators' own. */
  readonly suppressedByMiners: number;
  /** P_v in points, after the case was settled. */
  readonly precision: readonly { readonly name: string; readonly points: number }[];
}

export function showDemo(result: DemoResult): string {
  const { answer, seed, miners, isVirtual } = result;
  const { want, leads, attempts } = answer;
  const clock = isVirtual ? 'virtual time' : 'the wall clock';
  return [
    `leadpoet demo, seed ${seed}: 4 miners, 3 validators, 1 pool and 1 buyer in this process, on ${clock}`,
    ...miners.map(({ name, about }) => `  ${name}: ${about}`),
    '',
    `The buyer wants ${want.leads} leads, ${plain(want.industry ?? 'any industry')}, ${plain(want.region ?? 'any region')}${want.sealed === true ? ', by sealed reports' : ''}.`,
    '',
    ...attempts.flatMap((attempt, index) => [...showAttempt(attempt, index + 1, result), '']),
    ...showLeads(result),
    ...showCompliance(complianceOf(answer), result.nameOf),
    ...showAftermath(result),
    leads.length > 0
      ? `${leads.length} of ${want.leads} leads delivered${answer.partial ? ' (partial)' : ''}. Query ${answer.query.slice(0, 12)}.`
      : `No leads. Query ${answer.query.slice(0, 12)}.`,
    '',
  ].join('\n');
}

function showAttempt(attempt: Attempt, number: number, result: DemoResult): string[] {
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
  { nameOf, answer }: DemoResult,
): string =>
  table(
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

function showLeads({ answer, nameOf }: DemoResult): string[] {
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
  return ['The leads', ...indent(table(columns, rows)), ''];
}

function showAftermath({
  countersigns,
  precision,
  answer,
  suppressedByMiners,
}: DemoResult): string[] {
  const stock = answer.stock.reduce((sum, { leads }) => sum + leads, 0);
  const lines = ['Afterwards'];
  if (countersigns > 0) {
    const moved = precision.map(({ name, points }) => `${name} ${points}`).join(', ');
    lines.push(`  ${countersigns} of the panel countersigned; precision, from 15: ${moved}`);
  }
  lines.push(`  the pool holds ${stock} leads`);
  if (suppressedByMiners > 0) {
    lines.push(
      `  the miners left out ${suppressedByMiners} leads of their own as not to be contacted`,
    );
  }
  return [...lines, ''];
}

const indent = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`);

/** The same for scripts. Scores are decimals; times are Unix milliseconds of the demo's clock. */
export function demoJson({
  seed,
  answer,
  nameOf,
  countersigns,
  precision,
  miners,
  suppressedByMiners,
}: DemoResult): object {
  const decimal = (score: Score | undefined): number | null =>
    score === undefined ? null : score / 1_000_000;
  const reportsOf = (reports: Opinions): readonly object[] =>
    reports.map(({ validator, score }) => ({
      validator: nameOf(validator),
      score: decimal(score),
    }));
  return {
    format: 'leadpoet.demo/1',
    seed,
    miners,
    query_id: answer.query,
    want: {
      num_leads: answer.want.leads,
      industry: answer.want.industry ?? null,
      region: answer.want.region ?? null,
      sealed: answer.want.sealed === true,
    },
    leads: answer.leads.map(({ lead }) => inOrder(lead)),
    partial: answer.partial,
    compliance: complianceJson(complianceOf(answer), nameOf),
    batches: answer.batches.map(({ batch, miner, finalScore, reports }) => ({
      batch,
      miner: nameOf(miner),
      final_score: decimal(finalScore),
      reports: reportsOf(reports),
    })),
    attempts: answer.attempts.map((attempt) => ({
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
        reports: reportsOf(step.reports),
        reasons: Object.fromEntries(step.reasons),
        checks: step.checks ?? null,
      })),
    })),
    countersigns,
    precision: Object.fromEntries(precision.map(({ name, points }) => [name, points])),
    stock: answer.stock,
    suppressed_by_miners: suppressedByMiners,
  };
}
