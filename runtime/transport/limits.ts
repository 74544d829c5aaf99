/**
 * What one node allows its peers, by what they are. Each kind has places and points of its own, so
 * that no kind can take those of another: as many buyers as like can come, and the validators are
 * heard all the same. Strangers, who have not yet said who they are, are allowed least.
 */
import { seconds, type Duration } from '../../protocols/units.ts';
import { MAX_ENVELOPE_BYTES } from '../../protocols/wire.ts';
import { costOf } from './outbox.ts';
import type { Allowance } from './purse.ts';

/** What a peer is: as the chain says of its hotkey. A pool counts as a validator. */
export type PeerClass = 'validator' | 'miner' | 'buyer';
export const CLASSES: readonly PeerClass[] = ['validator', 'miner', 'buyer'];

export interface ClassLimits {
  /** Peers of this class that may have a stream to us at a time. */
  readonly places: number;
  /** What a peer's unacknowledged messages may cost; also the bound on one message. */
  readonly window: number;
  readonly points: Allowance;
}

export interface LineLimits {
  readonly classes: Readonly<Record<PeerClass, ClassLimits>>;
  /** Connections from peers that have not said who they are; the oldest makes room for another. */
  readonly strangers: number;
  /** How long one may stay that. */
  readonly strangerTime: Duration;
  /** From the first byte of a frame to its last, or of a greeting to its answer. */
  readonly stallTime: Duration;
  /** Bytes of messages coming in or not yet dealt with, beside the share that each peer has. */
  readonly room: number;
  /** Bytes of messages that wait for those they go to, beside the share that each of these has. */
  readonly waiting: number;
  /** Reading messages and checking signatures of one peer, until others have their turn. */
  readonly turn: Duration;
  /** New connections a second from one IP address. */
  readonly perHost: number;
  /** Connections that are still being encrypted. */
  readonly pending: number;
  /** How long that may take. */
  readonly upgradeTime: Duration;
}

/** The window in which the largest message just fits. */
const WHOLE_WINDOW = costOf(MAX_ENVELOPE_BYTES) + 65_536;

export const LIMITS: LineLimits = {
  classes: {
    // A subnet has 64 validator permits, and pools beside. A query costs each some 20 messages.
    validator: { places: 160, window: WHOLE_WINDOW, points: { perSecond: 2_000, most: 8_000 } },
    // 256 neurons at most. A miner sends a batch a query, of 256 KiB at the most.
    miner: { places: 256, window: 655_360, points: { perSecond: 500, most: 2_000 } },
    // A buyer sends a query and, later, a rating: 1 KB each, a few in a minute.
    buyer: { places: 256, window: 65_536, points: { perSecond: 50, most: 400 } },
  },
  strangers: 32,
  strangerTime: seconds(10),
  stallTime: seconds(20),
  room: 67_108_864,
  waiting: 134_217_728,
  // Two or three signatures. With sixty peers that all have work, each is back within 0.5 s.
  turn: 8 as Duration,
  // Nine nodes of one machine start at once. With `pending`, one host cannot hold all of it up.
  perHost: 16,
  pending: 64,
  upgradeTime: seconds(3),
};

/** What each peer may have of messages either way, however full it is: two usual batches. */
export const SHARE = 65_536;

/** A frame costs a point, another for each 4 KiB; a message ten more, as its signatures do. */
export const pointsFor = (bytes: number, isMessage: boolean): number =>
  1 + (bytes >> 12) + (isMessage ? 10 : 0);
