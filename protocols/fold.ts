/**
 * The fold: one record after the other, in whatever order, into each validator's track, each miner's
 * series, and what buyers said of each query.
 *
 *     batch ──▶ moves of those who scored it, asked and good of its miner, something to rate
 *     miss ──▶ a query more of its miner     rating ──▶ moves of those who approved the batch
 *
 * A rating may come before its batch, twice, or in two ways, and an earlier attempt be settled later:
 * each time what it moved is taken back, and it moves what it moves now. A record may be taken back
 * too, and then it is as if it had never been there.
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
import { isVoid, NO_VOIDS, type Voids } from './rules/penalties.ts';
import { addTo, newSeries, takeFrom, type Series } from './series.ts';
import { newTrack, put, take, takeAt, type Move, type Track } from './track.ts';
import { invariant, type Hotkey, type Score } from './units.ts';

/** All that was admitted so far. */
export interface Folded {
  readonly validators: Map<Hotkey, Track>;
  /** Asked, good, queries, approved. */
  readonly miners: Map<Hotkey, Series>;
  readonly queries: Map<string, Rateable>;
  /** The ratings that do not count. */
  voids: Voids;
}

/** A query's chosen batches and what buyers say of them. */
export interface Rateable {
  readonly chosen: BatchRecord[];
  readonly words: Map<string, Word>;
}

/** What one buyer says of one batch and the same validators, however often. */
interface Word {
  said: RatingRecord[];
  moves: { readonly track: Track; readonly move: Move }[];
}

export const emptyFold = (): Folded => ({
  validators: new Map(),
  miners: new Map(),
  queries: new Map(),
  voids: NO_VOIDS,
});

/** Each record at most once, and in any order. `day` is a day in the unit of the record's `at`. */
export function admit(folded: Folded, day: number, record: LedgerRecord): void {
  switch (record.kind) {
    case 'miss':
      return addTo(minerOf(folded, record.miner), record.at, MISSED);
    case 'batch':
      return admitBatch(folded, day, record);
    case 'rating':
      return admitRating(folded, day, record);
  }
}

/** As if a record that was admitted had never been. */
export function withdraw(folded: Folded, day: number, record: LedgerRecord): void {
  switch (record.kind) {
    case 'miss':
      return takeFromMiner(folded, record.miner, record.at, MISSED);
    case 'batch':
      return withdrawBatch(folded, day, record);
    case 'rating':
      return withdrawRating(folded, day, record);
  }
}

/** Has these ratings not count, and all others. */
export function makeVoid(folded: Folded, day: number, voids: Voids): void {
  const before = folded.voids;
  if (voids.name === before.name) return;
  folded.voids = voids;
  for (const rateable of folded.queries.values()) {
    for (const word of rateable.words.values()) {
      // Words that are void in both, or in neither, move what they moved.
      if (word.said.some((one) => isVoid(before, one) !== isVoid(voids, one))) {
        restate(folded, day, rateable, word);
      }
    }
  }
}

function admitBatch(folded: Folded, day: number, record: BatchRecord): void {
  addTo(minerOf(folded, record.miner), record.at, countedFor(record));
  for (const { validator, score } of record.opinions) {
    const track = trackOf(folded, validator);
    track.records++;
    const change = changeBy(record, score);
    if (change !== undefined) put(track, { place: record, change });
    const agreed = agreementIn(record, score);
    if (agreed !== undefined) addTo(track.scores, record.at, [agreed ? 1 : 0, 1]);
  }

  if (!record.chosen) return;
  const rateable = rateableOf(folded, record.query);
  rateable.chosen.push(record);
  for (const word of rateable.words.values()) restate(folded, day, rateable, word);
}

function withdrawBatch(folded: Folded, day: number, record: BatchRecord): void {
  takeFromMiner(folded, record.miner, record.at, countedFor(record));
  if (record.chosen) {
    const rateable = rateableOf(folded, record.query);
    rateable.chosen.splice(rateable.chosen.indexOf(record), 1);
    for (const word of rateable.words.values()) restate(folded, day, rateable, word);
    forgetSilent(folded, record.query, rateable);
  }
  for (const { validator, score } of record.opinions) {
    const track = trackOf(folded, validator);
    if (changeBy(record, score) !== undefined) takeAt(track, record);
    const agreed = agreementIn(record, score);
    if (agreed !== undefined) takeFrom(track.scores, record.at, [agreed ? 1 : 0, 1]);
    if (--track.records === 0) folded.validators.delete(validator);
  }
}

/** Asked, good, queries, approved: what a drawn miner's query without an answer counts for. */
const MISSED = [0, 0, 1, 0];

const countedFor = ({ asked, good, approved, checks }: BatchRecord): readonly number[] => [
  asked,
  good,
  1,
  approved && checks !== 'failed' ? 1 : 0,
];

/** Whether a score agrees with F; undefined where the batch lets nobody agree with anybody. */
function agreementIn(record: BatchRecord, score: Score): boolean | undefined {
  const { approved, checks, opinions, finalScore } = record;
  // Of a batch that failed F is now 0, and nobody could have agreed with that.
  const counts = opinions.length >= LEAST_SCORERS && !(approved && checks === 'undecided');
  if (!counts || finalScore === undefined || (approved && checks === 'failed')) return undefined;
  return agrees(score, finalScore);
}

/** How a batch moves one that gave it a score; undefined where it does not. */
function changeBy(record: BatchRecord, score: Score): Change | undefined {
  if (record.approved && record.checks === 'failed') {
    return isApproved(score) ? APPROVED_A_FAILURE : undefined;
  }
  const agreed = agreementIn(record, score);
  return agreed === undefined ? undefined : agreed ? AGREED : DISAGREED;
}

function admitRating(folded: Folded, day: number, record: RatingRecord): void {
  const rateable = rateableOf(folded, record.query);
  const name = wordOf(record);
  const word = rateable.words.get(name) ?? added(rateable.words, name, { said: [], moves: [] });
  word.said.push(record);
  restate(folded, day, rateable, word);
}

function withdrawRating(folded: Folded, day: number, record: RatingRecord): void {
  const rateable = rateableOf(folded, record.query);
  const name = wordOf(record);
  const word = rateable.words.get(name);
  invariant(word?.said.includes(record) === true, 'a rating that is taken back was said');
  word.said.splice(word.said.indexOf(record), 1);
  restate(folded, day, rateable, word);
  if (word.said.length === 0) rateable.words.delete(name);
  forgetSilent(folded, record.query, rateable);
}

/** The same for what one buyer says of one batch and the same validators. */
export const wordOf = ({ buyer, batch, validators }: RatingRecord): string =>
  JSON.stringify([buyer, batch, validators]);

function forgetSilent({ queries }: Folded, query: string, { chosen, words }: Rateable): void {
  if (chosen.length === 0 && words.size === 0) queries.delete(query);
}

/** Takes back what a word has moved, and lets it move what it moves now. */
function restate(folded: Folded, day: number, rateable: Rateable, word: Word): void {
  for (const { track, move } of word.moves) take(track, move);
  word.moves = [];

  const { voids } = folded;
  const counted = word.said.filter((one) => !isVoid(voids, one));
  const [first] = counted.toSorted(comparePlaces);
  // Said in two ways, it is as if it had never been said.
  if (first === undefined || counted.some(({ rating }) => rating !== first.rating)) return;
  const batch = ratedBatch(rateable, first);
  if (batch === undefined) return;
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
export const ratedBatch = (
  { chosen }: Pick<Rateable, 'chosen'>,
  rating: RatingRecord,
): BatchRecord | undefined =>
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

function takeFromMiner(
  { miners }: Folded,
  miner: Hotkey,
  at: number,
  row: readonly number[],
): void {
  const series = miners.get(miner);
  invariant(series !== undefined, 'a record that is taken back was there');
  takeFrom(series, at, row);
  if (series.rows.length === 0) miners.delete(miner);
}

const trackOf = ({ validators }: Folded, hotkey: Hotkey): Track =>
  validators.get(hotkey) ?? added(validators, hotkey, newTrack());

function added<K, V>(map: Map<K, V>, key: K, value: V): V {
  map.set(key, value);
  return value;
}
