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

/** Those that are files for another program, and not a page for a person. */
export type FileFormat = Exclude<LeadFormat, 'table'>;
export const FILE_FORMATS: readonly FileFormat[] = LEAD_FORMATS.filter(
  (format) => format !== 'table',
);
