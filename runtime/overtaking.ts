/**
 * The line keeps the order of each pair, and no other: a batch or a report may reach a pool before the
 * query does, where the buyer's way is slow or the pool has just been started again. The actor would
 * refuse it as of no query that it knows, and its sender would not send it again.
 *
 *     batch, report, commit ──▶ is its query known? ──no──▶ held, unacknowledged ──▶ query comes ──▶ on
 *
 * It is held for as long as the query may come, and then handed on to be refused. What is held counts
 * against its sender's own window, so nobody can hold more than that.
 */
import { Observable } from 'rxjs';
import { attemptKey } from '../actors/asking.ts';
import type { Envelope } from '../protocols/messages.ts';
import { QUERY_FRESH } from '../protocols/rules/deadlines.ts';
import { later, type Duration, type Instant } from '../protocols/units.ts';
import type { Cancel, Clock } from './host.ts';
import type { DurableTransport, Incoming } from './live.ts';

/** More are handed on at once: eight batches and forty reports of some twenty queries. */
const MOST_HELD = 1_024;
/** How often it is looked whether an actor that was just begun knows the query after all. */
const LOOK_AGAIN = 100 as Duration;

interface Held {
  readonly one: Incoming;
  readonly until: Instant;
}

/** `isKnown`: whether the pool has heard of an attempt at a query, by its key. */
export function inGoodTime(
  line: DurableTransport,
  clock: Clock,
  isKnown: (attempt: string) => boolean,
): DurableTransport {
  const incoming = new Observable<Incoming>((subscriber) => {
    let held: Held[] = [];
    let cancel: Cancel | undefined;

    /** Hands on what need not wait any longer, in the order in which it came. */
    function release(): void {
      const before = held;
      const now = clock.now();
      held = [];
      for (const each of before) {
        const key = keyOf(each.one.envelope);
        if (each.until <= now || key === undefined || isKnown(key)) subscriber.next(each.one);
        else held.push(each);
      }
      watch();
    }
    function watch(): void {
      cancel?.();
      cancel = held.length === 0 ? undefined : clock.at(later(clock.now(), LOOK_AGAIN), release);
    }

    const watching = line.incoming.subscribe((one) => {
      const key = keyOf(one.envelope);
      if (key === undefined || isKnown(key) || held.length >= MOST_HELD)
        return subscriber.next(one);
      held.push({ one, until: later(clock.now(), QUERY_FRESH) });
      if (cancel === undefined) watch();
    });
    return () => {
      watching.unsubscribe();
      cancel?.();
    };
  });
  return {
    open: (address) => line.open(address),
    close: (address) => line.close(address),
    send: (envelope) => line.send(envelope),
    inbox: line.inbox,
    finished: line.finished,
    lost: line.lost,
    incoming,
  };
}

/** The attempt that a message is of no use without; undefined of any other. */
function keyOf(envelope: Envelope): string | undefined {
  const { kind, body } = envelope as {
    readonly [K in Envelope['kind']]: Envelope<K>;
  }[Envelope['kind']];
  if (kind === 'batch') return attemptKey(body.query);
  return kind === 'report' || kind === 'commit' ? `${body.query}/${body.attempt}` : undefined;
}
