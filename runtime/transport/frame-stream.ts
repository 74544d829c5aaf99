/**
 * A libp2p stream as frames in and frames out.
 *
 * What is said within one turn of the loop leaves as one write: a write of its own for each ack would
 * cost more than the ack. What cannot leave at once waits for the stream to drain, up to a bound.
 */
import type { Stream, StreamMessageEvent } from '@libp2p/interface';
import { later, type Duration } from '../../protocols/units.ts';
import type { Cancel, Clock } from '../host.ts';
import { framed, FrameReader, FramingError } from './framing.ts';
import { MAX_TALK_BYTES } from './frames.ts';
import type { Cut, Tallies } from './tally.ts';

export interface FrameStreamOptions {
  readonly stream: Stream;
  readonly clock: Clock;
  readonly tallies: Tallies;
  readonly stallTime: Duration;
}

/** Whoever reads a stream. All of it may be changed as the stream goes from greeting to messages. */
export interface Reader {
  frame(bytes: Uint8Array): void;
  /** After each piece that came, with the claimed length of the frame that is begun. */
  read?(begun: number): void;
  drained?(): void;
  closed(): void;
}

/** Acks and the like that may wait for a peer that does not read: those of a full window of the smallest. */
const MAX_WAITING_BYTES = 262_144;
/** So much leaves at once, as one encrypted piece holds no more. */
const WRITE_BYTES = 65_536;

export class FrameStream {
  reader: Reader = { frame: () => undefined, closed: () => undefined };
  readonly #options: FrameStreamOptions;
  readonly #frames: FrameReader;
  #out: Uint8Array[] = [];
  #outBytes = 0;
  #isFlushing = false;
  #isClosed = false;
  #isPaused = false;
  /** Whole frames so far: tells a frame that gets on from one that stands still. */
  #count = 0;
  #unwatch: Cancel | undefined;

  constructor(options: FrameStreamOptions) {
    this.#options = options;
    const { stream } = options;
    this.#frames = new FrameReader(MAX_TALK_BYTES, (frame) => {
      this.#count += 1;
      this.reader.frame(frame);
    });
    stream.addEventListener('message', (event) => this.#onMessage(event));
    stream.addEventListener('drain', () => this.#onDrain());
    stream.addEventListener('remoteCloseWrite', () => this.cut('closed'));
    stream.addEventListener('close', () => this.#onClose());
    if (stream.status !== 'open') queueMicrotask(() => this.#onClose());
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether what is written now would only wait. */
  get isFull(): boolean {
    return this.#outBytes >= WRITE_BYTES || this.#options.stream.writableNeedsDrain;
  }

  /** The largest frame that may come. */
  set max(bytes: number) {
    this.#frames.max = bytes;
  }

  /** Writes one frame of these parts, soon. */
  write(...parts: readonly Uint8Array[]): void {
    if (this.#isClosed) return;
    const bytes = framed(...parts);
    this.#out.push(bytes);
    this.#outBytes += bytes.length;
    if (this.#outBytes >= WRITE_BYTES) return this.flush();
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => this.flush());
  }

  /** Writes at once what was to be written soon, as far as the stream takes it. */
  flush(): void {
    this.#isFlushing = false;
    if (this.#isClosed || this.#outBytes === 0) return;
    const { stream, tallies } = this.#options;
    if (stream.writableNeedsDrain) {
      if (this.#outBytes > MAX_WAITING_BYTES) this.cut('deaf');
      return;
    }
    const [first] = this.#out;
    const all = this.#out.length === 1 && first !== undefined ? first : Buffer.concat(this.#out);
    this.#out = [];
    this.#outBytes = 0;
    tallies.bytesOut += all.length;
    try {
      stream.send(all);
    } catch {
      // It has been closed, and says so by its event.
    }
  }

  /** Reads no further until resumed: what comes meanwhile fills the stream's window and no more. */
  pause(): void {
    if (this.#isClosed || this.#isPaused) return;
    this.#isPaused = true;
    this.#options.stream.pause();
  }

  resume(): void {
    if (this.#isClosed || !this.#isPaused) return;
    this.#isPaused = false;
    this.#options.stream.resume();
  }

  /** Ends the stream at once; what is not yet written is dropped. */
  cut(why: Cut): void {
    if (this.#isClosed) return;
    this.#options.tallies.cut.add(why);
    this.#end();
    this.#options.stream.abort(new Error(`the line was cut: ${why}`));
  }

  /** Writes what is to be written, then ends the stream. */
  finish(why: Cut): void {
    if (this.#isClosed) return;
    this.flush();
    this.#options.tallies.cut.add(why);
    this.#end();
    const { stream } = this.#options;
    // The other need not close its end, and a stream that is half open takes a place. What was
    // written before leaves before.
    const abort = (): void => stream.abort(new Error(`the line was ended: ${why}`));
    stream.close({ signal: AbortSignal.timeout(FINISH_MS) }).then(abort, abort);
  }

  #onMessage({ data }: StreamMessageEvent): void {
    if (this.#isClosed) return;
    this.#options.tallies.bytesIn += data.byteLength;
    try {
      for (const piece of data instanceof Uint8Array ? [data] : data) {
        this.#frames.push(piece);
        if (this.#isClosed) return;
      }
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      return this.cut(error.why);
    }
    this.reader.read?.(this.#frames.begun);
    this.#watch();
  }

  /** One timer while a frame is begun, looked at when it fires: frames come by the thousand. */
  #watch(): void {
    if (this.#unwatch !== undefined || !this.#frames.isWithin || this.#isClosed) return;
    const count = this.#count;
    const { clock, stallTime } = this.#options;
    this.#unwatch = clock.at(later(clock.now(), stallTime), () => {
      this.#unwatch = undefined;
      // Where we do not read, it is not the other that stands still.
      if (this.#count === count && this.#frames.isWithin && !this.#isPaused) this.cut('stalled');
      else this.#watch();
    });
  }

  #onDrain(): void {
    // The stream itself takes note of it within this event.
    queueMicrotask(() => {
      if (this.#isClosed) return;
      this.flush();
      if (!this.isFull) this.reader.drained?.();
    });
  }

  #onClose(): void {
    if (!this.#isClosed) this.#end();
  }

  #end(): void {
    this.#isClosed = true;
    this.#unwatch?.();
    this.#out = [];
    this.#outBytes = 0;
    this.reader.closed();
  }
}

/** What a last word may take to leave. */
const FINISH_MS = 1_000;
