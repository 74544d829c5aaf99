/**
 * Is it them, or us? Where a host did not answer, hosts that are always there are asked, after it and
 * not before: an answer from before would say nothing of a way out that was cut in between.
 *
 *     silent ─┐
 *     silent ─┼─▶ one question for all that wait for its beginning ──▶ theirs, or ours
 *     silent ─┘
 */
import { later, seconds, type Duration, type Instant } from '../../protocols/units.ts';
import type { Clock } from '../host.ts';
import type { Controls } from './looking.ts';
import { inTime } from './in-time.ts';

/** Names, or the way to websites. */
export type Way = keyof Controls;

/** One that takes longer has not answered: it is at a host that is always there. */
const CONTROL_TIME: Duration = seconds(5);
/** From one question to the next: a batch of bad leads must not make us a nuisance to good hosts. */
const CONTROL_REST: Duration = 200 as Duration;

export class WayOut {
  readonly #clock: Clock;
  readonly #ways: Readonly<Record<Way, OneWay>>;

  constructor(controls: Controls, clock: Clock) {
    this.#clock = clock;
    this.#ways = {
      names: new OneWay(() => controls.names(), clock),
      web: new OneWay(() => controls.web(), clock),
    };
  }

  /** By a question that begins now or later. Rejects when the signal aborts. */
  async isOpen(way: Way, signal: AbortSignal): Promise<boolean> {
    // The question is everyone's: one who leaves does not break it off.
    const answer = await inTime(this.#clock, LONGEST_WAIT, signal, () => this.#ways[way].ask());
    return answer === true;
  }

  /** Whether the last thing heard of any of them was that it does not work. */
  isKnownShut(): boolean {
    return this.#ways.names.isKnownShut || this.#ways.web.isKnownShut;
  }
}

/** For the question before this one, a rest, and this one. */
const LONGEST_WAIT: Duration = (2 * CONTROL_TIME + CONTROL_REST) as Duration;

class OneWay {
  isKnownShut = false;
  readonly #question: () => Promise<boolean>;
  readonly #clock: Clock;
  #running: Promise<boolean> = Promise.resolve(true);
  #next: Promise<boolean> | undefined;
  #restedAt: Instant;

  constructor(question: () => Promise<boolean>, clock: Clock) {
    this.#question = question;
    this.#clock = clock;
    this.#restedAt = clock.now();
  }

  ask(): Promise<boolean> {
    return (this.#next ??= this.#begin());
  }

  async #begin(): Promise<boolean> {
    await this.#running;
    const rest = this.#restedAt - this.#clock.now();
    if (rest > 0) await new Promise<void>((done) => void this.#clock.at(this.#restedAt, done));
    // Whoever asks from now on waits for one that begins after.
    this.#next = undefined;
    this.#restedAt = later(this.#clock.now(), CONTROL_REST);
    this.#running = this.#answer();
    return this.#running;
  }

  async #answer(): Promise<boolean> {
    const never = new AbortController().signal;
    const answer = await inTime(this.#clock, CONTROL_TIME, never, this.#question).catch(
      () => false,
    );
    this.isKnownShut = answer !== true;
    return answer === true;
  }
}
