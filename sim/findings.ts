/**
 * Where a run looks for collusion: in line, or in a thread beside it.
 *
 *     expected ──▶ the thread evaluates ──▶ known
 *         └─────── the instant before it is asked for ──▶ virtual time waits
 *
 * All who keep a ledger ask of the same window in an epoch: it is evaluated once, and again never where
 * a node that went away goes through all the epochs once more.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Piscina } from 'piscina';
import { eventsOf, type Window } from '../protocols/evidence.ts';
import type { Finding } from '../protocols/rules/collusion/finding.ts';
import type { Digest, Instant } from '../protocols/units.ts';
import type { Evaluate } from '../runtime/services/collusion.ts';
import type { VirtualClock } from '../runtime/virtual-clock.ts';

export interface Findings {
  /** A finding of the window will be asked for at this instant, and not before. */
  expect(window: Window, by: Instant): void;
  at(window: Window): Finding;
  /** Ends the thread, if there is one. */
  close(): Promise<void>;
}

/** So many as they are: all nodes ask for one within an epoch or two. */
const LATEST = 32;
/** Of a quarter of a year every epoch's: a finding of 64 validators is 90 kB, compressed some 3 kB. */
const REMEMBERED = 2_048;
/** A thread that nobody waits for need not have what speed there is: V8's own choice takes five times this. */
const YOUNG_MB = 32;
/** Of a window of 32 epochs the slowest takes seconds: what takes so long never ends. */
const FINDING_MS = 120_000;

export function findingsInLine(evaluate: Evaluate): Findings {
  const known = new Known();
  return {
    expect: () => undefined,
    at(window) {
      const found = known.get(window.name) ?? evaluate(eventsOf(window));
      known.keep(window.name, found);
      return found;
    },
    close: () => Promise.resolve(),
  };
}

export function openFindings({
  clock,
  evaluate,
  worker,
}: {
  readonly clock: VirtualClock;
  /** For what the thread could not tell. */
  readonly evaluate: Evaluate;
  /** A file with a function `collusion`. */
  readonly worker: URL;
}): Findings {
  const pool = new Piscina({
    filename: worker.href,
    minThreads: 1,
    maxThreads: 1,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
  // A thread's death is told to whoever waits for its finding, too.
  pool.on('error', () => undefined);
  const inLine = findingsInLine(evaluate);
  const known = new Known();
  const underWay = new Map<Digest, Promise<void>>();

  async function look(window: Window): Promise<void> {
    try {
      const options = { name: 'collusion', signal: AbortSignal.timeout(FINDING_MS) };
      known.keep(window.name, (await pool.run(eventsOf(window), options)) as Finding);
    } catch {
      // What no thread could tell is found in line.
    }
    underWay.delete(window.name);
  }

  /** From the instant before it is asked for, virtual time waits for it. */
  function waitFor(name: Digest): void {
    const ended = underWay.get(name);
    if (ended === undefined) return;
    const release = clock.hold();
    void ended.finally(release);
  }

  return {
    expect(window, by) {
      const { name } = window;
      if (known.has(name)) return;
      if (!underWay.has(name)) underWay.set(name, look(window));
      clock.at((by - 1) as Instant, () => waitFor(name), FIRST);
    },
    at: (window) => known.get(window.name) ?? inLine.at(window),
    async close() {
      await pool.destroy();
    },
  };
}

/** Sorts before all names. It asks for nothing, so its place is of no effect. */
const FIRST = '';

/** Findings by the name of their window. Forgetting one costs time and changes nothing. */
class Known {
  readonly #latest = new Map<Digest, Finding>();
  readonly #others = new Map<Digest, Uint8Array>();

  has(name: Digest): boolean {
    return this.#latest.has(name) || this.#others.has(name);
  }

  get(name: Digest): Finding | undefined {
    const found = this.#latest.get(name);
    const pressed = this.#others.get(name);
    if (found !== undefined || pressed === undefined) return found;
    const again = JSON.parse(inflateRawSync(pressed).toString()) as Finding;
    this.keep(name, again);
    return again;
  }

  keep(name: Digest, finding: Finding): void {
    this.#latest.set(name, finding);
    for (const [oldest, found] of this.#latest) {
      if (this.#latest.size <= LATEST) break;
      this.#latest.delete(oldest);
      this.#others.delete(oldest);
      // A copy: what zlib gives may be a part of a larger buffer.
      this.#others.set(oldest, new Uint8Array(deflateRawSync(JSON.stringify(found))));
    }
    for (const oldest of this.#others.keys()) {
      if (this.#others.size <= REMEMBERED) break;
      this.#others.delete(oldest);
    }
  }
}
