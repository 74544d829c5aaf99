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

/** A line a lead, with a header, also where there is no lead. */
export const csvOf = (columns: readonly LeadColumn[], leads: readonly Lead[]): string =>
  csvOfRows(
    columns.map(({ name }) => name),
    leads.map((lead) => columns.map(({ of }) => of(lead))),
  );

/**
 * With a header, also where there is no row. No cell runs anything in a spreadsheet that cuts at
 * commas; one that is set to cut at semicolons has to be told.
 */
export const csvOfRows = (
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): string =>
  stringify(
    rows.map((row) => row.map(tame)),
    {
      header: true,
      columns: [...columns],
      record_delimiter: 'windows',
      // Half a line break is one for many readers.
      quoted_match: /[\r\n]/,
    },
  );
