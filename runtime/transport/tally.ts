/** What a line counts, for metrics: each refusal and each cut under the name of its reason. */
import type { PeerClass } from './limits.ts';

export interface LineCounts {
  /** Connections there are now, proven or not. */
  readonly connections: number;
  /** Of these, from peers that have not said who they are. */
  readonly strangers: number;
  /** Streams on which peers send to us now, by what they are. */
  readonly hearing: Readonly<Record<PeerClass, number>>;
  /** Streams on which we send now. */
  readonly telling: number;
  /** Streams that are being opened: dialled, or not yet welcome. */
  readonly opening: number;
  /** Messages and bytes that wait for an ack, or for their peer. */
  readonly waiting: number;
  readonly waitingBytes: number;
  /** Of the waiting, those to whom no stream leads and none is being opened just now. */
  readonly unreachable: number;
  /** Messages that came and are not yet dealt with for good, and the bytes that are held. */
  readonly pending: number;
  readonly heldBytes: number;
  /** All that follow only grow. */
  readonly sent: number;
  readonly received: number;
  readonly resent: number;
  readonly duplicates: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly dials: number;
  readonly failedDials: number;
  /** Sockets that came and went, or were ended, before they had proven a key. */
  readonly unencrypted: number;
  /** Greetings that we refused, by `Refusal`. */
  readonly refused: ReadonlyMap<string, number>;
  /** Greetings of ours that were refused, by what we were told. */
  readonly turnedAway: ReadonlyMap<string, number>;
  /** Streams and connections that we ended, by `Cut`. */
  readonly cut: ReadonlyMap<string, number>;
  /** How often a peer was read no further for a while, as it had spent its points, by what it is. */
  readonly throttled: ReadonlyMap<string, number>;
}

/** Why a stream or a connection was ended by us. */
export type Cut =
  /** Not in frames: `FramingError`. */
  | 'long_prefix'
  | 'long_frame'
  | 'empty_frame'
  /** A frame that is none, or that has no business where it came. */
  | 'bad_frame'
  /** A frame was begun and not ended in time, or a greeting had no answer. */
  | 'stalled'
  /** More was under way than the window allows. */
  | 'over_credit'
  /** It sends and does not read what is said to it. */
  | 'deaf'
  /** Malformed or forged messages, too many of them. */
  | 'faults'
  /** It never said who it is. */
  | 'silent'
  /** It had not said who it is, and made room for another. */
  | 'crowded'
  /** More connections than one peer needs. */
  | 'extra'
  /** Its hotkey's announcement or statement is over. */
  | 'lapsed'
  /** Another stream of the same peer took its place. */
  | 'replaced'
  /** A greeting that was refused, by either. */
  | 'refused'
  /** Too many such greetings over one connection. */
  | 'refused_often'
  | 'closed';

/** A number by name, that only grows. */
export class Tally {
  readonly counts: Map<string, number> = new Map();

  add(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
}

/** What is counted while a line runs. */
export class Tallies {
  sent = 0;
  received = 0;
  resent = 0;
  duplicates = 0;
  bytesIn = 0;
  bytesOut = 0;
  dials = 0;
  failedDials = 0;
  unencrypted = 0;
  readonly refused: Tally = new Tally();
  readonly turnedAway: Tally = new Tally();
  readonly cut: Tally = new Tally();
  readonly throttled: Tally = new Tally();
}
