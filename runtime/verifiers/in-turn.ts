/**
 * Providers of mailboxes asked one after the other: the next one where the one before cannot tell.
 */
import type { MailboxFound, Mailboxes } from './looking.ts';

export function askInTurn(first: Mailboxes, ...others: readonly Mailboxes[]): Mailboxes {
  const all = [first, ...others];
  return {
    name: all.map(({ name }) => name).join(', then '),
    async ask(email, signal) {
      let found: MailboxFound = 'unknown';
      for (const mailboxes of all) {
        if (found !== 'unknown' || signal.aborted) break;
        found = await mailboxes.ask(email, signal);
      }
      return found;
    },
  };
}
