import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEAD_KEYS, type Lead } from '../../protocols/lead.ts';
import { CRM_COLUMNS, OWN_COLUMNS } from './crm.ts';
import { csvOf } from './csv.ts';
import { untame } from './spreadsheet.ts';

describe("a CRM's file", () => {
  it('has the columns that HubSpot knows of a contact', () => {
    expect(csvOf(CRM_COLUMNS.hubspot, [ANN])).toBe(
      'First Name,Last Name,Email,Company Name,Website URL,LinkedIn URL,Industry,Country/Region\r\n' +
        'Ann,Lee,ann@acme.com,"Acme, Inc.",https://acme.com,https://linkedin.com/in/ann,Tech & AI,US\r\n',
    );
  });

  it('has the columns that Salesforce knows of a lead', () => {
    expect(csvOf(CRM_COLUMNS.salesforce, [ANN])).toBe(
      'First Name,Last Name,Company,Email,Website,Industry,Country,Description\r\n' +
        'Ann,Lee,"Acme, Inc.",ann@acme.com,https://acme.com,Tech & AI,US,LinkedIn: https://linkedin.com/in/ann\r\n',
    );
  });

  it('has the columns that Pipedrive knows of a lead', () => {
    expect(csvOf(CRM_COLUMNS.pipedrive, [ANN])).toBe(
      'Lead - Title,Person - Name,Person - Email,Organization - Name,Note - Content\r\n' +
        '"Acme, Inc.: Ann Lee",Ann Lee,ann@acme.com,"Acme, Inc.",' +
        '"Website: https://acme.com\nLinkedIn: https://linkedin.com/in/ann\nIndustry: Tech & AI\nRegion: US"\r\n',
    );
  });

  it('has its header also where there is no lead', () => {
    expect(csvOf(CRM_COLUMNS.salesforce, [])).toMatch(/^First Name,.*Description\r\n$/);
  });

  it('is read again, cell by cell, as it was meant', () => {
    const all = [OWN_COLUMNS, ...Object.values(CRM_COLUMNS)];
    fc.assert(
      fc.property(
        fc.constantFrom(...all),
        fc.array(anyLead, { maxLength: 4 }),
        (columns, leads) => {
          const [header, ...rows] = parse(csvOf(columns, leads), { record_delimiter: '\r\n' });
          expect(header).toEqual(columns.map(({ name }) => name));
          expect(rows.map((row) => row.map(untame))).toEqual(
            leads.map((lead) => columns.map(({ of }) => of(lead))),
          );
        },
      ),
    );
  });
});

const ANN: Lead = {
  Business: 'Acme, Inc.',
  'Owner Full name': 'Ann Lee',
  First: 'Ann',
  Last: 'Lee',
  'Owner(s) Email': 'ann@acme.com',
  LinkedIn: 'https://linkedin.com/in/ann',
  Website: 'https://acme.com',
  Industry: 'Tech & AI',
  Region: 'US',
};

const anyText = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from(`,;"'=+-@ \t\r\naé`)) }),
  fc.string({ unit: 'grapheme' }),
);
const anyLead: fc.Arbitrary<Lead> = fc
  .tuple(...LEAD_KEYS.map(() => anyText))
  .map((texts) => Object.fromEntries(LEAD_KEYS.map((key, at) => [key, texts[at]])) as Lead);
