/**
 * The stream on which we send one peer our messages, from our greeting to its end.
 *
 *     hello ──▶ welcome ──▶ messages, as far as the window goes ──▶ acks
 */
import type { Instant } from '../../protocols/units.ts';
import type { Cancel, Clock } from '../host.ts';
import { later, type Duration } from '../../protocols/units.ts';
import type { FrameStream } from './frame-stream.ts';
import { messageHead, readFrame, talk, type Frame, type Greeting } from './frames.ts';
import type { Proof } from './greeting.ts';
import { costOf, type Outbox, type Parcel } from './outbox.ts';
import type { Tallies } from './tally.ts';

/**
 * Frames that say nothing, on one stream: acks of what was late here by then, at most as many as
 * there may be parcels. Who says more is not answering but making us read.
 */
const MAX_IDLE_FRAMES = 1_024;

/** What a stream needs of whoever has something to say on it. */
export interface Teller {
  readonly clock: Clock;
  readonly tallies: Tallies;
  readonly stallTime: Duration;
  readonly outbox: Outbox;
  /** Whether the other proves to be whom we mean; a refusal where not. */
  accept(greeting: Greeting): Proof | string;
  welcomed(): void;
  /** A message stands nowhere any more: the other has it, or cannot deliver it. */
  finished(parcel: Parcel, how: 'has it' | 'nobody' | 'too large'): void;
  closed(wasWelcome: boolean, refusal: string | undefined): void;
}

export class Telling {
  readonly #teller: Teller;
  readonly #frames: FrameStream;
  #isWelcome = false;
  #refusal: string | undefined;
  #window = 0;
  /** The largest window that was granted: a message above it will never fit. */
  #mostWindow = 0;
  #idle = 0;
  readonly #unwatch: Cancel;
  readonly #lapse: Cancel[] = [];

  constructor(teller: Teller, frames: FrameStream, greeting: Greeting) {
    this.#teller = teller;
    this.#frames = frames;
    frames.reader = {
      frame: (bytes) => this.#onFrame(readFrame(bytes)),
      drained: () => this.pump(),
      closed: () => this.#onClosed(),
    };
    frames.write(talk({ is: 'hello', greeting }));
    const { clock, stallTime } = teller;
    this.#unwatch = clock.at(later(clock.now(), stallTime), () => frames.cut('stalled'));
  }

  get isWelcome(): boolean {
    return this.#isWelcome;
  }

  /** Sends what waits, as far as it goes. */
  pump(): void {
    const { outbox, tallies } = this.#teller;
    while (this.#isWelcome && !this.#frames.isClosed && !this.#frames.isFull) {
      const parcel = outbox.next();
      if (parcel === undefined) return;
      const cost = costOf(parcel.bytes.length);
      if (cost > this.#mostWindow) {
        outbox.take(parcel.name);
        this.#teller.finished(parcel, 'too large');
        continue;
      }
      if (outbox.underWay + cost > this.#window) return;
      outbox.send(parcel);
      tallies.sent += 1;
      this.#frames.write(messageHead(parcel.name), parcel.bytes);
    }
  }

  /** Nothing more is said on it after an instant, when what it was opened on no longer holds. */
  endAt(instant: Instant): void {
    this.#lapse.push(this.#teller.clock.at(instant, () => this.#frames.cut('lapsed')));
  }

  cut(why: Parameters<FrameStream['cut']>[0]): void {
    this.#frames.cut(why);
  }

  #onFrame(frame: Frame | undefined): void {
    if (!this.#isWelcome) return this.#onAnswer(frame);
    if (frame?.is === 'ack') return this.#onDone(frame.name, 'has it');
    if (frame?.is === 'drop') return this.#onDone(frame.name, 'nobody');
    if (frame?.is !== 'credit') return this.#frames.cut('bad_frame');
    this.#grant(frame.window);
    this.#countIdle();
    this.pump();
  }

  #onAnswer(frame: Frame | undefined): void {
    if (frame?.is === 'refused') {
      this.#refusal = frame.why;
      return this.#frames.finish('refused');
    }
    if (frame?.is !== 'welcome') return this.#frames.cut('bad_frame');
    const proof = this.#teller.accept(frame.greeting);
    if (typeof proof === 'string') {
      this.#refusal = proof;
      return this.#frames.cut('refused');
    }
    this.#unwatch();
    this.#isWelcome = true;
    this.#grant(frame.window);
    if (proof.until !== undefined) this.endAt(proof.until);
    this.#teller.welcomed();
    this.pump();
  }

  #grant(window: number): void {
    this.#window = window;
    this.#mostWindow = Math.max(this.#mostWindow, window);
  }

  #onDone(name: string, how: 'has it' | 'nobody'): void {
    const parcel = this.#teller.outbox.take(name);
    // It was late here while its ack was under way.
    if (parcel === undefined) return this.#countIdle();
    this.#teller.finished(parcel, how);
    this.pump();
  }

  #countIdle(): void {
    this.#idle += 1;
    if (this.#idle > MAX_IDLE_FRAMES) this.#frames.cut('bad_frame');
  }

  #onClosed(): void {
    this.#unwatch();
    for (const cancel of this.#lapse) cancel();
    this.#teller.closed(this.#isWelcome, this.#refusal);
  }
}
