/**
 * How much is open at once: so many in all, so many of one host. What has to wait waits by host, and
 * hosts take turns, so that a host with a long queue holds up nobody else.
 *
 *     acme.com   ▪▪▪▪▪▪▪ ─┐
 *     bolt.io    ▪       ─┼─▶ in turn, at most 2 of each, 64 in all
 *     cork.ie    ▪▪      ─┘
 */

export interface PaceBounds {
  /** Open at once: 64 sockets are few to any machine, and 100 slow websites take two rounds. */
  readonly total?: number;
  /** Open to one host at once: as many as a browser of good manners, and nobody's flood. */
  readonly perHost?: number;
  /** How many may wait: three look-ups of each of the leads of a hundred batches, some 30 MB. */
  readonly waiting?: number;
}

/** Nothing more can wait. */
export class Crowded extends Error {
  constructor(waiting: number) {
    super(`${waiting} look-ups are waiting already`);
    this.name = 'Crowded';
  }
}

interface Waiter {
  readonly begin: () => void;
}

interface Line {
  readonly host: string;
  open: number;
  /** In the order of coming; whoever gives up leaves at once. */
  readonly waiting: Set<Waiter>;
}

export class Pace {
  readonly #total: number;
  readonly #perHost: number;
  readonly #mostWaiting: number;
  /** Hosts of which anything is open or waits, and no others. */
  readonly #lines = new Map<string, Line>();
  /** Those that may begin one more, in the order of their turns. */
  readonly #turns = new Set<Line>();
  #open = 0;
  #waiting = 0;

  constructor({ total = 64, perHost = 2, waiting = 32_768 }: PaceBounds = {}) {
    this.#total = total;
    this.#perHost = perHost;
    this.#mostWaiting = waiting;
  }

  get open(): number {
    return this.#open;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** How many rounds it takes until all that waits has had its turn, this host's or anyone's. */
  rounds(host: string): number {
    const line = this.#lines.get(host);
    const ofHost = Math.ceil((line?.waiting.size ?? 0) / this.#perHost);
    return Math.max(ofHost, Math.ceil(this.#waiting / this.#total));
  }

  /**
   * Runs the task as soon as there is room, which may be at once. Its place is free again when the
   * task is done: a task that minds the signal frees it early. Rejects with the signal's reason where
   * it aborts before the task has begun, and with `Crowded` where no more can wait.
   */
  run<T>(host: string, signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const line = this.#lineOf(host);
    if (this.#open < this.#total && line.open < this.#perHost && line.waiting.size === 0) {
      return this.#begin(line, task);
    }
    if (this.#waiting >= this.#mostWaiting) {
      this.#settle(line);
      return Promise.reject(new Crowded(this.#waiting));
    }
    return this.#wait(line, signal).then(() => this.#started(line, task));
  }

  #lineOf(host: string): Line {
    const known = this.#lines.get(host);
    if (known !== undefined) return known;
    const line: Line = { host, open: 0, waiting: new Set() };
    this.#lines.set(host, line);
    return line;
  }

  /** Until there is room for it, and it has been taken. */
  #wait(line: Line, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        line.waiting.delete(waiter);
        this.#waiting--;
        this.#settle(line);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        begin: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      line.waiting.add(waiter);
      this.#waiting++;
      this.#settle(line);
    });
  }

  #begin<T>(line: Line, task: () => Promise<T>): Promise<T> {
    this.#open++;
    line.open++;
    return this.#started(line, task);
  }

  async #started<T>(line: Line, task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } finally {
      this.#open--;
      line.open--;
      this.#settle(line);
      this.#next();
    }
  }

  /** Gives room to those whose turn it is. */
  #next(): void {
    while (this.#open < this.#total) {
      const [line] = this.#turns;
      const [waiter] = line?.waiting ?? [];
      if (line === undefined || waiter === undefined) return;
      line.waiting.delete(waiter);
      this.#waiting--;
      this.#open++;
      line.open++;
      // To the end of the turns, where it has one more.
      this.#turns.delete(line);
      this.#settle(line);
      waiter.begin();
    }
  }

  /** Whether the host has a turn to come, and whether it is known at all. */
  #settle(line: Line): void {
    if (line.waiting.size > 0 && line.open < this.#perHost) this.#turns.add(line);
    else this.#turns.delete(line);
    if (line.open === 0 && line.waiting.size === 0) this.#lines.delete(line.host);
  }
}
