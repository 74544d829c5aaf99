/**
 * A shelf of a pool: leads of one industry and region, best first.
 *
 *     shelf ──▶ piles by F, the highest first ──▶ leads by admission, the latest on top
 *
 * A large pool has ten thousands of leads on a shelf, and a new one comes in the midst of them: below
 * those of a higher F, above the older ones of its own. So it is put on top of a pile, and nearly
 * nothing has to be moved.
 */
import type { Instant, Score } from '../units.ts';

/** What a lead is ranked by. No two on a shelf are of one person. */
export interface Ranked {
  readonly person: string;
  readonly of: { readonly finalScore: Score; readonly admittedAt: Instant };
}

export interface Shelf<Item extends Ranked> {
  readonly piles: Pile<Item>[];
  size: number;
}

interface Pile<Item> {
  readonly finalScore: Score;
  /** The best is the last. Below `from` they are gone: what expires lies at the bottom. */
  items: (Item | undefined)[];
  from: number;
}

/** So few places at the bottom are not worth moving all others for. */
const SLACK = 32;

export const newShelf = <Item extends Ranked>(): Shelf<Item> => ({ piles: [], size: 0 });

/** Below 0 where `a` is better: of a higher F, then admitted later, then of the smaller digest. */
export const better = (a: Ranked, b: Ranked): number =>
  b.of.finalScore - a.of.finalScore ||
  b.of.admittedAt - a.of.admittedAt ||
  (a.person < b.person ? -1 : a.person > b.person ? 1 : 0);

export function shelve<Item extends Ranked>(shelf: Shelf<Item>, item: Item): void {
  const { finalScore } = item.of;
  const at = firstAt(shelf.piles, (pile) => pile.finalScore <= finalScore);
  let pile = shelf.piles[at];
  if (pile?.finalScore !== finalScore) {
    pile = { finalScore, items: [], from: 0 };
    shelf.piles.splice(at, 0, pile);
  }
  pile.items.splice(placeIn(pile, item), 0, item);
  shelf.size++;
}

/** Takes down one that is there. */
export function unshelve<Item extends Ranked>(shelf: Shelf<Item>, item: Item): void {
  const at = firstAt(shelf.piles, (pile) => pile.finalScore <= item.of.finalScore);
  const pile = shelf.piles[at];
  if (pile === undefined) return;
  const place = placeIn(pile, item);
  if (pile.items[place] !== item) return;
  if (place === pile.from) takeBottom(pile);
  else pile.items.splice(place, 1);
  if (pile.from === pile.items.length) shelf.piles.splice(at, 1);
  shelf.size--;
}

/** Marks the place as gone, and moves the others once half of all places are. */
function takeBottom<Item>(pile: Pile<Item>): void {
  pile.items[pile.from++] = undefined;
  if (pile.from < SLACK || pile.from * 2 < pile.items.length) return;
  pile.items = pile.items.slice(pile.from);
  pile.from = 0;
}

/** Best first. */
export function* bestOf<Item extends Ranked>({ piles }: Shelf<Item>): Generator<Item> {
  for (const { items, from } of piles) {
    for (let at = items.length - 1; at >= from; at--) {
      const item = items[at];
      if (item !== undefined) yield item;
    }
  }
}

/** Behind all that are worse. */
const placeIn = <Item extends Ranked>({ items, from }: Pile<Item>, item: Item): number =>
  firstAt(items, (other) => other !== undefined && better(other, item) <= 0, from);

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
