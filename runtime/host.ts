/**
 * The ports of an actor's host. What stands behind them differs between a live node, a demo and a
 * simulation; the actors, the rules and the loop that runs them do not.
 */
import type { Observable } from 'rxjs';
import type { Ask, Note, Random, Reply, Service, Services } from '../actors/actor.ts';
import type { ChainView, Metagraph } from '../protocols/metagraph.ts';
import type { Address, Draft, Envelope, Kind, Messages } from '../protocols/messages.ts';
import type { Block, Hotkey, Instant, Rao, Uid, Weight16 } from '../protocols/units.ts';
import type { Observer } from './observe.ts';
import type { Recorder } from './recording.ts';

export type Cancel = () => void;

export interface Clock {
  now(): Instant;
  /**
   * Runs `task` once at `instant`, or as soon as may be where that has passed; never within this
   * call. Tasks of one instant run in the order of `by`, who scheduled them, then as scheduled.
   */
  at(instant: Instant, task: () => void, by?: string): Cancel;
}

/** An envelope on its way out: its body is not yet signed. */
export interface Outgoing<K extends Kind = Kind> {
  readonly kind: K;
  readonly from: Address;
  readonly to: Address<Messages[K]['to']>;
  readonly sentAt: Instant;
  readonly body: Draft<K>;
  /** Its name among all that this sender ever sends; given by the line where absent. */
  readonly name?: string;
}

/**
 * At most once, in order per sender, never within `send`. It signs what goes out and lets in
 * nothing whose sender or signatures are not proven.
 */
export interface Transport {
  /** From now on this side speaks as `address`, and `inbox` brings what is sent to it. */
  open(address: Address): void;
  close(address: Address): void;
  /** Never throws. What cannot be sent is seen in `lost`. */
  send(envelope: Outgoing): void;
  readonly inbox: Observable<Envelope>;
  readonly lost: Observable<Loss>;
}

/** A message that was not delivered, and why: nobody but who counts them is harmed. */
export interface Loss {
  readonly why:
    | 'unknown_address'
    | 'not_opened'
    | 'oversized'
    | 'malformed'
    | 'forged'
    | 'overflow'
    /** By a line that loses messages, as those of a simulation do. */
    | 'lost_on_the_line'
    | 'stopped'
    | 'crashed';
  readonly at: Instant;
  readonly kind?: Kind;
  readonly from?: Address;
  readonly to?: Address;
}

/** Signs with the keys of this host, and checks what others signed. */
export interface Notary {
  /** Undefined where this host has no key for the hotkey. */
  sign(by: Hotkey, statement: Uint8Array): Uint8Array | undefined;
  check(by: Hotkey, statement: Uint8Array, signature: Uint8Array): boolean;
}

/** Who asks a service, and until when an answer is of use. */
export interface Asker {
  readonly self: Address;
  readonly by: Instant;
  /** A stream of its own for each actor and service. */
  readonly random: Random;
}

/**
 * Answers with the first value that it emits. A fault is an error of class `ServiceFault`; any
 * other error, or completing without a value, is taken as `unavailable`. Unsubscribed at `by`.
 */
export type ServicePort<S extends Service> = (
  input: Services[S]['input'],
  asker: Asker,
) => Observable<Services[S]['output']>;

/** `alarm` needs no port: the host itself answers at its instant. A missing port is `unavailable`. */
export type ServicePorts = { readonly [S in Exclude<Service, 'alarm'>]?: ServicePort<S> };

export class ServiceFault extends Error {
  readonly fault: 'unavailable' | 'refused';
  constructor(fault: 'unavailable' | 'refused', message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ServiceFault';
    this.fault = fault;
  }
}

export interface Chain {
  readonly view: ChainView;
  /** Each new block's metagraph, from the next one on. */
  readonly heads: Observable<Metagraph>;
  /** What backs a hotkey, registered or not. */
  stake(hotkey: Hotkey): Observable<Rao>;
  /** Errors with a `ServiceFault` naming the chain's refusal. */
  setWeights(hotkey: Hotkey, weights: readonly (readonly [Uid, Weight16])[]): Observable<Block>;
}

/** What happened, for logs, metrics, progress and the dashboard. Of no effect on any actor. */
export type Happening =
  | { readonly is: 'received'; readonly at: Instant; readonly envelope: Envelope }
  | { readonly is: 'sent'; readonly at: Instant; readonly envelope: Outgoing }
  | { readonly is: 'asked'; readonly at: Instant; readonly actor: Address; readonly ask: Ask }
  | {
      readonly is: 'replied';
      readonly at: Instant;
      readonly actor: Address;
      readonly reply: Reply<Service>;
      /** What the port threw or failed with, for the log; absent where it did neither. */
      readonly cause?: unknown;
    }
  | { readonly is: 'noted'; readonly at: Instant; readonly actor: Address; readonly note: Note }
  | { readonly is: 'lost'; readonly at: Instant; readonly loss: Loss }
  | { readonly is: 'started'; readonly at: Instant; readonly actor: Address }
  | {
      readonly is: 'crashed';
      readonly at: Instant;
      readonly actor: Address;
      readonly cause: unknown;
      /** How often in a row, this one included. */
      readonly times: number;
      /** When it begins again; absent where it has crashed too often and stays down. */
      readonly restartsAt?: Instant;
    }
  | { readonly is: 'stopped'; readonly at: Instant; readonly actor: Address };

/** What actors run on: all of one host share its loop (`spawn.ts`), its line and its clock. */
export interface Host {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly chain: Pick<Chain, 'view'>;
  readonly services: ServicePorts;
  readonly observer: Observer;
  /** How many messages may wait for one actor; `MAILBOX_BOUND` where absent. */
  readonly mailbox?: number;
  /** Keeps what its actors are through whatever ends the process; forgotten with it where absent. */
  readonly recorder?: Recorder;
}
