/**
 * Remembering what was dealt with, and what is still open, no longer than needed and never more
 * than a bound.
 */
import type { Instant } from '../protocols/units.ts';

/** Ids already dealt with, each kept through the last instant at which it may come again. */
export type Seen<Id> = Map<Id, Instant>;

/** True the first time an id is seen; false again and again until `last` has passed. */
export function firstTime<Id>(seen: Seen<Id>, id: Id, last: Instant, now: Instant): boolean {
  // Ids come in roughly the order in which they lapse, so stopping at the first that has not
  // lapsed keeps the map small without walking all of it.
  for (const [old, end] of seen) {
    if (end >= now) break;
    seen.delete(old);
  }
  if (seen.has(id)) return false;

  seen.set(id, last);
  return true;
}

/** Work under way, each with the instant after which nobody waits for it any more. */
export type Open<Id, Work> = Map<Id, { readonly until: Instant; readonly work: Work }>;

/** Keeps work until an instant. False where `limit` pieces are open already, and it is not kept. */
export function keep<Id, Work>(
  open: Open<Id, Work>,
  id: Id,
  work: Work,
  { until, now, limit }: { readonly until: Instant; readonly now: Instant; readonly limit: number },
): boolean {
  // What has lapsed would only take room: a batch that waits for nothing is a batch's bytes.
  for (const [old, { until: end }] of open) {
    if (end >= now) break;
    open.delete(old);
  }
  if (open.size >= limit) dropLapsed(open, now);
  if (open.size >= limit && !open.has(id)) return false;
  open.set(id, { until, work });
  return true;
}

function dropLapsed<Id, Work>(open: Open<Id, Work>, now: Instant): void {
  for (const [id, { until }] of open) if (until < now) open.delete(id);
}
