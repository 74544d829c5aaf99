/**
 * The three looks that can be taken at a lead, and what each answer means for it.
 *
 *     mail     has mail for its domain anywhere to go?
 *     website  does it answer?
 *     mailbox  does a provider know the address?
 *
 * What our list of throw-away providers says is asked offline, at each audit anew. What a provider
 * says of an address may have the same reason, `disposable_domain`, and is remembered; so findings are
 * kept under the list's digest, and none is read beside another list than it was made beside.
 */
import { emailKey } from '../../protocols/lead.ts';
import { because, PASS, type Verdict } from '../../protocols/verdict.ts';
import type { MailboxFound, Mailboxes, MailFound, Names, Web, WebFound } from './looking.ts';
import type { Way } from './way-out.ts';

/** `doubt`: what was found is the host's fault where our own way out is open. */
export type Told =
  | { readonly is: 'told'; readonly verdict: Verdict }
  | {
      readonly is: 'doubt';
      readonly fault: Verdict;
      readonly way: Way;
      /** Packets of a name server are lost; a website was asked over a line that asks again itself. */
      readonly isWorthAnother: boolean;
    };

export interface Look {
  /** What is looked at: the same for all who want the same. */
  readonly key: string;
  /** Whose patience it takes. */
  readonly host: string;
  readonly ask: (signal: AbortSignal) => Promise<Told>;
  /** What it means that no answer came in all the time that there is for one; absent of a provider. */
  readonly silence?: Told;
}

export const UNRESOLVED: Verdict = because('domain_unresolved');
export const UNREACHABLE: Verdict = because('website_unreachable');
const BLOCKED: Verdict = because('blocked_address');
export const UNDELIVERABLE: Verdict = because('email_undeliverable');
export const PROVIDER_OUT: Verdict = because('provider_unavailable');

/** Which answers of a provider are good enough. Both are, where nothing is said. */
export interface MailboxPolicy {
  /** The host takes mail for any name, so nobody can tell whether this one is there. */
  readonly acceptAll?: boolean;
  /** An address at a public provider, whoever's it is. */
  readonly webmail?: boolean;
}

/**
 * That a domain takes no mail is kept apart from that there is no such domain: an audit calls both
 * `domain_unresolved`, the checks call the first `email_undeliverable`.
 */
export function mailLook(names: Names, email: string): Look {
  const domain = domainOf(email);
  return {
    key: `mail:${domain}`,
    host: `mail:${domain}`,
    ask: async (signal) => MAIL[await names.mail(domain, signal)],
    silence: MAIL.silent,
  };
}

export function webLook(web: Web, url: URL): Look {
  // What comes after a # never leaves whoever follows the link.
  const page = url.href.slice(0, url.href.length - url.hash.length);
  return {
    key: `web:${page}`,
    host: url.hostname,
    ask: async (signal) => WEB[await web.visit(page, signal)],
    silence: WEB.gone,
  };
}

export function mailboxLook(mailboxes: Mailboxes, address: string, policy: MailboxPolicy): Look {
  const email = emailKey(address);
  const meanings = meaningsOf(policy);
  const allowed = [meanings.accept_all === PASS, meanings.webmail === PASS].map(Number).join('');
  return {
    // Another policy makes another verdict of the same answer.
    key: `box:${mailboxes.name}:${allowed}:${email}`,
    host: mailboxes.name,
    ask: async (signal) => told(meanings[await mailboxes.ask(email, signal)]),
  };
}

const domainOf = (email: string): string =>
  emailKey(email).slice(email.trim().lastIndexOf('@') + 1);

const told = (verdict: Verdict): Told => ({ is: 'told', verdict });

/** A resolver that lies or is cut off may know no name at all: that is for the control hosts to say. */
const MAIL: Readonly<Record<MailFound, Told>> = {
  accepts: told(PASS),
  refuses: told(UNDELIVERABLE),
  absent: { is: 'doubt', fault: UNRESOLVED, way: 'names', isWorthAnother: false },
  silent: { is: 'doubt', fault: UNRESOLVED, way: 'names', isWorthAnother: true },
};

/**
 * Where our way out is cut, every website is gone; and where all names lead to a hotel's login page, every
 * address is a private one.
 */
const WEB: Readonly<Record<WebFound, Told>> = {
  there: told(PASS),
  blocked: { is: 'doubt', fault: BLOCKED, way: 'web', isWorthAnother: false },
  gone: { is: 'doubt', fault: UNREACHABLE, way: 'web', isWorthAnother: false },
  silent: { is: 'doubt', fault: UNREACHABLE, way: 'names', isWorthAnother: true },
};

const meaningsOf = ({
  acceptAll = true,
  webmail = true,
}: MailboxPolicy): Readonly<Record<MailboxFound, Verdict>> => ({
  valid: PASS,
  accept_all: acceptAll ? PASS : UNDELIVERABLE,
  webmail: webmail ? PASS : UNDELIVERABLE,
  disposable: because('disposable_domain'),
  invalid: UNDELIVERABLE,
  unknown: PROVIDER_OUT,
});
