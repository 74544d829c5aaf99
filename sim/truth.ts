/**
 * What is true of a made-up lead, known to the services of the made-up world and to nobody else.
 * The rules that need no network find nothing wrong with a spoilt lead.
 *
 *     gone      anna@gone.acme.example     its domain does not resolve, and so nothing on it answers
 *     down      https://down.acme.example  its domain resolves, its website does not answer
 *     nobody    nobody.anna@acme.example   mail for it comes back, which the checks alone find
 *
 * It is written in the lead's own text, so that it is the same for everyone and outlives every
 * table. A label of its own at the front, since one changed at its end would not survive punycode.
 */
import { emailKey, MAX_FIELD_BYTES, type Lead } from '../protocols/lead.ts';
import { fieldOf, webHostOf } from '../protocols/rules/format.ts';
import { because, both, PASS, type Verdict } from '../protocols/verdict.ts';

/** The ways in which a lead is bad that only the network shows. */
export const WOES = ['gone', 'down', 'nobody'] as const;
export type Woe = (typeof WOES)[number];

/** The same lead, come to this. As good in format as it was, but where it grew too long by it. */
export function spoil(lead: Lead, how: Woe): Lead {
  const { 'Owner(s) Email': email, Website: website } = lead;
  switch (how) {
    case 'gone':
      return {
        ...lead,
        'Owner(s) Email': email.replace(/@(?=[^@]*$)/, '@gone.'),
        Website: below(website, 'gone'),
      };
    case 'down':
      return { ...lead, Website: below(website, 'down') };
    case 'nobody':
      return { ...lead, 'Owner(s) Email': `nobody.${email}` };
  }
}

/** What an audit finds of a lead when it asks the network: does the domain resolve, is there a website. */
export const truthOf = (lead: unknown): Verdict => both(domainTruth(lead), websiteTruth(lead));

/** What the automated checks find, which also ask for the mailbox. */
export const checksOf = (lead: unknown): Verdict => both(truthOf(lead), mailboxTruth(lead));

function domainTruth(lead: unknown): Verdict {
  const email = addressOf(lead);
  const host = email.slice(email.lastIndexOf('@') + 1);
  return email.includes('@') && firstLabel(host) === 'gone' ? because('domain_unresolved') : PASS;
}

function websiteTruth(lead: unknown): Verdict {
  const label = firstLabel(webHostOf(textOf(lead, 'Website')) ?? '');
  return label === 'gone' || label === 'down' ? because('website_unreachable') : PASS;
}

/** What they find beside that. */
export const mailboxTruth = (lead: unknown): Verdict =>
  addressOf(lead).startsWith('nobody.') ? because('email_undeliverable') : PASS;

/** As everyone compares it. */
const addressOf = (lead: unknown): string => emailKey(textOf(lead, 'Owner(s) Email'));

/** Empty where there is nothing to ask the network for: what is wrong then is a matter of format. */
function textOf(lead: unknown, key: 'Owner(s) Email' | 'Website'): string {
  const text = fieldOf(lead, key) ?? '';
  return text.length > MAX_FIELD_BYTES ? '' : text;
}

const firstLabel = (host: string): string | undefined => host.split('.', 1)[0];

const below = (website: string, label: string): string =>
  website.replace(/^https?:\/\//i, (scheme) => `${scheme}${label}.`);
