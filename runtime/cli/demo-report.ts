/**
 * How a demo's outcome is shown: for people, the leads and the road they took; for scripts, one
 * JSON document. Nothing in it depends on how fast this machine is.
 */
import type { QueryAnswer } from '../../actors/actor.ts';
import { inOrder } from '../../protocols/lead.ts';
import type { Hotkey } from '../../protocols/units.ts';
import { attemptsJson, batchesJson, showAttempt, showLeads } from './answer-report.ts';
import { complianceJson, complianceOf, showCompliance } from './compliance.ts';
import { plain } from './table.ts';

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
  const shown = { answer, nameOf };
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
    batches: batchesJson(shown),
    attempts: attemptsJson(shown),
    countersigns,
    precision: Object.fromEntries(precision.map(({ name, points }) => [name, points])),
    stock: answer.stock,
    suppressed_by_miners: suppressedByMiners,
  };
}
