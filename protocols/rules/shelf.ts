/**
 * A shelf of a pool: leads of one industry and region, best first.
 *
 *     shelf ──▶ piles by F, the highest first ──▶ leads by admission, the latest on top
 *
 * A large pool has ten thousands of leads on a shelf, and a new one comes in the midst of them: below
 * those of a higher F, above the older ones of its own. So it is put on top of a pile, and nearly
 * nothing has to be moved.
 */
import { compareDigests } from '../digests.ts';
import type { Instant, Score } from '../units.ts';

/** What a lead is ranked by. No two on a shelf are of one person. */
export interface Ranked {
  readonly of: {
    readonly finalScore: Score;
    readonly admittedAt: Instant;
    /** Hashes of their e-mails. */
    readonly persons: Uint8Array;
  };
  /** Which of them it is. */
  readonly at: number;
}

/** Where a lead lies: a number, which takes no room of its own. */
export type Place = number;
/** What lies at a place. */
export type See = (place: Place) => Ranked;

export interface Shelf {
  readonly piles: Pile[];
  size: number;
}

interface Pile {
  readonly finalScore: Score;
  /** The best is the last. Below `from` they are gone: what expires lies at the bottom. */
  places: Place[];
  from: number;
}

/** So few places at the bottom are not worth moving all others for. */
const SLACK = 32;

export const newShelf = (): Shelf => ({ piles: [], size: 0 });

/** Below 0 where `a` is better: of a higher F, then admitted later, then of the smaller digest. */
export const better = (a: Ranked, b: Ranked): number =>
  b.of.finalScore - a.of.finalScore ||
  b.of.admittedAt - a.of.admittedAt ||
  compareDigests(a.of.persons, a.at, b.of.persons, b.at);

export function shelve(shelf: Shelf, place: Place, see: See): void {
  const item = see(place);
  const { finalScore } = item.of;
  const at = firstAt(shelf.piles, (pile) => pile.finalScore <= finalScore);
  let pile = shelf.piles[at];
  if (pile?.finalScore !== finalScore) {
    pile = { finalScore, places: [], from: 0 };
    shelf.piles.splice(at, 0, pile);
  }
  pile.places.splice(indexOf(pile, item, see), 0, place);
  shelf.size++;
}

/** Takes down one that is there. */
export function unshelve(shelf: Shelf, place: Place, see: See): void {
  const item = see(place);
  const at = firstAt(shelf.piles, (pile) => pile.finalScore <= item.of.finalScore);
  const pile = shelf.piles[at];
  if (pile === undefined) return;
  const index = indexOf(pile, item, see);
  if (pile.places[index] !== place) return;
  if (index === pile.from) takeBottom(pile);
  else pile.places.splice(index, 1);
  if (pile.from === pile.places.length) shelf.piles.splice(at, 1);
  shelf.size--;
}

/** Marks the place as gone, and moves the others once half of all places are. */
function takeBottom(pile: Pile): void {
  pile.from++;
  if (pile.from < SLACK || pile.from * 2 < pile.places.length) return;
  pile.places = pile.places.slice(pile.from);
  pile.from = 0;
}

/** Best first. */
export function* bestOf({ piles }: Shelf): Generator<Place> {
  for (const { places, from } of piles) {
    for (let at = places.length - 1; at >= from; at--) yield places[at] ?? 0;
  }
}

/** Behind all that are worse. */
const indexOf = ({ places, from }: Pile, item: Ranked, see: See): number =>
  firstAt(places, (other) => better(see(other), item) <= 0, from);

/** The first index, from one on, from which on a claim holds. */
function firstAt<T>(list: readonly T[], holds: (item: T) => boolean, from = 0): number {
  let low = from;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const there = list[middle];
    if (there !== undefined && !holds(there)) low = middle + 1;
    else high = middle;
  }
  return low;
}
