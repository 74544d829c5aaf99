/**
 * What a file of events makes of everyone: folded as a live node folds what was settled.
 *
 *     epoch by epoch: F of its batches, by the R_v that earlier epochs left ──▶ records ──▶ ledger
 *
 * The rules are those of a live node; only where a file says less than a settlement does, something
 * has to stand in for it: a validator counts as registered since its first score in the file, a batch
 * that nobody scored as approved where any of its leads was good, and where no query says who asked,
 * whoever rated a batch is taken to have received it.
 */
import {
  enter,
  newLedger,
  reputationThrough,
  standingThrough,
  type Ledger,
} from '../../protocols/ledger.ts';
import type { LedgerRecord, MissRecord, RatingRecord } from '../../protocols/records.ts';
import { isApproved } from '../../protocols/rules/audit.ts';
import { finalScore, isDenied } from '../../protocols/rules/final-score.ts';
import type { Hotkey } from '../../protocols/units.ts';
import type { ScoreEvent } from '../../protocols/rules/collusion/events.ts';
import type { Events } from '../events.ts';
import { batchesOf, checkBatches, type FiledBatch } from './filed-batches.ts';
import { epochAt, epochsOf, type Epoch } from './filed-epochs.ts';
import { reportOf, type ScoreReport, type Settled } from './score-report.ts';

/** Times in a file are seconds. */
const DAY = 86_400;
const TRUSTED_SECONDS = 30 * DAY;

/** Does not depend on the order of the events in the file. */
export function scoreEvents(events: Events): ScoreReport {
  checkBatches(events);
  const epochs = epochsOf(events.scores);
  const batches = Map.groupBy(batchesOf(events, epochs), ({ epoch }) => epoch);
  const others = Map.groupBy(otherRecords(events, epochs), ({ epoch }) => epoch);
  const since = firstScores(events.scores);

  const ledger = newLedger({ day: DAY });
  const settled: Settled[] = [];
  let now = -Infinity;
  for (const { epoch, start } of epochs) {
    // Epochs may overlap in time: all that an earlier one left counts, whenever it was.
    now = Math.max(now, start);
    const own = (batches.get(epoch) ?? []).map((batch) => settle(batch, ledger, now, since));
    for (const record of [...own.map((one) => one.record), ...(others.get(epoch) ?? [])]) {
      enter(ledger, record);
      now = Math.max(now, record.at);
    }
    for (const one of own) settled.push(one);
  }
  return reportOf(events, settled, standingThrough(ledger, events.window.to));
}

/** Since when each validator counts as registered. */
function firstScores(scores: readonly ScoreEvent[]): ReadonlyMap<Hotkey, number> {
  const firsts = new Map<Hotkey, number>();
  for (const { validator, time } of scores) {
    firsts.set(validator, Math.min(firsts.get(validator) ?? time, time));
  }
  return firsts;
}

type Filed<R extends LedgerRecord> = R & { readonly epoch: number };

/** What needs no F: the misses and the ratings. */
function otherRecords(
  { feedback, queries = [] }: Events,
  epochs: readonly Epoch[],
): readonly Filed<MissRecord | RatingRecord>[] {
  const rows = new Map(queries.map((row) => [row.batch, row]));
  const ratings = feedback.map(({ buyer, validator, batch, rating, time }) => ({
    kind: 'rating' as const,
    at: time,
    key: `rating ${JSON.stringify([buyer, validator, batch, rating, time])}`,
    epoch: epochAt(epochs, time),
    buyer,
    query: rows.get(batch)?.query ?? batch,
    rating,
    batch,
    validators: [validator],
  }));
  const misses = queries
    .filter(({ batch }) => batch === undefined)
    .map(({ query, miner, time }) => ({
      kind: 'miss' as const,
      at: time,
      key: `miss ${JSON.stringify([query, miner, time])}`,
      epoch: epochAt(epochs, time),
      query,
      attempt: 1,
      miner,
    }));
  return [...ratings, ...misses];
}

/** Whose batch it is where no query of the file's says that it was asked. No id is empty. */
const NOBODY = '' as Hotkey;

/** F of a batch, and what its miner gets for it, by the standing that earlier epochs left. */
function settle(
  { batch, scores, epoch, time, row, checks }: FiledBatch,
  ledger: Ledger,
  now: number,
  since: ReadonlyMap<Hotkey, number>,
): Settled {
  const opinions = scores.map(({ validator, score: given }) => ({
    validator,
    score: given,
    reputation: reputationThrough(ledger, now, validator),
    age: time - (since.get(validator) ?? time),
  }));
  const final = finalScore(opinions);
  const denied = isDenied(opinions, TRUSTED_SECONDS);
  const isGood = final === undefined ? false : isApproved(final) && !denied;
  const approved = scores.length > 0 ? isGood : row !== undefined && row.good > 0;
  const isDeliverable = approved && checks !== 'failed';

  return {
    isDenied: denied,
    record: {
      kind: 'batch',
      at: time,
      key: `batch ${batch}`,
      epoch,
      query: row?.query ?? batch,
      attempt: 1,
      ...(row?.buyer === undefined ? { anyBuyer: true } : { buyer: row.buyer }),
      miner: row?.miner ?? NOBODY,
      batch,
      opinions: opinions.map(({ validator, score: given }) => ({ validator, score: given })),
      ...(final === undefined ? {} : { finalScore: final }),
      approved,
      checks,
      asked: row?.leads ?? 0,
      good: isDeliverable ? (row?.good ?? 0) : 0,
      chosen: isDeliverable,
    },
  };
}
