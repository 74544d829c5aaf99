/**
 * The loop that runs all actors of one host.
 *
 *     transport ──▶ by address ──▶ cell ──▶ run queue ──▶ a turn: at most `TURN` inputs
 *
 * It is asleep until somebody has work, then runs on the host's clock until there is none. An actor
 * has a short turn and goes to the end of the queue, and between rounds the event loop has its own:
 * one busy actor holds up neither the others nor the network. Nothing here knows whether the clock
 * is real.
 */
import { Subscription } from 'rxjs';
import type { Actor, Service } from '../actors/actor.ts';
import type { Address, Envelope, Role } from '../protocols/messages.ts';
import { invariant } from '../protocols/units.ts';
import { Cell, type AnyActor, type Loop } from './cell.ts';
import type { Host, Transport } from './host.ts';
import type { DurableTransport, Incoming } from './live.ts';
import { Mailbox } from './mailbox.ts';
import { Moment } from './moment.ts';
import type { Counter } from './observe.ts';
import type { Running } from './running.ts';

/**
 * Messages that may wait for one actor: a pool with a hundred open queries hears some fifty of each,
 * all at once at the worst. What comes on top is lost, and seen to be.
 */
export const MAILBOX_BOUND = 4_096;
/** Inputs in an actor's turn. Each turn costs a look at the clock, about the price of one message. */
const TURN = 64;
/** Inputs between two turns of the event loop. */
const ROUND = 1_024;
/** A round is cut short after this: what handlers are slow at must not hold up the network. */
const ROUND_MS = 10;

export class System implements Loop {
  readonly host: Host;
  readonly moment: Moment;
  readonly bound: number;
  readonly kinds: Map<string, Counter> = new Map();
  readonly brought: WeakMap<Envelope, Incoming> = new WeakMap();
  readonly sent: ((name: string) => void) | undefined;
  readonly #cells = new Map<Address, Cell>();
  /** How often each address had an actor that ended, and has another's chance ever since. */
  readonly #lives = new Map<Address, number>();
  readonly #ready = new Mailbox<Cell>(Infinity);
  readonly #line: Subscription;
  #isAwake = false;

  constructor(host: Host) {
    this.host = host;
    this.moment = new Moment(host);
    this.bound = host.mailbox ?? MAILBOX_BOUND;
    const { recorder, transport } = host;
    // What goes over a line that tells nothing is not sent again.
    if (recorder !== undefined && !isDurable(transport)) {
      this.sent = (name) => recorder.finished(name);
    }
    this.#line = this.#listen(host);
    this.#line.add(host.transport.lost.subscribe((loss) => host.observer.lost(loss)));
  }

  /**
   * Begins `actor` at `self` in its first turn, or has it go on from where its log ends. An address has
   * one actor at a time. Throws a `WorldError` where its log is damaged.
   */
  spawn<R extends Role, State, Uses extends Service>(
    actor: Actor<R, State, Uses>,
    self: Address<R>,
  ): Running<State, R> {
    invariant(!this.#cells.has(self), `${self} has one actor at a time`);
    // Its types have been checked here, and the loop hands each handler what they say.
    const any = actor as unknown as AnyActor;
    for (const name of Object.keys(any.on)) {
      if (!name.endsWith('Reply') && !this.kinds.has(name)) {
        this.kinds.set(name, this.host.observer.received(name));
      }
    }
    // Who begins anew must not draw again what its former life has drawn: secrets, for one.
    const lives = this.#lives.get(self) ?? 0;
    const stream = lives === 0 ? self : `${self} ${lives}`;
    const cell = new Cell(this, any, self, { stream, log: this.host.recorder?.log(self, any) });
    this.host.transport.open(self);
    this.#cells.set(self, cell);
    this.ready(cell);
    return cell as Cell & Running<State, R>;
  }

  /** The actor that runs at an address; undefined where none does. */
  at(self: Address): Running<unknown> | undefined {
    return this.#cells.get(self);
  }

  /** Has all actors go on from where their logs end: these were changed. Not from within a turn. */
  goOnFromLogs(): void {
    for (const cell of this.#cells.values()) cell.goOnFromLog();
  }

  /** Stops all actors, and hears nothing more. */
  stop(): void {
    this.#line.unsubscribe();
    for (const cell of this.#cells.values()) cell.stop();
  }

  ready(cell: Cell): void {
    if (cell.isReady) return;
    cell.isReady = true;
    this.#ready.offer(cell);
    this.#wake();
  }

  forget(cell: Cell): void {
    this.#cells.delete(cell.self);
    this.#lives.set(cell.self, (this.#lives.get(cell.self) ?? 0) + 1);
    this.host.transport.close(cell.self);
  }

  /** Who remembers hears from the line also what each message is called, and what has arrived. */
  #listen({ transport, recorder }: Host): Subscription {
    if (recorder === undefined || !isDurable(transport)) {
      return transport.inbox.subscribe((envelope) => this.#route(envelope));
    }
    const line = transport.incoming.subscribe((message) => {
      if (recorder.isKnown(message)) return message.done();
      this.brought.set(message.envelope, message);
      this.#route(message.envelope);
    });
    line.add(transport.finished.subscribe((name) => recorder.finished(name)));
    return line;
  }

  #route(envelope: Envelope): void {
    const cell = this.#cells.get(envelope.to);
    if (cell !== undefined) return cell.tell(envelope);
    const { from, to } = envelope;
    this.host.observer.lost({ why: 'unknown_address', at: this.host.clock.now(), from, to });
  }

  #wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    this.host.clock.at(this.host.clock.now(), () => this.#round());
  }

  #round(): void {
    const began = this.host.clock.now();
    let left = ROUND;
    try {
      while (left > 0 && this.moment.now - began < ROUND_MS) {
        const cell = this.#ready.take();
        if (cell === undefined) break;
        cell.isReady = false;
        left -= cell.turn(Math.min(TURN, left)) || 1;
      }
    } finally {
      this.#isAwake = false;
      if (this.#ready.length > 0) this.#wake();
    }
  }
}

const isDurable = (transport: Transport): transport is DurableTransport =>
  'incoming' in transport && 'finished' in transport;
