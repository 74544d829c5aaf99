/**
 * What strangers send is read one piece at a time, and after each as long goes by for everybody else
 * as three such pieces take. To encrypt a connection, to open a stream and to refuse a greeting cost
 * some ms each, and strangers come for nothing: thirty that send at once would be read in one turn of
 * the event loop, several turns in a row, and who is known would wait for all of that.
 *
 *     piece ──▶ read, and read no further ──▶ in line ──▶ read on
 *
 * The pace goes by what pieces cost: on a quiet machine a node that comes back hears a hundred peers
 * in a second, and on a busy one strangers wait first.
 */
import type { MultiaddrConnection } from '@libp2p/interface';

/** What is read of others meanwhile, to one of strangers. */
const OTHERS = 3;
/** A piece never counts as more, in ms: a machine that was asleep must not shut the door. */
const LONGEST_MS = 50;

type Paused = Pick<MultiaddrConnection, 'pause' | 'resume' | 'status' | 'addEventListener'>;

export class Turnstile {
  /** All that are read so, and whether each waits in line. */
  readonly #strangers = new Map<Paused, boolean>();
  readonly #line: Paused[] = [];
  /** Those that it listens to already: who is known may be a stranger again. */
  readonly #heard = new WeakSet<Paused>();
  #freeAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** From now on it is read as a stranger's. */
  hold(connection: Paused): void {
    if (connection.status !== 'open' || this.#strangers.has(connection)) return;
    this.#strangers.set(connection, false);
    if (this.#heard.has(connection)) return;
    this.#heard.add(connection);
    connection.addEventListener('message', () => this.#onPiece(connection));
    connection.addEventListener('close', () => this.#forget(connection));
  }

  /** It has said who it is: it is read as any other. */
  release(connection: Paused): void {
    const isWaiting = this.#strangers.get(connection) === true;
    this.#forget(connection);
    if (isWaiting) this.#resume(connection);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#line.length = 0;
    this.#strangers.clear();
  }

  #onPiece(connection: Paused): void {
    if (!this.#strangers.has(connection)) return;
    const began = performance.now();
    connection.pause();
    this.#strangers.set(connection, true);
    this.#line.push(connection);
    // By then all is done that the piece set off, and what else came in the same turn of the loop.
    setImmediate(() => {
      const now = performance.now();
      this.#freeAt = now + OTHERS * Math.min(now - began, LONGEST_MS);
      this.#next();
    });
  }

  #next(): void {
    if (this.#timer !== undefined || this.#line.length === 0) return;
    const wait = this.#freeAt - performance.now();
    if (wait > 0) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#next();
      }, wait);
      return;
    }
    const connection = this.#line.shift();
    if (connection === undefined) return;
    this.#strangers.set(connection, false);
    this.#resume(connection);
    // Where it has sent something that comes within this time, and says what it cost.
    this.#freeAt = performance.now() + 1;
    this.#next();
  }

  #resume(connection: Paused): void {
    if (connection.status === 'open') connection.resume();
  }

  #forget(connection: Paused): void {
    this.#strangers.delete(connection);
    const at = this.#line.indexOf(connection);
    if (at >= 0) this.#line.splice(at, 1);
  }
}
