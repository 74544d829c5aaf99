/**
 * Leads as the three CRMs import them, column by column, with nothing to be mapped by hand.
 *
 * HubSpot matches a header with the label of a property of its contacts, whatever the letter case
 * (knowledge.hubspot.com, "Set up your import files"; file of one object: contacts).
 * Salesforce matches it with the label of a field of its leads (help.salesforce.com, "Field Mapping
 * for Importing Leads"); it has none for LinkedIn, so that goes into the description.
 * Pipedrive names a field by its object, and takes a lead that has a title and a person or an
 * organization (support.pipedrive.com, "Importing: mandatory fields", "Import fields"); what it has no
 * field for before somebody makes one goes into the note.
 *
 * A region is a country's name or code for most miners; there it stands, whatever it says. Where
 * Salesforce is set up to know countries from a list, it refuses a lead with another.
 */
import { LEAD_KEYS, type Lead } from '../../protocols/lead.ts';
import type { LeadColumn } from './csv.ts';

export type Crm = 'hubspot' | 'salesforce' | 'pipedrive';

/** The nine keys as they are: what `leadpoet audit` reads. */
export const OWN_COLUMNS: readonly LeadColumn[] = LEAD_KEYS.map((key) => ({
  name: key,
  of: (lead) => lead[key],
}));

const of =
  (key: (typeof LEAD_KEYS)[number]) =>
  (lead: Lead): string =>
    lead[key];

export const CRM_COLUMNS: Readonly<Record<Crm, readonly LeadColumn[]>> = {
  hubspot: [
    { name: 'First Name', of: of('First') },
    { name: 'Last Name', of: of('Last') },
    { name: 'Email', of: of('Owner(s) Email') },
    { name: 'Company Name', of: of('Business') },
    { name: 'Website URL', of: of('Website') },
    { name: 'LinkedIn URL', of: of('LinkedIn') },
    { name: 'Industry', of: of('Industry') },
    { name: 'Country/Region', of: of('Region') },
  ],
  salesforce: [
    { name: 'First Name', of: of('First') },
    { name: 'Last Name', of: of('Last') },
    { name: 'Company', of: of('Business') },
    { name: 'Email', of: of('Owner(s) Email') },
    { name: 'Website', of: of('Website') },
    { name: 'Industry', of: of('Industry') },
    { name: 'Country', of: of('Region') },
    { name: 'Description', of: (lead) => `LinkedIn: ${lead.LinkedIn}` },
  ],
  pipedrive: [
    { name: 'Lead - Title', of: (lead) => `${lead.Business}: ${lead['Owner Full name']}` },
    { name: 'Person - Name', of: of('Owner Full name') },
    { name: 'Person - Email', of: of('Owner(s) Email') },
    { name: 'Organization - Name', of: of('Business') },
    { name: 'Note - Content', of: noteOf },
  ],
};

function noteOf(lead: Lead): string {
  const keys = ['Website', 'LinkedIn', 'Industry', 'Region'] as const;
  return keys.map((key) => `${key}: ${lead[key]}`).join('\n');
}
