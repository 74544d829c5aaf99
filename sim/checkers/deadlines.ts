/**
 * No report after its two minutes, no delivery after the query's last moment. Where reports are sealed
 * the two minutes are for the commit, and a reveal has 135 s from when the batches were due.
 */
import type { Address, Batch, Commit, Delivery, Query, Report } from '../../protocols/messages.ts';
import { attemptOf } from '../../protocols/messages.ts';
import { AUDIT_TIME, batchDue, settleDue } from '../../protocols/rules/deadlines.ts';
import { later, seconds, type Instant } from '../../protocols/units.ts';
import type { Checker } from './checker.ts';

/** Reports and deliveries come within ten minutes of what they answer; then it can be forgotten. */
const KEPT = 600_000;
const REVEALED = seconds(135);

export function deadlines(): Checker {
  /** When a batch reached a validator, and when an attempt has to be settled at the latest. */
  const arrived = new Map<string, Instant>();
  const due = new Map<string, Instant>();
  const revealDue = new Map<string, Instant>();

  const forget = (kept: Map<string, Instant>, now: Instant): void => {
    for (const [key, at] of kept) {
      if (at + KEPT >= now) return;
      kept.delete(key);
    }
  };

  return {
    name: 'deadlines',
    see(happening) {
      if (happening.is === 'received') {
        const { kind, to, body } = happening.envelope;
        if (kind === 'batch') {
          const { id, query } = body as Batch;
          const key = arrivalOf(to, id, attemptOf(query));
          forget(arrived, happening.at);
          if (!arrived.has(key)) arrived.set(key, happening.at);
          if (query.want.sealed === true) {
            forget(revealDue, happening.at);
            revealDue.set(key, later(batchDue(query), REVEALED));
          }
        }
        if (kind === 'query') {
          const query = body as Query;
          forget(due, happening.at);
          due.set(`${query.id}/${attemptOf(query)}`, settleDue(query));
        }
      }
      if (happening.is !== 'sent') return undefined;
      const { kind, from, body } = happening.envelope;
      if (kind === 'report' || kind === 'commit') {
        return lateReport(from, body as Report | Commit, happening.at);
      }
      if (kind === 'delivery') return lateDelivery(body as Delivery, happening.at);
      return undefined;
    },
  };

  function lateReport(from: Address, said: Report | Commit, at: Instant): string | undefined {
    const key = arrivalOf(from, said.batch, said.attempt);
    const since = arrived.get(key);
    if (since === undefined) return `${from} reports on a batch that it was not sent`;
    if ('nonce' in said) {
      const latest = revealDue.get(key) ?? since;
      return at > latest ? `${from} reveals ${at - latest} ms too late` : undefined;
    }
    return at > later(since, AUDIT_TIME)
      ? `${from} reports ${at - since} ms after the batch`
      : undefined;
  }

  function lateDelivery({ query, attempt }: Delivery, at: Instant): string | undefined {
    const latest = due.get(`${query}/${attempt}`);
    return latest !== undefined && at > latest
      ? `query ${query}: delivered ${at - latest} ms too late`
      : undefined;
  }
}

/** A miner may answer two attempts with one batch: it is audited for each of them. */
const arrivalOf = (validator: Address, batch: string, attempt: number): string =>
  `${validator} ${batch} ${attempt}`;
