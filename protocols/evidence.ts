/**
 * What a ledger has to say to whoever looks for collusion: the events of a window of blocks.
 *
 *     settled batches ──▶ each validator's score, what the checks found of the leads
 *     ratings ──▶ one a validator that approved the batch      but for the void ones
 *
 * Whoever holds the same records of a window gets the same events, and the same name for them.
 */
import { narrowedTo, recordsIn, type Book } from './book.ts';
import { ratedBatch, wordOf } from './fold.ts';
import { digest } from './hash.ts';
import type { Ledger } from './ledger.ts';
import { comparePlaces } from './place.ts';
import type { BatchRecord, LedgerRecord, RatingRecord } from './records.ts';
import { remembered } from './remembered.ts';
import { isApproved } from './rules/audit.ts';
import type {
  AuditEvent,
  CollusionEvents,
  FeedbackEvent,
  ScoreEvent,
} from './rules/collusion/events.ts';
import { isVoid, voidsAt, type Voids } from './rules/penalties.ts';
import { sampleSize } from './rules/sampling.ts';
import { ratio, type Digest, type Score } from './units.ts';

/** Which blocks: from `from` up to `to`, an epoch's first block. */
export interface Span {
  readonly from: number;
  readonly to: number;
  /** Blocks an epoch. */
  readonly epoch: number;
}

/** What a ledger holds of a span: the same object for all ledgers of a process that hold the same. */
export interface Window extends Span {
  /** Of the span, the records and the void ratings. */
  readonly name: Digest;
  readonly records: readonly LedgerRecord[];
  readonly voids: Voids;
}

export function windowOf({ book, size, penalties }: Ledger, span: Span): Window {
  const { from, to, epoch } = span;
  const voids = voidsAt(penalties, to);
  const count = narrowedTo(book, size, { at: to, through: false });
  const known = recent.get(book) ?? [];
  const isIt = (one: Kept): boolean =>
    one.count === count && isSame(one.window, span) && one.window.voids.name === voids.name;
  const kept = known.find(isIt);
  if (kept !== undefined) return kept.window;

  const records = recordsIn(book, { count, from, to });
  const keys = records.map(({ key }) => key).toSorted();
  const name = digest('leadpoet.window/1', from, to, epoch, voids.name, ...keys);
  const window = { ...span, name, records, voids };
  recent.set(book, [{ count, window }, ...known].slice(0, RECENT));
  return window;
}

const isSame = (a: Span, b: Span): boolean =>
  a.from === b.from && a.to === b.to && a.epoch === b.epoch;

interface Kept {
  readonly count: number;
  readonly window: Window;
}
/** An epoch has one window, and a few where penalties wait; some nodes lag an epoch behind. */
const RECENT = 8;
const recent = new WeakMap<Book, readonly Kept[]>();

/** Whether there is anything to look at: somebody scored. */
export const hasScores = ({ records }: Window): boolean =>
  records.some((record) => record.kind === 'batch' && record.opinions.length > 0);

/** The window as what collusion is looked for in. */
export const eventsOf: (window: Window) => CollusionEvents = remembered((window) => {
  const batches = window.records.filter((record) => record.kind === 'batch');
  return {
    scores: batches.flatMap((batch) => scoresOf(batch, window)),
    audits: batches.flatMap(auditOf),
    feedback: feedbackOf(window),
    ...sampleOf(batches),
  };
});

const scoresOf = (
  { at, batch, miner, opinions, finalScore }: BatchRecord,
  { from, epoch }: Window,
): readonly ScoreEvent[] =>
  opinions.map(({ validator, score }) => ({
    epoch: Math.floor((at - from) / epoch),
    validator,
    miner,
    batch,
    score,
    ...(finalScore === undefined ? {} : { finalScore }),
    time: at,
  }));

function auditOf({ at, batch, told }: BatchRecord): readonly AuditEvent[] {
  if (told === undefined || told.told === 0) return [];
  const passRate = ratio(told.passed, told.told) as Score;
  return [{ batch, passRate, checked: told.told, time: at }];
}

function feedbackOf({ records, voids }: Window): readonly FeedbackEvent[] {
  const chosen = new Map<string, BatchRecord[]>();
  const words = new Map<string, RatingRecord[]>();
  for (const record of records) {
    if (record.kind === 'batch' && record.chosen) added(chosen, record.query, record);
    if (record.kind === 'rating' && !isVoid(voids, record)) {
      added(words, `${record.query} ${wordOf(record)}`, record);
    }
  }
  return [...words.values()].flatMap((said) => {
    const [first] = said.toSorted(comparePlaces);
    // Said in two ways, it is as if it had never been said.
    if (first === undefined || said.some(({ rating }) => rating !== first.rating)) return [];
    const batch = ratedBatch({ chosen: chosen.get(first.query) ?? [] }, first);
    if (batch === undefined || batch.buyer !== first.buyer) return [];
    return batch.opinions
      .filter(({ score }) => isApproved(score))
      .map(({ validator }) => ({
        buyer: first.buyer,
        validator,
        batch: batch.batch,
        rating: first.rating,
        time: first.at,
      }));
  });
}

/** Leads in a validator's sample, as in the middle one of the batches: most are of one size. */
function sampleOf(batches: readonly BatchRecord[]): { readonly sampleSize?: number } {
  const sizes = batches.flatMap(({ count }) => (count === undefined ? [] : sampleSize(count)));
  const middle = sizes.toSorted((a, b) => a - b)[(sizes.length - 1) >> 1];
  return middle === undefined ? {} : { sampleSize: middle };
}

function added<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
