/**
 * All links of a pool's chain. Day by day only the latest are asked for: the others are put away, a page
 * at a time.
 *
 *     entry ──▶ latest ── two pages of them? ──▶ the older page: CBOR, deflated, outside the heap
 *
 * A quarter of a year of a busy subnet has ten thousand links of 28 kB each, which come to 7 kB. In one
 * process the many who follow a chain share the pages as they shared the links.
 */
import { decode } from 'cborg';
import { deflated, inflated } from './deflate.ts';
import type { Entry, Sealed } from './messages.ts';
import { STRICT_CBOR } from './strict-cbor.ts';
import { canonical } from './wire.ts';

export interface Links {
  readonly pages: Page[];
  /** What comes after the pages: fewer than two pages of it. */
  readonly latest: Sealed<Entry>[];
}

/** As many links as a page has. */
export interface Page {
  readonly links: Uint8Array;
}

/** Few enough that a page is opened in some milliseconds. */
export const PAGE_LINKS = 8;

export const newLinks = (): Links => ({ pages: [], latest: [] });

export const countOf = ({ pages, latest }: Links): number =>
  pages.length * PAGE_LINKS + latest.length;

/** Puts an entry behind all others. */
export function addLink({ pages, latest }: Links, entry: Sealed<Entry>): void {
  latest.push(entry);
  if (latest.length === 2 * PAGE_LINKS) pages.push(pageOf(latest.splice(0, PAGE_LINKS)));
}

/** The entries from number `from` up to `to`, that one not; 0 ≤ `from` ≤ `to`. Else all. */
export function linksBetween(
  { pages, latest }: Links,
  from: number = 0,
  to: number = Infinity,
): readonly Sealed<Entry>[] {
  const first = Math.floor(from / PAGE_LINKS);
  const opened = pages.slice(first, Math.ceil(to / PAGE_LINKS)).flatMap(openPage);
  const start = Math.min(first, pages.length) * PAGE_LINKS;
  return [...opened, ...latest].slice(from - start, to - start);
}

/** Who presses the same links has the same page, for as long as somebody holds the links. */
function pageOf(links: readonly Sealed<Entry>[]): Page {
  const [first] = links;
  const known = first && pressed.get(first);
  if (known?.links.every((link, at) => link === links[at]) === true) return known.page;
  const page = { links: deflated(canonical(links)) };
  if (first !== undefined) pressed.set(first, { links, page });
  return page;
}
const pressed = new WeakMap<
  Entry,
  { readonly links: readonly Sealed<Entry>[]; readonly page: Page }
>();

const openPage = ({ links }: Page): readonly Sealed<Entry>[] =>
  decode(new Uint8Array(inflated(links)), STRICT_CBOR) as readonly Sealed<Entry>[];
