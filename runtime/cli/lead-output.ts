/**
 * Leads on their way out of a buyer's node: as JSON or CSV, both of which `leadpoet audit` reads, as a
 * CRM or an address book takes them, or as a table for people. What is in them is a stranger's.
 */
import { writeFileSync } from 'node:fs';
import type { QueryAnswer } from '../../actors/actor.ts';
import { inOrder } from '../../protocols/lead.ts';
import { show } from '../../protocols/query.ts';
import { CRM_COLUMNS, OWN_COLUMNS } from '../export/crm.ts';
import { csvOf } from '../export/csv.ts';
import { vcardsOf } from '../export/vcard.ts';
import { complianceJson, complianceOf, showCompliance } from './compliance.ts';
import { attemptsJson, batchesJson, showAttempt, showLeads, type Shown } from './answer-report.ts';
import { LEAD_FORMATS, type LeadFormat } from './lead-formats.ts';
import { wrapped } from './table.ts';
import { UsageError, WorldError } from './trouble.ts';

/** By the flag, or by the file's name; else a table at a terminal, and JSON in a pipe. */
export function formatOf(
  flag: string | undefined,
  out: string | undefined,
  isTerminal: boolean = process.stdout.isTTY,
): LeadFormat {
  const found = LEAD_FORMATS.find((format) => format === flag);
  if (found !== undefined) return found;
  if (flag !== undefined) {
    throw new UsageError({ field: '--format', came: show(flag), allowed: LEAD_FORMATS.join(', ') });
  }
  if (out === undefined) return isTerminal ? 'table' : 'json';
  return out.endsWith('.csv') ? 'csv' : out.endsWith('.vcf') ? 'vcard' : 'json';
}

export function showAs(format: LeadFormat, shown: Shown): string {
  const leads = shown.answer.leads.map(({ lead }) => inOrder(lead));
  switch (format) {
    case 'json':
      return `${JSON.stringify(leads, null, 2)}\n`;
    case 'csv':
      return csvOf(OWN_COLUMNS, leads);
    case 'hubspot':
    case 'salesforce':
    case 'pipedrive':
      return csvOf(CRM_COLUMNS[format], leads);
    case 'vcard':
      return vcardsOf(leads);
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

function asTable(shown: Shown): string {
  const { answer, nameOf } = shown;
  const { leads, want, partial, attempts, query } = answer;
  const count = `${leads.length} of ${want.leads} leads delivered${partial ? ' (partial)' : ''}`;
  const lines = [
    ...attempts.flatMap((attempt, index) => [...showAttempt(attempt, index + 1, shown), '']),
    ...showLeads(shown),
    ...showCompliance(complianceOf(answer), nameOf),
    leads.length === 0 ? 'No leads.' : `${count}.`,
    `Query ${query}`,
    '',
  ];
  const { within } = shown;
  const fitting = within === undefined ? lines : lines.map((line) => narrow(line, within));
  return fitting.join('\n');
}

/** A line that fits is left as it is: columns stand in it. */
const narrow = (line: string, within: number): string =>
  line.length <= within ? line : wrapped(line, within);

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
