/**
 * Mailboxes as Hunter's verifier knows them. Whatever it says beyond its six words, and whatever
 * goes wrong on the way, is `unknown`: nobody's lead is bad because a provider is.
 */
import { MAX_EMAIL_LENGTH } from '../../protocols/lead.ts';
import type { HunterApi } from '../providers/hunter-api.ts';
import { textIn } from '../providers/reading.ts';
import type { MailboxFound, Mailboxes } from './looking.ts';

export const hunterMailboxes = ({ api }: { readonly api: HunterApi }): Mailboxes => ({
  name: 'Hunter',
  async ask(email, signal) {
    if (email.length > MAX_EMAIL_LENGTH) return 'unknown';
    const answer = await api.verify(email, signal);
    return answer.is === 'data' ? statusIn(answer.data) : 'unknown';
  },
});

function statusIn(document: unknown): MailboxFound {
  const status = textIn(document, 'data', 'status');
  return isFound(status) ? status : 'unknown';
}

const isFound = (status: string | undefined): status is MailboxFound =>
  (FOUND as readonly (string | undefined)[]).includes(status);

const FOUND: readonly MailboxFound[] = [
  'valid',
  'invalid',
  'accept_all',
  'webmail',
  'disposable',
  'unknown',
];
