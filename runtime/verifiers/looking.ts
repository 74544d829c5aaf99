/**
 * What the parts that look at the Internet say to one another.
 *
 *     reach ──▶ names ──▶ the node's own resolver
 *        │         ▲
 *        ├────▶ web (addresses judged and pinned) ──▶ strangers' hosts
 *        ├────▶ mailboxes ──▶ a provider
 *        └────▶ controls: where nothing tells, is it them or us?
 *
 * Each finding has three sides: it is there; it is not, and that is the host's own fault; or nothing
 * told. Whose fault the last is, is for the control hosts to say.
 */
import type { Verdict } from '../../protocols/verdict.ts';
import type { Instant } from '../../protocols/units.ts';

/** `absent`: there is no such name or record. `silent`: no answer in time, or one that tells nothing. */
export type AddressesFound =
  | { readonly is: 'found'; readonly addresses: readonly string[] }
  | { readonly is: 'absent' | 'silent' };

/** `refuses`: a null MX, which says that the domain takes no mail. */
export type MailFound = 'accepts' | 'refuses' | 'absent' | 'silent';

/** Look-ups of names. Never rejects; ends early, as `silent`, when the signal aborts. */
export interface Names {
  /** A and AAAA records of a host. */
  addresses(host: string, signal: AbortSignal): Promise<AddressesFound>;
  /** Whether mail for a domain has anywhere to go: MX, or else A or AAAA. */
  mail(domain: string, signal: AbortSignal): Promise<MailFound>;
}

/**
 * `there`: a website answers, with a status that counts as one. `gone`: the host is at fault. `blocked`:
 * an address, port or scheme that nobody may be sent to. `silent`: no name told where it is.
 */
export type WebFound = 'there' | 'gone' | 'blocked' | 'silent';

/** Visits to websites that strangers chose. Never rejects; `gone` when the signal aborts. */
export interface Web {
  visit(url: string, signal: AbortSignal): Promise<WebFound>;
  close(): Promise<void>;
}

/** Whether our own resolver and our own way out work, by hosts that are always there. */
export interface Controls {
  names(): Promise<boolean>;
  web(): Promise<boolean>;
}

/** What a provider says of a mailbox. `unknown` where it cannot tell or did not answer. */
export type MailboxFound =
  | 'valid'
  | 'accept_all'
  | 'webmail'
  | 'disposable'
  | 'invalid'
  | 'unknown';

/** A provider that knows mailboxes. Never rejects; `unknown` when the signal aborts. */
export interface Mailboxes {
  readonly name: string;
  ask(email: string, signal: AbortSignal): Promise<MailboxFound>;
}

/** What was found lately, by what was looked at. Synchronous: it is a look into a table. */
export interface FindingStore {
  get(key: string, now: Instant): Verdict | undefined;
  put(key: string, verdict: Verdict, until: Instant): void;
  close(): void;
}
