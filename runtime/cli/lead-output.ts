/**
 * Leads on their way out of a buyer's node: as JSON or CSV, both of which `leadpoet audit` reads, or as
 * a table for people. What is in them is a stranger's.
 */
import { writeFileSync } from 'node:fs';
import type { QueryAnswer } from '../../actors/actor.ts';
import { inOrder, LEAD_KEYS } from '../../protocols/lead.ts';
import { show } from '../../protocols/query.ts';
import { complianceJson, complianceOf, showCompliance } from './compliance.ts';
import { attemptsJson, batchesJson, showAttempt, showLeads, type Shown } from './answer-report.ts';
import { UsageError, WorldError } from './trouble.ts';

export type LeadFormat = (typeof FORMATS)[number];
const FORMATS = ['json', 'csv', 'table'] as const;

/** By the flag, or by the file's name, or a table. */
export function formatOf(flag: string | undefined, out: string | undefined): LeadFormat {
  const found = FORMATS.find((format) => format === flag);
  if (found !== undefined) return found;
  if (flag !== undefined) {
    throw new UsageError({ field: '--format', came: show(flag), allowed: FORMATS.join(', ') });
  }
  if (out === undefined) return 'table';
  return out.endsWith('.csv') ? 'csv' : 'json';
}

export function showAs(format: LeadFormat, shown: Shown): string {
  const leads = shown.answer.leads.map(({ lead }) => inOrder(lead));
  switch (format) {
    case 'json':
      return `${JSON.stringify(leads, null, 2)}\n`;
    case 'csv':
      return [LEAD_KEYS, ...leads.map((lead) => LEAD_KEYS.map((key) => lead[key]))]
        .map((row) => `${row.map(cell).join(',')}\r\n`)
        .join('');
    case 'table':
      return asTable(shown);
  }
}

/** Throws a `WorldError` where the file cannot be written. */
export function writeLeads(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600 });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WorldError(`cannot write ${file}: ${why}; name another with --out`, { cause });
  }
}

/** A spreadsheet runs what begins like a formula: there it is given a mark that keeps it a text. */
function cell(text: string): string {
  const tame = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
}

function asTable(shown: Shown): string {
  const { answer, nameOf } = shown;
  const { leads, want, partial, attempts, query } = answer;
  const count = `${leads.length} of ${want.leads} leads delivered${partial ? ' (partial)' : ''}`;
  return [
    ...attempts.flatMap((attempt, index) => [...showAttempt(attempt, index + 1, shown), '']),
    ...showLeads(shown),
    ...showCompliance(complianceOf(answer), nameOf),
    leads.length === 0 ? 'No leads.' : `${count}.`,
    `Query ${query}`,
    '',
  ].join('\n');
}

/** All of an answer, for scripts: as `POST /generate_leads` gives it. */
export const answerJson = (answer: QueryAnswer): object => {
  const nameOf = (hotkey: string): string => hotkey;
  const shown = { answer, nameOf };
  return {
    format: 'leadpoet.answer/1',
    query_id: answer.query,
    leads: answer.leads.map(({ lead }) => inOrder(lead)),
    partial: answer.partial,
    batches: batchesJson(shown),
    attempts: attemptsJson(shown),
    compliance: complianceJson(complianceOf(answer), nameOf),
  };
};
