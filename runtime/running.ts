/**
 * A running actor as others see it: where its messages go, how it fares, and how to end it.
 */
import type { Observable } from 'rxjs';
import type { Reply, Service } from '../actors/actor.ts';
import type { Address, Envelope, Role } from '../protocols/messages.ts';
import type { Instant } from '../protocols/units.ts';
import type { Cancel } from './host.ts';

/** One thing that an actor was handed, with the instant that its handler saw. */
export type Input =
  | { readonly is: 'begin'; readonly at: Instant }
  | { readonly is: 'message'; readonly at: Instant; readonly envelope: Envelope }
  | { readonly is: 'reply'; readonly at: Instant; readonly reply: Reply<Service> };

/** What who watches an actor is told. Each crash is followed by `restarted` or by `stopped`. */
export type Notice =
  | {
      readonly is: 'crashed';
      readonly cause: unknown;
      readonly times: number;
      /** Absent where it stays down. */
      readonly restartsAt?: Instant;
    }
  | { readonly is: 'restarted' }
  | { readonly is: 'stopped'; readonly why: StopReason };

/** It was told to, or it crashed too often. */
export type StopReason = 'told' | 'crashed';

/**
 * Where a life stands. `stopping`: told to within an input, whose effects are still carried out.
 */
export type Status = 'beginning' | 'live' | 'resting' | 'stopping' | 'stopped';

export interface Running<State, R extends Role = Role> {
  readonly self: Address<R>;
  readonly status: Status;
  /** For looking into, never for changing; undefined before it began, after a crash, in the end. */
  readonly state: State | undefined;
  /** How many messages wait. */
  readonly waiting: number;
  /** How many of its questions are open. */
  readonly open: number;
  /** What it is handed, each just before its handler is called. Ends when the actor does. */
  readonly inputs: Observable<Input>;
  /** Puts a message straight into the mailbox. Never throws: what does not fit is a dead letter. */
  tell(envelope: Envelope): void;
  /** Ends it after its current input. Messages that wait are dead letters, questions are dropped. */
  stop(): void;
  /** Tells of each crash, restart and the end, never within this call; also where it has ended. */
  watch(watcher: (notice: Notice) => void): Cancel;
}
