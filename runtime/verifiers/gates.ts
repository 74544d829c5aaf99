/**
 * At most so many at once behind each gate; the others wait in the order in which they came.
 * A gate is there while somebody stands at it: names that strangers chose leave nothing behind.
 */

/** To be called once when done; again has no effect. */
export type Leave = () => void;

export interface Room {
  /** How many may be inside at once. */
  readonly inside: number;
  /** How many may wait. Whoever comes when so many do is turned away. */
  readonly waiting: number;
}

interface Gate {
  inside: number;
  readonly waiting: Set<() => void>;
}

export class Gates {
  readonly #room: Room;
  readonly #gates = new Map<string, Gate>();

  constructor(room: Room) {
    this.#room = room;
  }

  /** How many gates somebody stands at. */
  get size(): number {
    return this.#gates.size;
  }

  /** Undefined where the signal aborts first, or too many wait already. */
  enter(key: string, signal: AbortSignal): Promise<Leave | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);

    const gate = this.#gates.get(key) ?? { inside: 0, waiting: new Set() };
    if (gate.inside < this.#room.inside) {
      this.#gates.set(key, gate);
      gate.inside++;
      return Promise.resolve(this.#leaveOnce(key, gate));
    }
    if (gate.waiting.size >= this.#room.waiting) return Promise.resolve(undefined);

    return new Promise((resolve) => {
      const admit = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(this.#leaveOnce(key, gate));
      };
      const giveUp = (): void => {
        gate.waiting.delete(admit);
        resolve(undefined);
      };
      gate.waiting.add(admit);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  #leaveOnce(key: string, gate: Gate): Leave {
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      const [next] = gate.waiting;
      if (next !== undefined) {
        // The place goes from hand to hand, so that nobody who comes just now takes it.
        gate.waiting.delete(next);
        next();
        return;
      }
      gate.inside--;
      if (gate.inside === 0) this.#gates.delete(key);
    };
  }
}
