/**
 * An open question: what an actor asked of the world, until it is answered, late, or dropped.
 *
 *     ask ──▶ port ──first value──▶ ok
 *               ├───error, nothing──▶ refused, unavailable
 *               └───by the deadline──▶ timeout
 *
 * It is answered once, never within the asking. What comes later finds nobody.
 */
import { Subscriber } from 'rxjs';
import type { Ask, Fault, Outcome, Service, Services } from '../actors/actor.ts';
import {
  ServiceFault,
  type Asker,
  type Cancel,
  type Clock,
  type ServicePort,
  type ServicePorts,
} from './host.ts';

type Answerable = Exclude<Ask, { ask: 'alarm' }>;
type Value = Services[Service]['output'];

/** Who asked. */
export interface Asking {
  /** Told once, of the outcome and of what was thrown where that is why. */
  settled(question: Question, outcome: Outcome<Value>, cause?: unknown): void;
}

/** It is its own subscription, so that a port which never stops emitting is left at once. */
export class Question extends Subscriber<Value> {
  readonly asked: Ask;
  readonly #asking: Asking;
  #quiet: Cancel | undefined;

  constructor(asked: Ask, asking: Asking) {
    super();
    this.asked = asked;
    this.#asking = asking;
  }

  put(ports: ServicePorts, asker: Asker, clock: Clock): void {
    const { asked } = this;
    if (asked.ask !== 'alarm') this.#put(asked, ports, asker, clock);
    if (this.closed) return;
    this.#quiet = clock.at(asked.by, () => this.#fail('timeout'), asker.self);
  }

  /** Nobody wants the answer any more. */
  drop(): void {
    this.#quiet?.();
    try {
      this.unsubscribe();
    } catch {
      // A port that fails at tidying up has given its answer all the same.
    }
  }

  #put({ ask, input, by }: Answerable, ports: ServicePorts, asker: Asker, clock: Clock): void {
    if (by < clock.now()) return this.#fail('timeout');
    // The port of a service takes that service's input; the union of all of them can't say so.
    const port = ports[ask] as ServicePort<Service> | undefined;
    if (port === undefined) return this.#fail('unavailable');
    try {
      port(input, asker).subscribe(this);
    } catch (error) {
      this.#fail(faultOf(error), error);
    }
  }

  protected override _next(value: Value): void {
    this.#end({ ok: true, value });
  }

  protected override _error(error: unknown): void {
    this.#fail(faultOf(error), error);
  }

  protected override _complete(): void {
    this.#fail('unavailable');
  }

  #fail(fault: Fault, cause?: unknown): void {
    this.#end({ ok: false, fault }, cause);
  }

  #end(outcome: Outcome<Value>, cause?: unknown): void {
    this.drop();
    this.#asking.settled(this, outcome, cause);
  }
}

const faultOf = (error: unknown): Fault =>
  error instanceof ServiceFault ? error.fault : 'unavailable';
