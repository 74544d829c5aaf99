/**
 * Connections whose peers have not yet said who they are. There are few, and none stays so for long:
 * the oldest makes room for the newest, so that many who come and say nothing do not keep out one
 * who does, as that takes a tenth of a second.
 *
 * A peer whose key stands on the chain may wait as long as anyone, and makes room for nobody.
 */
import { later } from '../../protocols/units.ts';
import type { Cancel, Clock } from '../host.ts';
import type { LineLimits } from './limits.ts';
import type { Cut } from './tally.ts';

export interface StrangersDoor<Connection> {
  end(connection: Connection, why: Cut): void;
  /** It is a stranger's from now on, and is read as such. */
  hold(connection: Connection): void;
  /** It is no more. */
  release(connection: Connection): void;
}

export class Strangers<Connection> {
  readonly #clock: Clock;
  readonly #limits: Pick<LineLimits, 'strangers' | 'strangerTime'>;
  readonly #door: StrangersDoor<Connection>;
  /** The one that came first is first. */
  readonly #waiting = new Map<Connection, { readonly isKnown: boolean; readonly cancel: Cancel }>();

  constructor(
    clock: Clock,
    limits: Pick<LineLimits, 'strangers' | 'strangerTime'>,
    door: StrangersDoor<Connection>,
  ) {
    this.#clock = clock;
    this.#limits = limits;
    this.#door = door;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** `isKnown`: its peer key stands on the chain. */
  add(connection: Connection, isKnown: boolean): void {
    if (this.#waiting.has(connection)) return;
    const due = later(this.#clock.now(), this.#limits.strangerTime);
    const cancel = this.#clock.at(due, () => this.#turnOut(connection, 'silent'));
    this.#waiting.set(connection, { isKnown, cancel });
    this.#door.hold(connection);
    const unknown = [...this.#waiting].filter(([, { isKnown: is }]) => !is);
    const [oldest] = unknown;
    if (unknown.length > this.#limits.strangers && oldest !== undefined) {
      this.#turnOut(oldest[0], 'crowded');
    }
  }

  /** It has said who it is, or is gone. */
  leave(connection: Connection): void {
    const waiting = this.#waiting.get(connection);
    if (waiting === undefined) return;
    waiting.cancel();
    this.#waiting.delete(connection);
    this.#door.release(connection);
  }

  close(): void {
    for (const { cancel } of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }

  #turnOut(connection: Connection, why: Cut): void {
    this.leave(connection);
    this.#door.end(connection, why);
  }
}
