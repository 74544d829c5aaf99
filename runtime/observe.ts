/**
 * What happened, for logs, metrics, progress and the dashboard.
 *
 * Counters are always on. The stream costs nothing while nobody listens: who has something to tell
 * looks at `watched` before making it. A listener that throws is counted and harms nobody; what a
 * subscriber of a stream throws, RxJS hands to `config.onUnhandledError`, outside of the loop.
 */
import { Observable } from 'rxjs';
import type { Fault, Note, Reply, Service } from '../actors/actor.ts';
import type { Address } from '../protocols/messages.ts';
import type { Instant } from '../protocols/units.ts';
import type { Cancel, Happening, Loss } from './host.ts';

/** A number that only grows, held by whoever counts. */
export interface Counter {
  count: number;
}

/** Everything counted so far, each by a name that a metric can have as its label. */
export interface Counts {
  /** Messages handled, by kind. */
  readonly received: ReadonlyMap<string, number>;
  /** Messages not acted on, by kind and why: `batch late`. */
  readonly refused: ReadonlyMap<string, number>;
  /** Messages not delivered or not handled, by why. */
  readonly lost: ReadonlyMap<Loss['why'], number>;
  /** Questions answered, by service and `ok` or the fault: `audit timeout`. */
  readonly replied: ReadonlyMap<string, number>;
  readonly crashes: ReadonlyMap<Address, number>;
  /** Listeners' mistakes. */
  readonly listenerErrors: number;
}

export class Observer {
  readonly happenings: Observable<Happening> = new Observable((subscriber) =>
    this.listen((happening) => subscriber.next(happening)),
  );
  readonly #listeners = new Set<(happening: Happening) => void>();
  readonly #received = new Map<string, Counter>();
  readonly #refused = new Map<string, Counter>();
  readonly #lost = new Map<Loss['why'], Counter>();
  readonly #replied = new Map<Service, Map<Fault | 'ok', Counter>>();
  readonly #crashes = new Map<Address, Counter>();
  #watched = false;
  #listenerErrors = 0;

  /** Whether anybody listens. */
  get watched(): boolean {
    return this.#watched;
  }

  /** Calls `listener` with all that happens from now on. */
  listen(listener: (happening: Happening) => void): Cancel {
    // Of its own, so that one function may listen twice and stop once.
    const own = (happening: Happening): void => listener(happening);
    this.#listeners.add(own);
    this.#watched = true;
    return () => {
      this.#listeners.delete(own);
      this.#watched = this.#listeners.size > 0;
    };
  }

  tell(happening: Happening): void {
    for (const listener of this.#listeners) this.isolate(listener, happening);
  }

  /** Tells one listener something; what it throws is counted and goes no further. */
  isolate<T>(listener: (told: T) => void, told: T): void {
    try {
      listener(told);
    } catch {
      this.#listenerErrors++;
    }
  }

  /** The counter of a kind's messages, to be held by who handles them. */
  received(kind: string): Counter {
    return counter(this.#received, kind);
  }

  lost(loss: Loss): void {
    counter(this.#lost, loss.why).count++;
    if (this.#watched) this.tell({ is: 'lost', at: loss.at, loss });
  }

  noted(note: Note, actor: Address, at: Instant): void {
    if (note.note === 'refused') counter(this.#refused, `${note.kind} ${note.why}`).count++;
    if (this.#watched) this.tell({ is: 'noted', at, actor, note });
  }

  replied(reply: Reply<Service>, actor: Address, at: Instant, cause?: unknown): void {
    const { service, outcome } = reply;
    let outcomes = this.#replied.get(service);
    if (outcomes === undefined) {
      outcomes = new Map();
      this.#replied.set(service, outcomes);
    }
    counter(outcomes, outcome.ok ? 'ok' : outcome.fault).count++;
    if (!this.#watched) return;
    this.tell({ is: 'replied', at, actor, reply, ...(cause === undefined ? {} : { cause }) });
  }

  crashed(crash: Happening & { is: 'crashed' }): void {
    counter(this.#crashes, crash.actor).count++;
    if (this.#watched) this.tell(crash);
  }

  counts(): Counts {
    return {
      received: numbers(this.#received),
      refused: numbers(this.#refused),
      lost: numbers(this.#lost),
      replied: joined(this.#replied),
      crashes: numbers(this.#crashes),
      listenerErrors: this.#listenerErrors,
    };
  }
}

function counter<Name>(counters: Map<Name, Counter>, name: Name): Counter {
  let found = counters.get(name);
  if (found === undefined) {
    found = { count: 0 };
    counters.set(name, found);
  }
  return found;
}

/** What has never happened is left out: a counter may be held long before its first count. */
function numbers<Name>(counters: ReadonlyMap<Name, Counter>): ReadonlyMap<Name, number> {
  const read = new Map<Name, number>();
  for (const [name, { count }] of counters) if (count > 0) read.set(name, count);
  return read;
}

/** Counted by two names, which are put together only to be shown. */
const joined = (
  counters: ReadonlyMap<string, ReadonlyMap<string, Counter>>,
): ReadonlyMap<string, number> =>
  new Map(
    [...counters].flatMap(([first, inner]) =>
      [...numbers(inner)].map(([second, count]) => [`${first} ${second}`, count] as const),
    ),
  );
