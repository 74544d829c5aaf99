/**
 * The fold: one record after the other, in whatever order, into each validator's track, each miner's
 * series, and what buyers said of each query.
 *
 *     batch ──▶ moves of those who scored it, asked and good of its miner, something to rate
 *     miss ──▶ a query more of its miner     rating ──▶ moves of those who approved the batch
 *
 * A rating may come before its batch, twice, or in two ways, and an earlier attempt be settled later:
 * each time what it moved is taken back, and it moves what it moves now.
 */
import { comparePlaces, placeOf } from './place.ts';
import type { BatchRecord, LedgerRecord, RatingRecord } from './records.ts';
import { isApproved } from './rules/audit.ts';
import { agrees } from './rules/final-score.ts';
import {
  AGREED,
  APPROVED_A_FAILURE,
  DISAGREED,
  LEAST_SCORERS,
  type Change,
} from './rules/reputation.ts';
import { addTo, newSeries, type Series } from './series.ts';
import { newTrack, put, take, type Move, type Track } from './track.ts';
import type { Hotkey } from './units.ts';

/** All that was admitted so far. */
export interface Folded {
  readonly validators: Map<Hotkey, Track>;
  /** Asked, good, queries, approved. */
  readonly miners: Map<Hotkey, Series>;
  readonly queries: Map<string, Rateable>;
}

/** A query's chosen batches and what buyers say of them. */
interface Rateable {
  readonly chosen: BatchRecord[];
  readonly words: Map<string, Word>;
}

/** What one buyer says of one batch and the same validators, however often. */
interface Word {
  first: RatingRecord;
  /** It was said in two ways: then it is as if it had never been said. */
  contradicted: boolean;
  moves: { readonly track: Track; readonly move: Move }[];
}

export const emptyFold = (): Folded => ({
  validators: new Map(),
  miners: new Map(),
  queries: new Map(),
});

/** Each record at most once, and in any order. `day` is a day in the unit of the record's `at`. */
export function admit(folded: Folded, day: number, record: LedgerRecord): void {
  switch (record.kind) {
    case 'miss':
      return addTo(minerOf(folded, record.miner), record.at, [0, 0, 1, 0]);
    case 'batch':
      return admitBatch(folded, day, record);
    case 'rating':
      return admitRating(folded, day, record);
  }
}

function admitBatch(folded: Folded, day: number, record: BatchRecord): void {
  const { at, approved, checks, asked, good, opinions, finalScore } = record;
  const failed = approved && checks === 'failed';
  addTo(minerOf(folded, record.miner), at, [asked, good, 1, approved && !failed ? 1 : 0]);

  const counts = opinions.length >= LEAST_SCORERS && !(approved && checks === 'undecided');
  for (const { validator, score } of opinions) {
    const track = trackOf(folded, validator);
    if (failed) {
      // F is now 0, and nobody could have agreed with that: who approved pays, the others don't.
      if (isApproved(score)) put(track, { place: record, change: APPROVED_A_FAILURE });
    } else if (counts && finalScore !== undefined) {
      const agreed = agrees(score, finalScore);
      put(track, { place: record, change: agreed ? AGREED : DISAGREED });
      addTo(track.scores, at, [agreed ? 1 : 0, 1]);
    }
  }

  if (!record.chosen) return;
  const rateable = rateableOf(folded, record.query);
  rateable.chosen.push(record);
  for (const word of rateable.words.values()) restate(folded, day, rateable, word);
}

function admitRating(folded: Folded, day: number, record: RatingRecord): void {
  const rateable = rateableOf(folded, record.query);
  const name = JSON.stringify([record.buyer, record.batch, record.validators]);
  const word = rateable.words.get(name);
  if (word === undefined) {
    const said: Word = { first: record, contradicted: false, moves: [] };
    rateable.words.set(name, said);
    restate(folded, day, rateable, said);
  } else {
    if (word.first.rating !== record.rating) word.contradicted = true;
    if (comparePlaces(record, word.first) < 0) word.first = record;
    restate(folded, day, rateable, word);
  }
}

/** Takes back what a word has moved, and lets it move what it moves now. */
function restate(folded: Folded, day: number, rateable: Rateable, word: Word): void {
  for (const { track, move } of word.moves) take(track, move);
  word.moves = [];

  const { first, contradicted } = word;
  const batch = ratedBatch(rateable, first);
  if (batch === undefined || contradicted) return;
  if (batch.anyBuyer !== true && batch.buyer !== first.buyer) return;

  const place =
    comparePlaces(first, batch) > 0 ? first : { ...placeOf(batch), follows: placeOf(first) };
  const rated = { buyer: first.buyer, rating: first.rating, day: Math.floor(place.at / day) };
  const approvers = batch.opinions.filter(({ score }) => isApproved(score));
  for (const validator of new Set(approvers.map((opinion) => opinion.validator))) {
    if (first.validators?.includes(validator) === false) continue;
    const track = trackOf(folded, validator);
    const move: Move = { place, change: 0 as Change, rated };
    put(track, move);
    word.moves.push({ track, move });
  }
}

/** Of a query that was settled more than once, the first attempt's batch is the one delivered. */
const ratedBatch = ({ chosen }: Rateable, rating: RatingRecord): BatchRecord | undefined =>
  chosen
    .filter(({ batch }) => rating.batch === undefined || batch === rating.batch)
    .reduce<BatchRecord | undefined>(
      (best, other) =>
        best === undefined || (other.attempt - best.attempt || comparePlaces(other, best)) < 0
          ? other
          : best,
      undefined,
    );

const minerOf = ({ miners }: Folded, hotkey: Hotkey): Series =>
  miners.get(hotkey) ?? added(miners, hotkey, newSeries());

const rateableOf = ({ queries }: Folded, query: string): Rateable =>
  queries.get(query) ?? added(queries, query, { chosen: [], words: new Map() });

const trackOf = ({ validators }: Folded, hotkey: Hotkey): Track =>
  validators.get(hotkey) ?? added(validators, hotkey, newTrack());

function added<K, V>(map: Map<K, V>, key: K, value: V): V {
  map.set(key, value);
  return value;
}
