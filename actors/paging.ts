/**
 * Which links of a pool's chain an asker was sent lately: the same one is not sent to it again and
 * again, however it asks for it.
 *
 *     asker, chain, links 0 to 31 ──▶ a bit a link, until ten seconds after the first of them was sent
 *
 * What is remembered is the link and not the question: of a hundred questions for 0 to 31, 1 to 32, …
 * each would be another, and each link of theirs would be sent thirty-two times.
 */
import { later, seconds, type Duration, type Hotkey, type Instant } from '../protocols/units.ts';

/** What was asked for lately, those that lapse first standing first. */
export type Paged = Map<string, SentLinks>;

interface SentLinks {
  /** The last instant for which it holds: who asks again after that has lost what was sent. */
  readonly until: Instant;
  /** Bit n is of link n of these thirty-two. */
  sent: number;
}

/** What is asked for: links of a pool's chain, from one number up to another, that one not. */
export interface Question {
  readonly asker: string;
  readonly pool: Hotkey;
  readonly from: number;
  readonly to: number;
}

/** The same link is sent to the same asker no more often than this. */
export const PAGE_PAUSE: Duration = seconds(10);
/** So many as a number has bits: ten thousand links that sixty ask for are 20 000 numbers at most. */
const BLOCK = 32;

/** The numbers asked for that the asker was not sent lately; from now on it was. */
export function takeUnsent(paged: Paged, question: Question, now: Instant): readonly number[] {
  dropLapsed(paged, now);
  const { from, to } = question;
  const unsent: number[] = [];
  for (let number = from; number < to;) {
    const block = Math.floor(number / BLOCK);
    const links = linksOf(paged, question, block, now);
    for (const end = Math.min(to, (block + 1) * BLOCK); number < end; number++) {
      const bit = 1 << (number % BLOCK);
      if ((links.sent & bit) === 0) unsent.push(number);
      links.sent |= bit;
    }
  }
  return unsent;
}

function linksOf(paged: Paged, { asker, pool }: Question, block: number, now: Instant): SentLinks {
  const name = `${asker} ${pool} ${block}`;
  let links = paged.get(name);
  // Its time runs from its first link and is never put off, or who asks now and then would wait for
  // ever. So the last of them may be sent twice within the pause, and no more.
  if (links === undefined) paged.set(name, (links = { until: later(now, PAGE_PAUSE), sent: 0 }));
  return links;
}

function dropLapsed(paged: Paged, now: Instant): void {
  for (const [name, { until }] of paged) {
    if (until >= now) break;
    paged.delete(name);
  }
}
