/**
 * A validator's track: all its moves in the order of the fold, with P_v after each of them.
 *
 *     P_v ──agreed──▶ P_v + 10 ──rated 9──▶ P_v + 25 ──disagreed──▶ …     each within 0 and 100
 *
 * A move may come late, and a rating be taken back. Only what lies behind is counted again, and a
 * day's limits only where a rating of that day came or went.
 */
import { comparePlaces, type Place } from './place.ts';
import { dayOfRatings, moved, START, type Change, type Rated } from './rules/reputation.ts';
import { newSeries, type Series } from './series.ts';
import { firstNot } from './sorted.ts';
import { invariant, type Reputation } from './units.ts';

/** Only `put`, `take` and `takeAt` change the moves. */
export interface Track {
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
  /** How many records have an opinion of this validator in them. */
  records: number;
}

/** What changes P_v. */
export interface Move {
  readonly place: Place;
  /** Of a rating: what the day's limits leave of it. */
  change: Change;
  readonly rated?: Rated & { readonly day: number };
}

export const newTrack = (): Track => ({
  moves: [],
  after: [],
  settled: 0,
  days: new Map(),
  openDays: new Set(),
  scores: newSeries(),
  records: 0,
});

/** Into its place, also where others stand behind it already. */
export function put(track: Track, move: Move): void {
  const index = firstNot(track.moves, ({ place }) => comparePlaces(place, move.place) <= 0);
  track.moves.splice(index, 0, move);
  track.settled = Math.min(track.settled, index);
  if (move.rated === undefined) return;

  const { day } = move.rated;
  const ratings = track.days.get(day) ?? [];
  ratings.push(move);
  track.days.set(day, ratings);
  track.openDays.add(day);
}

/** Takes back a move that a record made by itself, which stands at the record's own place. */
export function takeAt(track: Track, place: Place): void {
  let index = firstNot(track.moves, (move) => comparePlaces(move.place, place) < 0);
  while (track.moves[index]?.rated !== undefined) index++;
  const move = track.moves[index];
  invariant(move !== undefined && comparePlaces(move.place, place) === 0, 'it was put there');
  remove(track, index);
}

function remove(track: Track, index: number): void {
  track.moves.splice(index, 1);
  track.settled = Math.min(track.settled, index);
}

/** Takes back a rating. */
export function take(track: Track, move: Move): void {
  const index = track.moves.indexOf(
    move,
    firstNot(track.moves, ({ place }) => comparePlaces(place, move.place) < 0),
  );
  invariant(index >= 0 && move.rated !== undefined, 'only a rating that was put is taken back');
  remove(track, index);

  const { day } = move.rated;
  track.days.set(
    day,
    (track.days.get(day) ?? []).filter((other) => other !== move),
  );
  track.openDays.add(day);
}

/** P_v after all moves. */
export function precisionOf(track: Track): Reputation {
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
  const ratings = (track.days.get(day) ?? []).toSorted((a, b) => comparePlaces(a.place, b.place));
  const changes = dayOfRatings(ratings.flatMap(({ rated }) => (rated ? [rated] : [])));
  for (const [index, move] of ratings.entries()) move.change = changes[index] ?? move.change;
}
