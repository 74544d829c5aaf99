/**
 * The port of a recorder: what an actor is handed is written down before anything follows from it.
 *
 *     input ──▶ handler ──▶ effects, held back ──▶ one change of the disk a turn ──▶ effects, done
 *
 * What was written down is enough to have the actor as it was: handlers are pure, so its state is
 * the last one that was kept and the inputs since, handed to it again. A host without a recorder
 * forgets with its process.
 */
import type { Ask, Effect, Note, Random, Reply, Service } from '../actors/actor.ts';
import type { Address } from '../protocols/messages.ts';
import type { Instant } from '../protocols/units.ts';
import type { AnyActor } from './cell.ts';
import type { Chain, Outgoing } from './host.ts';
import type { Incoming } from './live.ts';
import type { Input } from './running.ts';

export interface Recorder {
  /** The chain as this host's actors see it: what they saw of it is written down with what they did. */
  watch(chain: Pick<Chain, 'view'>): Pick<Chain, 'view'>;
  /** Whether a message was dealt with before, be it by a process that is no more. */
  isKnown(message: Incoming): boolean;
  /** What was sent under this name need not be sent again. */
  finished(name: string): void;
  /**
   * The log of the actor at an address. Throws a `WorldError` where what was written down is damaged:
   * then nothing may begin there.
   */
  log(self: Address, actor: AnyActor): Log;
}

/** Of one actor. Its `hand`, `did` and `failed` belong to a turn, which ends in `commit`. */
export interface Log {
  /** The actor as it was after its last turn that is on the disk; undefined where it has had none. */
  revive(): Revived | undefined;
  /** A turn begins: until it ends, what is seen of the chain is this actor's. */
  enter(): void;
  leave(): void;
  /** It is about to begin for the first time, with this chance. */
  begins(at: Instant, random: Random): void;
  /** It began: what its state has of functions is heard from now on. */
  adopt(state: unknown): void;
  /**
   * The next input, before its handler is called. `of`: the message as the line brought it. False
   * where it was dealt with meanwhile: then it is not to be handled.
   */
  hand(input: Handed, of?: Incoming): boolean;
  /** Of a reply that waits for its turn: which question it is to. */
  answered(reply: Reply<Service>, ask: Ask): void;
  /** What its handler asked for. */
  did(effects: readonly Effect[]): void;
  /** Its handler threw: the input is never handed to it again, and the state is what it was before. */
  failed(): void;
  /**
   * The turn is on the disk when this returns, and what it asked for may be done. Throws where it
   * cannot be written: then nothing of the turn has happened.
   */
  commit(life: Life): Committed;
  /** The actor has ended. What it was is kept for the next one at its address. */
  close(): void;
}

export type Handed = Exclude<Input, { is: 'begin' }>;

/** What there is of an actor between two turns. */
export interface Life {
  readonly state: unknown;
  readonly random: Random;
}

export interface Revived extends Life {
  /** Questions without an answer: they are asked again, with what remains of their time. */
  readonly open: readonly Ask[];
  /** What was sent and may not have arrived: it is sent again, under the names that it had. */
  readonly unsent: readonly Outgoing[];
}

/** What is to be done now that it cannot be forgotten any more, in the order of the handlers. */
export interface Committed {
  readonly effects: readonly (Ask | Note | Outgoing)[];
  /** Of each message that the line brought: it need not be brought again. */
  readonly done: readonly (() => void)[];
}
