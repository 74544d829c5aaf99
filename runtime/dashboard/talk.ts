/**
 * Who talks with whom, counted by peer: how much each said and was told, what of it was not acted on
 * or was lost, and when it was last heard of.
 */
import { hotkeyOf, roleOf, type Address, type Role } from '../../protocols/messages.ts';
import type { Hotkey, Instant } from '../../protocols/units.ts';
import type { Happening } from '../host.ts';

export interface Peer {
  readonly role: Role;
  said: number;
  told: number;
  refused: number;
  lost: number;
  at: Instant;
}

/** A subnet has 256 neurons, and as many buyers again; whoever comes after them is not listed. */
const MOST_PEERS = 512;

export class Talk {
  readonly peers: Map<Hotkey, Peer> = new Map();
  readonly #isHere: (hotkey: Hotkey) => boolean;
  #unlisted = 0;

  /** A message between two that are watched is seen twice, and counts once. */
  constructor(isHere: (hotkey: Hotkey) => boolean) {
    this.#isHere = isHere;
  }

  /** Messages of those for whom there was no room. */
  get unlisted(): number {
    return this.#unlisted;
  }

  see(happening: Happening): void {
    switch (happening.is) {
      case 'received':
        this.#pass(happening.envelope, happening.at);
        break;
      case 'sent':
        if (!this.#isHere(hotkeyOf(happening.envelope.to))) {
          this.#pass(happening.envelope, happening.at);
        }
        break;
      case 'noted': {
        const { note, at } = happening;
        if (note.note !== 'refused') break;
        const peer = this.#of(note.from, at);
        if (peer !== undefined) peer.refused++;
        break;
      }
      case 'lost': {
        const { to } = happening.loss;
        const peer = to === undefined ? undefined : this.#of(to, undefined);
        if (peer !== undefined) peer.lost++;
        break;
      }
      case 'asked':
      case 'replied':
      case 'started':
      case 'crashed':
      case 'stopped':
        break;
    }
  }

  #pass({ from, to }: { readonly from: Address; readonly to: Address }, at: Instant): void {
    const teller = this.#of(from, at);
    const told = this.#of(to, undefined);
    if (teller !== undefined) teller.said++;
    if (told !== undefined) told.told++;
  }

  /** `at`: it was heard of. */
  #of(address: Address, at: Instant | undefined): Peer | undefined {
    const hotkey = hotkeyOf(address);
    let peer = this.peers.get(hotkey);
    if (peer === undefined) {
      if (this.peers.size >= MOST_PEERS) {
        this.#unlisted++;
        return undefined;
      }
      peer = { role: roleOf(address), said: 0, told: 0, refused: 0, lost: 0, at: 0 as Instant };
      this.peers.set(hotkey, peer);
    }
    if (at !== undefined) peer.at = at;
    return peer;
  }
}
