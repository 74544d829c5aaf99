/**
 * A lead: a business, its owner, and how to reach them. Nine text fields, whose names on the wire
 * are fixed to the letter. "Prospect" is another word for it.
 */

/** The nine keys, in the order in which they are shown. */
export const LEAD_KEYS = [
  'Business',
  'Owner Full name',
  'First',
  'Last',
  'Owner(s) Email',
  'LinkedIn',
  'Website',
  'Industry',
  'Region',
] as const;
export type LeadKey = (typeof LEAD_KEYS)[number];

/** A lead whose nine fields are text. An unknown extra key may be there and is never trusted. */
export type Lead = Readonly<Record<LeadKey, string>>;

/** The five industries that a lead may be of and a query may ask for. */
export const INDUSTRIES = [
  'Tech & AI',
  'Finance & Fintech',
  'Health & Wellness',
  'Media & Education',
  'Energy & Industry',
] as const;
export type Industry = (typeof INDUSTRIES)[number];

/** A longer field makes its lead malformed: 1 KiB of UTF-8. */
export const MAX_FIELD_BYTES = 1_024;
/** A longer lead is malformed: 8 KiB of UTF-8 over all its keys and values. */
export const MAX_LEAD_BYTES = 8_192;
/** The longest address that SMTP can carry. */
export const MAX_EMAIL_LENGTH = 254;
/** The longest region, in characters. */
export const MAX_REGION_LENGTH = 64;

/** Two leads are the same person when this is the same: the address, trimmed, in lower case. */
export const emailKey = (email: string): string => email.trim().toLowerCase();

/**
 * The same without a sub-address: most hosts deliver `maria+anything@acme.com` to `maria@acme.com`.
 * The rules do not look so far; a scenario may, to see what it would change.
 */
export const mailboxKey = (email: string): string =>
  emailKey(email).replace(/\+[^@]*(?=@[^@]*$)/, '');

/** The same lead with its nine keys first, in the order in which they are shown: the wire sorts them. */
export function inOrder(lead: Lead): Lead {
  const extra = Object.entries(lead).filter(
    ([key]) => !(LEAD_KEYS as readonly string[]).includes(key),
  );
  const own = LEAD_KEYS.map((key) => [key, lead[key]] as const);
  return Object.fromEntries([...own, ...extra]) as Lead;
}

/** The key by which what stands in the place of an erased lead bears the hash of that lead. */
export const ERASED_KEY = 'erased';

/**
 * Whether this stands in the place of a lead that was erased. No good lead has an empty address, so
 * none is taken for one.
 */
export const isErased = (lead: Lead): boolean =>
  ERASED_KEY in lead && lead['Owner(s) Email'] === '';
