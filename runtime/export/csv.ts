/**
 * Leads as CSV (RFC 4180), a line a lead under the names that their reader goes by. The one home of
 * `csv-stringify`.
 */
import { stringify } from 'csv-stringify/sync';
import type { Lead } from '../../protocols/lead.ts';
import { tame } from './spreadsheet.ts';

/** A column: its name, and what of a lead is in it. */
export interface LeadColumn {
  readonly name: string;
  readonly of: (lead: Lead) => string;
}

/**
 * With a header, also where there is no lead. No cell runs anything in a spreadsheet that cuts at
 * commas; one that is set to cut at semicolons has to be told.
 */
export function csvOf(columns: readonly LeadColumn[], leads: readonly Lead[]): string {
  return stringify(
    leads.map((lead) => columns.map(({ of }) => tame(of(lead)))),
    {
      header: true,
      columns: columns.map(({ name }) => name),
      record_delimiter: 'windows',
      // Half a line break is one for many readers.
      quoted_match: /[\r\n]/,
    },
  );
}
