/**
 * What happens in a run, told to somebody who may be slower than the run.
 *
 *     happening ──▶ small record ──▶ queue (bounded) ──▶ one batch at a time ──▶ listener
 *
 * The run never waits for a listener: of a full queue the oldest are dropped, and the next batch says
 * how many. Records hold names and a few numbers, never a lead.
 *
 * What was sent or asked is not told by itself: it is received, lost or replied to in the end.
 */
import type { Happening } from '../runtime/host.ts';
import { Mailbox } from '../runtime/mailbox.ts';
import { hotkeyOf, type Address } from '../protocols/messages.ts';
import type { Duration, Hotkey, Instant } from '../protocols/units.ts';

export interface Told {
  readonly is: Exclude<Happening['is'], 'sent' | 'asked'>;
  /** Since the run began. */
  readonly at: Duration;
  /** Whom it happened to; the hotkey of one who has no name here; empty where nobody is known. */
  readonly to: string;
  /** Of messages. */
  readonly from?: string;
  /** The message's kind, the service that replied, or what was noted. */
  readonly kind?: string;
  /** The outcome or the reason. */
  readonly why?: string;
  /** What the message says in numbers: how many leads, which score. */
  readonly numbers?: Readonly<Record<string, number>>;
}

export interface ToldBatch {
  readonly told: readonly Told[];
  /** How many were dropped since the batch before: the listener was too slow for them. */
  readonly dropped: number;
}

/** Some seconds of a run at full speed, 2 MB. */
export const MOST_WAITING = 10_000;
/** A message to another thread costs as much as some hundred records. */
export const MOST_IN_BATCH = 1_000;

/** Where names and times come from. */
export interface Frame {
  readonly began: Instant;
  readonly nameOf: (hotkey: Hotkey) => string;
}

/** One listener's queue. A listener that fails once is told nothing more. */
export class Telling {
  readonly #waiting = new Mailbox<Told>(MOST_WAITING);
  readonly #deliver: (batch: ToldBatch) => Promise<void>;
  #dropped = 0;
  #isTelling = false;
  #isOver = false;

  constructor(deliver: (batch: ToldBatch) => Promise<void>) {
    this.#deliver = deliver;
  }

  add(told: Told): void {
    if (this.#isOver || this.#waiting.offer(told)) return;
    this.#waiting.take();
    this.#dropped++;
    this.#waiting.offer(told);
  }

  /** Tells what waits, unless the batch before is still being listened to. */
  flush(): void {
    if (!this.#isTelling) void this.#tell();
  }

  stop(): void {
    this.#isOver = true;
  }

  async #tell(): Promise<void> {
    this.#isTelling = true;
    try {
      // One after the other is the point: the next batch grows while this one is listened to.
      // oxlint-disable-next-line no-await-in-loop
      while (this.#waiting.length > 0 && !this.#isOver) await this.#deliver(this.#take());
    } catch {
      this.stop();
    }
    this.#isTelling = false;
  }

  #take(): ToldBatch {
    const told: Told[] = [];
    while (told.length < MOST_IN_BATCH) {
      const one = this.#waiting.take();
      if (one === undefined) break;
      told.push(one);
    }
    const dropped = this.#dropped;
    this.#dropped = 0;
    return { told, dropped };
  }
}

/** Undefined for what is not told by itself. */
export function toldOf(happening: Happening, { began, nameOf }: Frame): Told | undefined {
  const name = (address: Address): string => nameOf(hotkeyOf(address));
  const at = (happening.at - began) as Duration;
  switch (happening.is) {
    case 'sent':
    case 'asked':
      return undefined;
    case 'received': {
      const { kind, from, to, body } = happening.envelope;
      const numbers = numbersIn(body);
      return { is: happening.is, at, to: name(to), from: name(from), kind, numbers };
    }
    case 'replied': {
      const { service, outcome } = happening.reply;
      const why = outcome.ok ? 'ok' : outcome.fault;
      return { is: happening.is, at, to: name(happening.actor), kind: service, why };
    }
    case 'noted': {
      const { note } = happening;
      const why = whyNoted(note);
      return { is: happening.is, at, to: name(happening.actor), kind: note.note, ...why };
    }
    case 'lost': {
      const { why, kind, from, to } = happening.loss;
      return {
        is: happening.is,
        at,
        to: to === undefined ? '' : name(to),
        ...(from === undefined ? {} : { from: name(from) }),
        ...(kind === undefined ? {} : { kind }),
        why,
      };
    }
    case 'crashed':
      return { is: happening.is, at, to: name(happening.actor), numbers: numbersIn(happening) };
    case 'started':
    case 'stopped':
      return { is: happening.is, at, to: name(happening.actor) };
  }
}

function whyNoted(note: (Happening & { is: 'noted' })['note']): { readonly why?: string } {
  switch (note.note) {
    case 'refused':
      return { why: note.why };
    case 'step':
      return { why: note.step.is };
    case 'batch_rejected': {
      const [first] = note.reasons.toSorted(([, a], [, b]) => b - a);
      return first === undefined ? {} : { why: first[0] };
    }
  }
}

/** What is worth a look, by the names that the messages give it. */
const NUMBERS = ['attempt', 'count', 'sampled', 'valid', 'score', 'rating', 'number', 'times'];

function numbersIn(body: object): Readonly<Record<string, number>> {
  const fields = body as Readonly<Record<string, unknown>>;
  const numbers: Record<string, number> = {};
  for (const name of NUMBERS) {
    const value = fields[name];
    if (typeof value === 'number') numbers[name] = value;
  }
  // A delivery's are a list, a batch's are bytes and counted by `count`.
  if (Array.isArray(fields['leads'])) numbers['leads'] = fields['leads'].length;
  return numbers;
}
