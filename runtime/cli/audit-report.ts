/**
 * An audit for people: the score, what was wrong with which row, and the answer last. Rows go by
 * number, as in the file: whoever audits a file has it, and a log has no use for its leads. The hash
 * of the disposable list is printed with the score: of two that disagree, it says whether they judged
 * by the same list.
 */
import { disposableListDigest } from '../../protocols/rules/disposable.ts';
import { countReasons, because, both, PASS } from '../../protocols/verdict.ts';
import type { AuditReport, AuditResult, ChecksReport } from './audit.ts';
import { plain, table, type Column } from './table.ts';

/** More are left to `--json`. */
const MOST_ROWS = 40;
const BAR_WIDTH = 40;

export function showAudit(file: string, report: AuditReport): string {
  const { leads, sampled, seed, valid, invalid, unknown, results, checks } = report;
  const name = file === '-' ? 'standard input' : plain(file);
  const bad = results.filter(({ verdict }) => verdict !== 'pass');
  return [
    `${name}: ${leads} leads, ${sampled} of them looked at (seed ${seed})\n`,
    `score     ${scoreLine(report)}\n`,
    `          ${valid} valid, ${invalid} invalid, ${unknown} unknown\n`,
    `list      throw-away domains ${disposableListDigest()}\n`,
    ...(bad.length > 0 ? ['\n', rowTable(bad), '\n', reasonLine(bad)] : []),
    ...(checks === undefined ? [] : ['\n', checksLine(checks)]),
    `\n${answer(report)}\n`,
  ].join('');
}

function scoreLine({ score }: AuditReport): string {
  if (score === null) return 'none: more than half of the sample could not be told';
  // Rounded down, as the rule does: what is not approved never shows as 90.00.
  const hundredths = Math.floor(Math.round(score * 1_000_000) / 100);
  const filled = Math.floor(score * BAR_WIDTH);
  const bar = '#'.repeat(filled) + '-'.repeat(BAR_WIDTH - filled);
  return `${(hundredths / 100).toFixed(2)} %  [${bar}]  approved from 90 %`;
}

const COLUMNS: readonly Column[] = [
  { title: 'row', align: 'right' },
  { title: 'in the sample' },
  { title: 'verdict' },
  { title: 'reasons' },
];

function rowTable(bad: readonly AuditResult[]): string {
  const rows = bad
    .slice(0, MOST_ROWS)
    .map(({ index, sampled, verdict, reasons }) => [
      String(index + 1),
      sampled ? 'yes' : 'no',
      verdict,
      reasons.join(', '),
    ]);
  const left = bad.length - rows.length;
  return table(COLUMNS, rows) + (left > 0 ? `and ${left} more rows: --json has them all\n` : '');
}

function reasonLine(bad: readonly AuditResult[]): string {
  const counts = countReasons(bad.map(({ reasons }) => reasons.map(because).reduce(both, PASS)));
  return `reasons   ${[...counts].map(([reason, count]) => `${reason} ${count}`).join(', ')}\n`;
}

function checksLine({ passed, failed, unknown, ok }: ChecksReport): string {
  const outcome = ok === null ? 'undecided' : ok ? 'passed' : 'failed';
  return `checks    of all leads: ${passed} passed, ${failed} failed, ${unknown} unknown: ${outcome}\n`;
}

function answer({ approved, reason }: AuditReport): string {
  if (reason === 'empty') return 'not approved: there are no leads in it';
  if (reason === 'abstained') return 'not approved: a validator would abstain';
  return approved ? 'approved' : 'not approved';
}
