/**
 * The ports of a live node, beside those of `host.ts` that every host has: a chain with places on
 * it, and a line that loses nothing for as long as it is of use.
 *
 *     chain ──▶ who serves where, under which peer key ──▶ transport ──▶ recorder ──▶ actors
 *                                                             ▲              │
 *                                                             └── done ◀── written down
 */
import type { Observable } from 'rxjs';
import type { Envelope, Role } from '../protocols/messages.ts';
import type { Head } from '../protocols/metagraph.ts';
import type { Block, Hotkey, Instant } from '../protocols/units.ts';
import type { Chain, Transport } from './host.ts';

/** Where a node listens, and the ed25519 key (32 bytes) that its peers know it by. */
export interface Endpoint {
  readonly peerKey: Uint8Array;
  /** Version 4 or 6, in the usual writing. */
  readonly ip: string;
  readonly port: number;
}

/** Who is where, as the chain says. Answers at once from what was last read. */
export interface PeerDirectory {
  /** Undefined where the hotkey serves nothing: a buyer, a stranger, one that has never started. */
  endpointOf(hotkey: Hotkey): Endpoint | undefined;
  /** The hotkey that has announced this peer key; undefined where none has. */
  hotkeyOf(peerKey: Uint8Array): Hotkey | undefined;
}

/** What a hotkey announces of its node. */
export interface Axon extends Endpoint {
  readonly roles: readonly Exclude<Role, 'buyer'>[];
}

/** A chain that a node of its own process can find its peers by: Subtensor, or the shared mock. */
export interface LiveChain extends Chain, PeerDirectory {
  /** Names the chain: 64 hex digits. */
  readonly genesis: string;
  readonly netuid: number;
  /** The first block after an instant, as soon as it is there. */
  after(instant: Instant): Observable<Head>;
  /** Errors with a `ServiceFault` naming the chain's refusal. */
  serve(hotkey: Hotkey, axon: Axon): Observable<Block>;
  close(): Promise<void>;
}

/** A message that came in, under the name that its sender gave it. */
export interface Incoming {
  readonly envelope: Envelope;
  /** Of one sender no two messages bear the same name, also after it has started again. */
  readonly name: string;
  /** To be called once it cannot be lost any more: only then does its sender forget it. */
  readonly done: () => void;
  /** Is told, before `done`, what its handler took of the processor, in ms: who asks what is costly waits for it. */
  readonly took?: (ms: number) => void;
}

/**
 * A line on which what was sent is sent again, whoever of the two was away, until the other has it
 * for good or it is of no use any more; and on which nothing comes in twice.
 */
export interface DurableTransport extends Transport {
  /** What `inbox` brings, for who says itself when it has it for good. `inbox` has it at once. */
  readonly incoming: Observable<Incoming>;
  /** The names of messages sent that need not be sent again: the other has them, or it is too late. */
  readonly finished: Observable<string>;
}
