/**
 * A hotkey that we have something to send to: what is on its way to it, the stream that it goes out
 * on, and the dialling for as long as there is none.
 *
 *     parcels, or a promise to stay in touch ──▶ dial ──▶ stream ──lost──▶ wait ──▶ dial …
 */
import { later, seconds, type Duration, type Hotkey, type Instant } from '../../protocols/units.ts';
import type { Cancel, Clock } from '../host.ts';
import { LONGEST_WAIT, waitAfter } from './back-off.ts';
import { FrameStream } from './frame-stream.ts';
import type { Greeting } from './frames.ts';
import type { Proof } from './greeting.ts';
import type { LineLimits } from './limits.ts';
import type { Road } from './node.ts';
import { Outbox, type Parcel } from './outbox.ts';
import type { Cut, Tallies } from './tally.ts';
import { Telling } from './telling.ts';

/** What an addressee needs of the line that it belongs to. */
export interface Sender {
  readonly clock: Clock;
  readonly tallies: Tallies;
  readonly limits: LineLimits;
  /** From 0 up to 1. */
  chance(): number;
  /** A way to the hotkey's peer; undefined where none is known now. */
  wayTo(hotkey: Hotkey): ((signal: AbortSignal) => Promise<Road>) | undefined;
  greeting(): Greeting;
  accept(greeting: Greeting, peerKey: Uint8Array, hotkey: Hotkey): Proof | string;
  finished(
    parcel: Parcel,
    how: 'has it' | 'nobody' | 'too large' | 'late',
    isInTouch: boolean,
  ): void;
  /** Nothing stands here any more, and nobody is waited for. */
  idle(addressee: Addressee): void;
}

/** How long a stream has to last for its end to be no failure. */
const WELL: Duration = seconds(10);

/** Refusals that no time changes by itself: each side's operator has to. */
const LASTING = new Set(['version', 'genesis', 'netuid', 'rules']);

export class Addressee {
  readonly hotkey: Hotkey;
  readonly outbox: Outbox = new Outbox();
  readonly #sender: Sender;
  #telling: Telling | undefined;
  #isDialling = false;
  #failures = 0;
  #welcomedAt: Instant | undefined;
  #retry: Cancel | undefined;
  #late: { readonly until: Instant; readonly cancel: Cancel } | undefined;
  #keptUntil: Instant | undefined;
  #isClosed = false;
  readonly #closing = new AbortController();

  constructor(sender: Sender, hotkey: Hotkey) {
    this.#sender = sender;
    this.hotkey = hotkey;
  }

  get isInTouch(): boolean {
    return this.#telling?.isWelcome === true;
  }

  /** Whether a stream is being opened just now. */
  get isTrying(): boolean {
    return this.#isDialling || (this.#telling !== undefined && !this.#telling.isWelcome);
  }

  /** False where there is no room. */
  add(parcel: Parcel): boolean {
    if (!this.outbox.add(parcel)) return false;
    this.#watchLate(parcel.until);
    this.#try();
    return true;
  }

  /** Stays in touch until an instant at least, for what the other has to say. */
  keep(until: Instant): void {
    if (this.#keptUntil === undefined || this.#keptUntil < until) this.#keptUntil = until;
    this.#try();
  }

  /** The other has come by itself, or begun to serve: no need to wait any longer. */
  comesBack(): void {
    this.#failures = 0;
    this.#retry?.();
    this.#retry = undefined;
    this.#try();
  }

  /** Ends its stream, where it has one; another is opened as after any loss. */
  cut(why: Cut): void {
    this.#telling?.cut(why);
  }

  close(): void {
    this.#isClosed = true;
    this.#closing.abort();
    this.#retry?.();
    this.#late?.cancel();
    this.#telling?.cut('closed');
  }

  /** Sends where there is a stream, and sees to it that there is one where there is none. */
  #try(): void {
    if (this.#isClosed || !this.#isWanted()) return;
    if (this.#telling !== undefined) return this.#telling.pump();
    if (this.#isDialling || this.#retry !== undefined) return;
    const open = this.#sender.wayTo(this.hotkey);
    // Who is not to be reached now may come by itself.
    if (open === undefined) return this.#wait(undefined);
    this.#isDialling = true;
    this.#sender.tallies.dials += 1;
    const { stallTime } = this.#sender.limits;
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(stallTime)]);
    // A throw within `open` is a failure to dial like any other.
    const opening = Promise.resolve().then(() => open(signal));
    opening.then(
      (road) => this.#onRoad(road),
      () => {
        this.#isDialling = false;
        this.#sender.tallies.failedDials += 1;
        this.#wait(undefined);
      },
    );
  }

  #onRoad({ stream, peerKey }: Road): void {
    this.#isDialling = false;
    if (this.#isClosed) return stream.abort(new Error('the line is closed'));
    const { clock, tallies, limits } = this.#sender;
    const { stallTime } = limits;
    const frames = new FrameStream({ stream, clock, tallies, stallTime });
    const greeting = this.#sender.greeting();
    const telling = new Telling(
      {
        clock,
        tallies,
        stallTime,
        outbox: this.outbox,
        accept: (answer) => this.#sender.accept(answer, peerKey, this.hotkey),
        welcomed: () => {
          this.#welcomedAt = clock.now();
        },
        finished: (parcel, how) => this.#sender.finished(parcel, how, true),
        closed: (wasWelcome, refusal) => this.#onLost(wasWelcome, refusal),
      },
      frames,
      greeting,
    );
    this.#telling = telling;
    // What it was opened on lapses; a new one has a new statement.
    const until = greeting.statement?.until;
    if (until !== undefined) telling.endAt(until);
  }

  #onLost(wasWelcome: boolean, refusal: string | undefined): void {
    this.#telling = undefined;
    if (refusal !== undefined) this.#sender.tallies.turnedAway.add(refusal);
    this.#sender.tallies.resent += this.outbox.rewind();
    // Where all was well for a while, the other is likely there again at once. Two nodes of one
    // hotkey would take each other's place for ever.
    const { clock } = this.#sender;
    const since = this.#welcomedAt ?? clock.now();
    if (wasWelcome && clock.now() >= later(since, WELL)) this.#failures = 0;
    this.#wait(refusal);
  }

  #wait(refusal: string | undefined): void {
    if (this.#isClosed) return;
    if (!this.#isWanted()) return this.#sender.idle(this);
    this.#failures += 1;
    const { clock } = this.#sender;
    const isLasting = refusal !== undefined && LASTING.has(refusal);
    const wait = isLasting ? LONGEST_WAIT : waitAfter(this.#failures, this.#sender.chance());
    this.#retry = clock.at(later(clock.now(), wait), () => {
      this.#retry = undefined;
      if (this.#isWanted()) this.#try();
      else this.#sender.idle(this);
    });
  }

  #isWanted(): boolean {
    const { clock } = this.#sender;
    const isKept = this.#keptUntil !== undefined && this.#keptUntil >= clock.now();
    return isKept || this.outbox.size > 0;
  }

  /** One timer for the soonest of all that stands here. */
  #watchLate(until: Instant): void {
    if (this.#late !== undefined && this.#late.until <= until) return;
    this.#late?.cancel();
    const { clock } = this.#sender;
    // The last instant still belongs to the time that it ends.
    const cancel = clock.at((until + 1) as Instant, () => {
      this.#late = undefined;
      for (const parcel of this.outbox.takeLate(clock.now())) {
        this.#sender.finished(parcel, 'late', this.isInTouch);
      }
      const soonest = this.outbox.soonest();
      if (soonest !== undefined) this.#watchLate(soonest);
      else if (this.#telling === undefined && !this.#isDialling && !this.#isWanted()) {
        this.#sender.idle(this);
      }
    });
    this.#late = { until, cancel };
  }
}
