/**
 * Which messages of each peer have come, so that what is sent again comes in once.
 *
 * A peer sends again only what stands in its outbox, so as many names are remembered as may stand
 * there. Who changes hotkeys at no cost could make any memory grow, or push others out of it: so
 * there is a bound over all, and guests have a memory of their own.
 */
import { tightDigest } from '../../protocols/hash.ts';
import { MAX_PARCELS } from './outbox.ts';

/** Names of all peers together: some 12 MB. Those of 128 peers that are all at their bound. */
const MAX_NAMES = 131_072;
/** What a node of ours calls a message is shorter. A longer name is remembered by its digest, in 32 bytes. */
const LONG_NAME = 48;

/** `under way`: it has come, and who got it has not yet said that it has it for good. */
export type Fate = 'under way' | 'done';

export class DealtWith {
  readonly #perPeer: number;
  readonly #most: number;
  /** By peer, the one longest unheard of first; by name, the oldest first. */
  readonly #peers = new Map<string, Map<string, Fate>>();
  #size = 0;

  constructor(perPeer: number = MAX_PARCELS, most: number = MAX_NAMES) {
    this.#perPeer = perPeer;
    this.#most = most;
  }

  get size(): number {
    return this.#size;
  }

  /** Undefined where it has not come, or that was forgotten. */
  fateOf(peer: string, name: string): Fate | undefined {
    return this.#peers.get(peer)?.get(short(name));
  }

  note(peer: string, called: string, fate: Fate): void {
    const name = short(called);
    const names = this.#peers.get(peer) ?? new Map<string, Fate>();
    this.#peers.delete(peer);
    this.#peers.set(peer, names);
    if (!names.has(name)) this.#size += 1;
    names.set(name, fate);
    if (names.size > this.#perPeer) this.#forgetOldest(names);
    while (this.#size > this.#most) this.#forgetPeer();
  }

  /** It was not taken in after all: when it comes again it is new. */
  forget(peer: string, name: string): void {
    if (this.#peers.get(peer)?.delete(short(name)) === true) this.#size -= 1;
  }

  /** What is done goes first: what is under way would come in twice. */
  #forgetOldest(names: Map<string, Fate>): void {
    for (const [name, fate] of names) {
      if (fate !== 'done') continue;
      names.delete(name);
      this.#size -= 1;
      return;
    }
  }

  #forgetPeer(): void {
    const [first] = this.#peers;
    if (first === undefined) return;
    this.#peers.delete(first[0]);
    this.#size -= first[1].size;
  }
}

/** No name has a space in it, so none is taken for a digest. */
const short = (name: string): string =>
  name.length <= LONG_NAME ? name : `long ${tightDigest('leadpoet.message-name/1', name)}`;
