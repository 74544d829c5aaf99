/**
 * How leads may come out: a file of its own, since `--help` names them and loads nothing else.
 */
export const LEAD_FORMATS = [
  'json',
  'csv',
  'table',
  'hubspot',
  'salesforce',
  'pipedrive',
  'vcard',
] as const;
export type LeadFormat = (typeof LEAD_FORMATS)[number];
