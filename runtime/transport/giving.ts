/**
 * How many messages actors are given at a time. The rest wait in their peers' own queues, so that
 * whoever floods waits behind itself: in the mailbox, which is one for all, six floods would stand before
 * everybody's next message by two seconds (`bench/attacks.ts`).
 *
 *     flood ████████  ──one or two──▶ ┐
 *     flood ████████  ──one or two──▶ ├ mailbox ──▶ a turn of the actor ──▶ done: the next may come
 *     pool  ▌         ──────────────▶ ┘
 */

/** What is known here of a peer. */
export interface Giver {
  /** How many of its messages actors have now. */
  readonly given: number;
  /** What an actor is likely to take for its next, in ms. */
  readonly expected: number;
}

/**
 * Of one peer. All peers' together fit in a mailbox, so none overflows. More are not needed: a turn of
 * an actor, which is a write to the disk, takes as many of each, and a peer's points are 180 messages a
 * second.
 */
export const MOST_GIVEN = 8;
/**
 * Of all peers' together, where there are several: whoever comes next waits for these, which is a turn of
 * a few ms. A write to the disk takes as long, so with fewer the disk would be what all wait for.
 */
const MOST_TOGETHER = 16;
/**
 * What actors are likely to take for all that they have been given, in ms: half a turn, as what follows
 * of it, the writing and the sending, takes about as long. A question for a page is a hundred others:
 * sixteen of them were 50 ms (`bench/attacks.ts`).
 */
export const MOST_MS = 4;
/** How much of what was expected of a peer is still expected after its next message: a tenth after ten. */
const FADING = 0.8;

/** What is expected of a peer for whose last message an actor took so long, in ms. */
export const expectedAfter = (ms: number, expected: number): number =>
  Math.max(ms, FADING * expected);

export class Giving {
  /** Peers of whom an actor has messages now. */
  readonly #givers = new Set<Giver>();

  /** Whether an actor may be given another message of a peer. */
  mayGive(peer: Giver): boolean {
    // Who has one under way goes on when that is done. Who has none would be told by nobody.
    if (peer.given === 0) return true;
    const mostEach = Math.min(MOST_GIVEN, Math.floor(MOST_TOGETHER / this.#givers.size));
    if (peer.given >= mostEach) return false;
    let expected = peer.expected;
    for (const one of this.#givers) expected += one.given * one.expected;
    return expected <= MOST_MS;
  }

  /** To be told whenever a peer has more, or fewer, messages with actors. */
  note(peer: Giver): void {
    if (peer.given > 0) this.#givers.add(peer);
    else this.#givers.delete(peer);
  }
}
