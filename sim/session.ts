/**
 * A run in a thread of its own, to play, pause, step, look into and listen to.
 *
 *     page ──play, pause, step, look──▶ session ──Comlink──▶ thread: player ──▶ run
 *       ◀────batches of what happened─────┘
 *
 * However it is played, it is the run that `simulate` makes of the same scenario and seed.
 */
import * as Comlink from 'comlink';
import { Worker } from 'node:worker_threads';
import type { Duration } from '../protocols/units.ts';
import type { Change } from '../runtime/dashboard/source.ts';
import { nodeEndpoint } from './endpoint.ts';
import type { Glance } from './glance.ts';
import type { Position } from './player.ts';
import type { Scenario } from './scenario.ts';
import type { Deliver, SessionThread } from './session.worker.ts';
import type { RunResult } from './simulate.ts';
import type { ToldBatch } from './telling.ts';

export interface SessionOptions {
  readonly scenario: Scenario;
  readonly seed: number;
}

/** Every call fails once the session is closed or its thread has died. */
export interface Session {
  /** Virtual over wall time, above 0; as fast as may be where absent. Resolves when it has begun. */
  play(speed?: number): Promise<void>;
  /** From now on at another speed, or from when it is played again. */
  pace(speed: number): Promise<void>;
  /** Resolves when the run stands still; it then takes no CPU. */
  pause(): Promise<void>;
  /** Goes on by so much virtual time and resolves there, or where a pause or the end cut it short. */
  step(by: Duration): Promise<void>;
  /** How far it has come. */
  at(): Promise<Position>;
  /** Who takes part. */
  names(): Promise<readonly string[]>;
  /**
   * What a participant knows, within bounds; undefined where nobody has the name. Once the run has
   * ended there is nobody left to look at, but the names.
   */
  look(name: string): Promise<Glance | undefined>;
  /** What a dashboard draws, of all that happens from the first look on; what has changed since one. */
  picture(since: number): Promise<Change>;
  /**
   * Tells what happens from now on. The next batch comes when the listener is done with the one
   * before; a listener that throws is told nothing more, and the process is warned.
   */
  subscribe(listener: Listener): Promise<() => void>;
  /** How the run went, once it has come to its end. It does not get there by itself. */
  result(): Promise<RunResult>;
  /** Ends the thread, wherever the run is. Until then it keeps the process alive. */
  close(): Promise<void>;
}
export type Listener = (batch: ToldBatch) => void | Promise<void>;

/** Resolves when everyone has registered and begun, and the run stands at its beginning. */
export async function openSession({ scenario, seed }: SessionOptions): Promise<Session> {
  const worker = new Worker(workerFile(), { workerData: { scenario, seed } });
  const thread = Comlink.wrap<SessionThread>(nodeEndpoint(worker));
  const calls = new Calls();
  worker.on('error', (cause) => calls.end(new Error('the run failed', { cause })));
  worker.on('exit', () => calls.end(new Error('the thread of the run has ended')));

  const close = async (): Promise<void> => {
    calls.end(new Error('the session is closed'));
    await worker.terminate();
  };
  try {
    await calls.make(() => thread.begin());
  } catch (error) {
    await close();
    throw error;
  }

  return {
    play: (speed = Infinity) => calls.make(() => thread.play(speed)),
    pace: (speed) => calls.make(() => thread.pace(speed)),
    pause: () => calls.make(() => thread.pause()),
    step: (by) => calls.make(() => thread.step(by)),
    at: () => calls.make(() => thread.at()),
    names: () => calls.make(() => thread.names()),
    look: (name) => calls.make(() => thread.look(name)),
    picture: (since) => calls.make(() => thread.picture(since)),
    result: () => calls.make(() => thread.result()),
    close,
    async subscribe(listener) {
      let isOn = true;
      const deliver: Deliver = async (batch) => {
        if (!isOn) return;
        try {
          await listener(batch);
        } catch (error) {
          isOn = false;
          process.emitWarning(new Error('a listener of the run failed', { cause: error }));
          throw error;
        }
      };
      const number = await calls.make(() => thread.subscribe(Comlink.proxy(deliver)));
      return () => {
        if (!isOn) return;
        isOn = false;
        // Of a session that has ended there is nothing to unsubscribe from.
        calls.make(() => thread.unsubscribe(number)).catch(() => undefined);
      };
    },
  };
}

/** Calls to a thread: over the line alone, one in flight when its thread dies would never settle. */
class Calls {
  readonly #open = new Set<(error: Error) => void>();
  #ended: Error | undefined;

  make<T>(call: () => Promise<T>): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#open.add(reject);
    call().then(resolve, reject);
    return promise.finally(() => this.#open.delete(reject));
  }

  /** Those in flight and all later ones fail with the first error that this is called with. */
  end(error: Error): void {
    this.#ended ??= error;
    for (const reject of this.#open) reject(this.#ended);
    this.#open.clear();
  }
}

/** The sources run as they are in a checkout, and as JavaScript where they were built. */
const workerFile = (): URL =>
  new URL(`./session.worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
