/**
 * The ledger: all that was settled and rated, folded into everyone's standing.
 *
 *     records of blocks before `at`, in the order (block, digest) ──▶ P_v, C_v, R_v · A_m, D_m, W_m
 *
 * The set of records decides, never the order in which they arrived, so all who hold the same records
 * get the same standing. A record waits until the fold reaches its block. From then on each validator
 * keeps its moves in order, with P_v after each of them, and each miner its answers with running sums.
 * One that comes late makes only what lies behind it be counted again.
 */
import type { Answer, Answered, Case, CheckOutcome, Feedback } from './messages.ts';
import { isApproved } from './rules/audit.ts';
import { goodLeads } from './rules/checks.ts';
import { agrees } from './rules/final-score.ts';
import { minerScore, WINDOWS, type MinerScore } from './rules/miner-score.ts';
import {
  AGREED,
  APPROVED_A_FAILURE,
  consistency,
  dayOfRatings,
  DISAGREED,
  isRating,
  LEAST_SCORERS,
  moved,
  reputation,
  START,
  type Change,
  type Rated,
} from './rules/reputation.ts';
import { invariant, type Fraction, type Hotkey, type Reputation, type Score } from './units.ts';

/** One thing that moves standing. */
export type LedgerRecord = BatchRecord | MissRecord | RatingRecord;

interface Recorded {
  /** The block, or in a file of events the second, in which it counts. */
  readonly at: number;
  /** Names the record, and orders those of one block. */
  readonly key: string;
  /** Only in a file of events, where epochs may overlap in time: goes before `at`. 0 where absent. */
  readonly epoch?: number;
}

/** A miner's answer in time, and what became of it. */
export interface BatchRecord extends Recorded {
  readonly kind: 'batch';
  readonly query: string;
  readonly attempt: number;
  /** Who may rate it. Absent for a validator's own query, which nobody rates. */
  readonly buyer?: string;
  /** Only where a file of events leaves open who asked: whoever rates it is taken to have received it. */
  readonly anyBuyer?: true;
  readonly miner: Hotkey;
  readonly batch: string;
  /** One a validator that did not abstain. */
  readonly opinions: readonly { readonly validator: Hotkey; readonly score: Score }[];
  /** F before the checks; absent where nobody with a say scored. */
  readonly finalScore?: Score;
  /** F ≥ 0.90 and not denied: before the checks. */
  readonly approved: boolean;
  readonly checks: CheckOutcome | 'none';
  /** What counts for A_m. */
  readonly asked: number;
  readonly good: number;
  /** Its leads are the query's own, of which a rating speaks. */
  readonly chosen: boolean;
}

/** A drawn miner that did not answer in time. */
export interface MissRecord extends Recorded {
  readonly kind: 'miss';
  readonly query: string;
  readonly attempt: number;
  readonly miner: Hotkey;
}

/** A buyer's word on what was delivered. */
export interface RatingRecord extends Recorded {
  readonly kind: 'rating';
  readonly buyer: Hotkey;
  readonly query: string;
  /** 1 to 10. */
  readonly rating: number;
  /** Which of the query's chosen batches; absent: that of the first attempt that has one. */
  readonly batch?: string;
  /** Of whom it speaks; absent: of all. In either case only of those who approved the batch. */
  readonly validators?: readonly Hotkey[];
}

export interface ValidatorStanding {
  /** P_v. */
  readonly precision: Reputation;
  /** C_v. */
  readonly consistency: Fraction;
  /** R_v. */
  readonly reputation: Reputation;
  /** F_v is 0. */
  readonly flagged: boolean;
}

/** Everyone of whom there is a record, if only that it scored or was asked. */
export interface Standing {
  readonly validators: ReadonlyMap<Hotkey, ValidatorStanding>;
  readonly miners: ReadonlyMap<Hotkey, MinerScore>;
}

export interface Ledger {
  /** A day in the unit of the records' `at`. */
  readonly day: number;
  readonly known: Map<string, LedgerRecord>;
  /** Entered, but not yet reached by the fold: the first to be reached is the last of them. */
  waiting: LedgerRecord[];
  waitingInOrder: boolean;
  reached: Horizon;
  folded: Folded;
  /** The last standings asked for, the newest first. */
  recent: { readonly horizon: Horizon; readonly standing: Standing }[];
}

/** How far the fold goes: to all before `at`, or to `at` and all before. Windows end at `at`. */
interface Horizon {
  readonly at: number;
  readonly through: boolean;
}

interface Folded {
  readonly validators: Map<Hotkey, Track>;
  /** Asked, good, queries, approved. */
  readonly miners: Map<Hotkey, Series>;
  readonly queries: Map<string, Rateable>;
}

/** A validator's moves in the order of the fold. */
interface Track {
  readonly moves: Move[];
  /** P_v after each move; good for the first `settled` of them. */
  readonly after: Reputation[];
  settled: number;
  /** The ratings by the day in which they count. */
  readonly days: Map<number, Move[]>;
  /** Days whose limits have to be applied anew. */
  readonly openDays: Set<number>;
  /** Agreed, scores. */
  readonly scores: Series;
}

interface Move {
  readonly place: Place;
  /** Of a rating: what the day's limits leave of it. */
  change: Change;
  readonly rated?: Rated & { readonly day: number };
}

/** Where something stands in the fold. */
interface Place extends Recorded {
  /** It has no place of its own but comes right after that of another, in this order. */
  readonly follows?: Place;
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

/** The current epoch's standing and the one before, of which late proposals speak; twice that. */
const RECENT = 4;

export const newLedger = ({ day }: { readonly day: number }): Ledger => ({
  day,
  known: new Map(),
  waiting: [],
  waitingInOrder: true,
  reached: { at: -Infinity, through: false },
  folded: emptyFold(),
  recent: [],
});

const emptyFold = (): Folded => ({ validators: new Map(), miners: new Map(), queries: new Map() });

/** False where the record is known already: then nothing changes. */
export function enter(ledger: Ledger, record: LedgerRecord): boolean {
  invariant(Number.isFinite(record.at), 'a record has its place in time');
  invariant(record.kind !== 'rating' || isRating(record.rating), 'a rating is 1 to 10');
  if (ledger.known.has(record.key)) return false;

  ledger.known.set(record.key, record);
  ledger.waiting.push(record);
  ledger.waitingInOrder = false;
  ledger.recent = ledger.recent.filter(({ horizon }) => !isWithin(record.at, horizon));
  return true;
}

/** Everyone's standing by the records before `at`. Fast where `at` grows from call to call. */
export const standingAt = (
  ledger: Ledger,
  at: number,
  flagged?: (validator: Hotkey, at: number) => boolean,
): Standing => standing(ledger, { at, through: false }, flagged);

/** The same by the records before `now` and at it. */
export const standingThrough = (ledger: Ledger, now: number): Standing =>
  standing(ledger, { at: now, through: true });

/** One validator's R_v by the records before `now` and at it, without looking at the others. */
export function reputationThrough(ledger: Ledger, now: number, validator: Hotkey): Reputation {
  advance(ledger, { at: now, through: true });
  const track = ledger.folded.validators.get(validator);
  return track === undefined ? START : validatorStanding(track, ledger.day, now).reputation;
}

/** R_v; of whom there is no record, that of a newcomer. */
export const reputationOf = ({ validators }: Standing, hotkey: Hotkey): Reputation =>
  validators.get(hotkey)?.reputation ?? START;

function standing(
  ledger: Ledger,
  horizon: Horizon,
  flagged?: (validator: Hotkey, at: number) => boolean,
): Standing {
  const innocent = unflagged(ledger, horizon);
  if (flagged === undefined) return innocent;
  const judged = [...innocent.validators].map(([hotkey, one]) => {
    const isFlagged = flagged(hotkey, horizon.at);
    const worth = reputation(one.precision, one.consistency, isFlagged);
    return [hotkey, { ...one, reputation: worth, flagged: isFlagged }] as const;
  });
  return { validators: new Map(judged), miners: innocent.miners };
}

function unflagged(ledger: Ledger, horizon: Horizon): Standing {
  const kept = ledger.recent.find(({ horizon: other }) => isSame(other, horizon));
  if (kept !== undefined) return kept.standing;

  advance(ledger, horizon);
  const { folded, day } = ledger;
  const fresh: Standing = {
    validators: mapped(folded.validators, (track) => validatorStanding(track, day, horizon.at)),
    miners: mapped(folded.miners, (series) => minerStanding(series, day, horizon.at)),
  };
  ledger.recent = [{ horizon, standing: fresh }, ...ledger.recent].slice(0, RECENT);
  return fresh;
}

const mapped = <K, A, B>(map: ReadonlyMap<K, A>, of: (value: A) => B): ReadonlyMap<K, B> =>
  new Map([...map].map(([key, value]) => [key, of(value)]));

function validatorStanding(track: Track, day: number, now: number): ValidatorStanding {
  const windows = WINDOWS.map(({ days }) => {
    const [agreed = 0, scores = 0] = totalSince(track.scores, now - days * day);
    return { agreed, scores };
  });
  const precision = precisionOf(track);
  const steadiness = consistency(windows);
  const worth = reputation(precision, steadiness, false);
  return { precision, consistency: steadiness, reputation: worth, flagged: false };
}

const minerStanding = (series: Series, day: number, now: number): MinerScore =>
  minerScore(
    WINDOWS.map(({ days }) => {
      const [asked = 0, good = 0, queries = 0, approved = 0] = totalSince(series, now - days * day);
      return { asked, good, queries, approved };
    }),
  );

/** Folds all that waits within the horizon. Going back means beginning anew. */
function advance(ledger: Ledger, horizon: Horizon): void {
  if (isEarlier(horizon, ledger.reached)) {
    ledger.folded = emptyFold();
    ledger.waiting = [...ledger.known.values()];
    ledger.waitingInOrder = false;
  }
  ledger.reached = horizon;
  if (!ledger.waitingInOrder) ledger.waiting.sort((a, b) => b.at - a.at);
  ledger.waitingInOrder = true;

  for (let next = ledger.waiting.at(-1); next !== undefined; next = ledger.waiting.at(-1)) {
    if (!isWithin(next.at, horizon)) return;
    ledger.waiting.pop();
    admit(ledger, next);
  }
}

const isWithin = (at: number, horizon: Horizon): boolean =>
  at < horizon.at || (horizon.through && at === horizon.at);
const isSame = (a: Horizon, b: Horizon): boolean => a.at === b.at && a.through === b.through;
const isEarlier = (a: Horizon, b: Horizon): boolean =>
  a.at < b.at || (a.at === b.at && b.through && !a.through);

function admit({ folded, day }: Ledger, record: LedgerRecord): void {
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
    if (compare(record, word.first) < 0) word.first = record;
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

  const place = compare(first, batch) > 0 ? first : { ...placeOf(batch), follows: placeOf(first) };
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
        best === undefined || (other.attempt - best.attempt || compare(other, best)) < 0
          ? other
          : best,
      undefined,
    );

const minerOf = ({ miners }: Folded, hotkey: Hotkey): Series =>
  miners.get(hotkey) ?? added(miners, hotkey, newSeries());

const rateableOf = ({ queries }: Folded, query: string): Rateable =>
  queries.get(query) ?? added(queries, query, { chosen: [], words: new Map() });

const trackOf = ({ validators }: Folded, hotkey: Hotkey): Track =>
  validators.get(hotkey) ??
  added(validators, hotkey, {
    moves: [],
    after: [],
    settled: 0,
    days: new Map(),
    openDays: new Set(),
    scores: newSeries(),
  });

function added<K, V>(map: Map<K, V>, key: K, value: V): V {
  map.set(key, value);
  return value;
}

function put(track: Track, move: Move): void {
  const index = firstNot(track.moves, ({ place }) => compare(place, move.place) <= 0);
  track.moves.splice(index, 0, move);
  track.settled = Math.min(track.settled, index);
  if (move.rated === undefined) return;

  const { day } = move.rated;
  (track.days.get(day) ?? added(track.days, day, [])).push(move);
  track.openDays.add(day);
}

/** Takes back a rating. */
function take(track: Track, move: Move): void {
  const index = track.moves.indexOf(
    move,
    firstNot(track.moves, ({ place }) => compare(place, move.place) < 0),
  );
  invariant(index >= 0 && move.rated !== undefined, 'only a rating that was put is taken back');
  track.moves.splice(index, 1);
  track.settled = Math.min(track.settled, index);

  const { day } = move.rated;
  track.days.set(
    day,
    (track.days.get(day) ?? []).filter((other) => other !== move),
  );
  track.openDays.add(day);
}

function precisionOf(track: Track): Reputation {
  for (const day of track.openDays) limitDay(track, day);
  track.openDays.clear();

  let precision = track.after[track.settled - 1] ?? START;
  for (const { change } of track.moves.slice(track.settled)) {
    precision = moved(precision, change);
    track.after[track.settled++] = precision;
  }
  return precision;
}

/** What changes lies behind the rating that came or went, and is to be counted again anyhow. */
function limitDay(track: Track, day: number): void {
  const ratings = (track.days.get(day) ?? []).toSorted((a, b) => compare(a.place, b.place));
  const changes = dayOfRatings(ratings.flatMap(({ rated }) => (rated ? [rated] : [])));
  for (const [index, move] of ratings.entries()) move.change = changes[index] ?? move.change;
}

const placeOf = ({ at, key, epoch }: Recorded): Place =>
  epoch === undefined ? { at, key } : { at, key, epoch };

/** The order of the fold. */
function compare(a: Place, b: Place): number {
  const own = (a.epoch ?? 0) - (b.epoch ?? 0) || a.at - b.at || compareText(a.key, b.key);
  if (own !== 0 || (a.follows === undefined && b.follows === undefined)) return own;
  if (a.follows === undefined) return -1;
  return b.follows === undefined ? 1 : compare(a.follows, b.follows);
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Rows of counts in the order of time, with their sums from the first on. */
interface Series {
  readonly at: number[];
  readonly rows: (readonly number[])[];
  /** Of each row and all before it; good for the first `settled`. */
  readonly sums: (readonly number[])[];
  settled: number;
}

const newSeries = (): Series => ({ at: [], rows: [], sums: [], settled: 0 });

function addTo(series: Series, at: number, row: readonly number[]): void {
  const index = firstNot(series.at, (other) => other <= at);
  series.at.splice(index, 0, at);
  series.rows.splice(index, 0, row);
  series.settled = Math.min(series.settled, index);
}

/** The sum of the rows later than `after`; empty where there are no rows at all. */
function totalSince(series: Series, after: number): readonly number[] {
  for (const row of series.rows.slice(series.settled)) {
    const before = series.sums[series.settled - 1];
    series.sums[series.settled++] = row.map((count, column) => count + (before?.[column] ?? 0));
  }
  const before = series.sums[firstNot(series.at, (at) => at <= after) - 1];
  return (series.sums.at(-1) ?? []).map((count, column) => count - (before?.[column] ?? 0));
}

/** The first index at which a claim that holds of some first items no longer holds. */
function firstNot<T>(list: readonly T[], holds: (item: T) => boolean): number {
  // Nearly all that comes belongs at the end.
  const last = list.at(-1);
  if (last === undefined || holds(last)) return list.length;
  let low = 0;
  let high = list.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = list[middle];
    if (item !== undefined && holds(item)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What a settled case says of everyone. `key` is the case's digest. */
export function recordsOfCase(theCase: Case, key: string): LedgerRecord[] {
  const { query, block, answers } = theCase;
  const chosen = chosenOf(answers);
  return answers.map((answer, index): LedgerRecord => {
    const record = {
      at: block,
      key: `${key}/${String(index).padStart(3, '0')}`,
      query: query.id,
      attempt: query.rounds.length,
      miner: answer.miner,
    };
    if (answer.kind === 'missed') return { ...record, kind: 'miss' };
    return {
      ...record,
      ...goodLeads(query.want.leads, answer),
      ...(query.account === 'buyer' ? { buyer: query.buyer } : {}),
      ...(answer.finalScore === undefined ? {} : { finalScore: answer.finalScore }),
      kind: 'batch',
      batch: answer.batch,
      opinions: answer.reports.flatMap(({ validator, score }) =>
        score === undefined ? [] : [{ validator, score }],
      ),
      approved: answer.approved,
      checks: answer.checks?.outcome ?? 'none',
      chosen: answer === chosen,
    };
  });
}

/** The batch that answers the query: checked, of the highest F, then made first. */
export const chosenOf = (answers: readonly Answer[]): Answered | undefined =>
  answers
    .filter((answer) => answer.kind === 'answered')
    .filter(({ approved, checks }) => approved && checks?.outcome === 'passed')
    .toSorted(
      (a, b) =>
        (b.finalScore ?? 0) - (a.finalScore ?? 0) ||
        a.madeAt - b.madeAt ||
        compareText(a.batch, b.batch),
    )[0];

/** A buyer's rating. `key` is its digest: the same one by two pools' chains counts once. */
export const recordOfFeedback = (feedback: Feedback, key: string): LedgerRecord => ({
  kind: 'rating',
  at: feedback.block,
  key,
  buyer: feedback.buyer,
  query: feedback.query,
  rating: feedback.rating,
});
