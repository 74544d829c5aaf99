/**
 * What happened, as sentences: the latest few, each with its number, so that who reads seldom knows
 * how many went by unread.
 *
 * Alarms, answers of services and messages between machines are left to the counters.
 */
import { hotkeyOf, type Address, type Envelope, type Kind } from '../../protocols/messages.ts';
import type { Hotkey, Instant } from '../../protocols/units.ts';
import type { Happening, Outgoing } from '../host.ts';

export interface Line {
  /** From 1, without a gap. */
  readonly number: number;
  readonly at: Instant;
  readonly tone: 'plain' | 'good' | 'bad';
  readonly text: string;
}

/** A screen full. */
export const MOST_LINES = 60;

type NameOf = (hotkey: Hotkey) => string;
type Said = { [K in Kind]: { readonly is: K; readonly of: Envelope<K>['body'] } }[Kind];
type Telling = readonly [tone: Line['tone'], text: (nameOf: NameOf) => string];

export class Lines {
  readonly #isHere: (hotkey: Hotkey) => boolean;
  readonly #latest: { readonly number: number; readonly at: Instant; readonly told: Telling }[] =
    [];
  #count = 0;

  /** Of a message between two that are watched, it is told once. */
  constructor(isHere: (hotkey: Hotkey) => boolean) {
    this.#isHere = isHere;
  }

  /** Whether there was anything to tell. */
  see(happening: Happening): boolean {
    const told = this.#telling(happening);
    if (told === undefined) return false;
    this.add(happening.at, ...told);
    return true;
  }

  add(at: Instant, ...told: Telling): void {
    this.#latest.push({ number: ++this.#count, at, told });
    if (this.#latest.length > MOST_LINES) this.#latest.shift();
  }

  /** Made when somebody looks: most lines go by before. */
  latest(nameOf: NameOf): readonly Line[] {
    return this.#latest.map(({ number, at, told: [tone, text] }) => ({
      number,
      at,
      tone,
      text: text(nameOf),
    }));
  }

  #telling(happening: Happening): Telling | undefined {
    switch (happening.is) {
      case 'sent':
        // Who receives it here will tell.
        return this.#isHere(hotkeyOf(happening.envelope.to)) ? undefined : said(happening.envelope);
      case 'received':
        return said(happening.envelope);
      case 'asked':
        if (happening.ask.ask !== 'setWeights') return undefined;
        return weights(happening.actor, happening.ask.input.length);
      case 'noted':
        return noted(happening);
      case 'lost': {
        const { why, kind, to } = happening.loss;
        return [
          'bad',
          (nameOf) =>
            `a message${kind === undefined ? '' : ` (${kind})`}${to === undefined ? '' : ` to ${nameOf(hotkeyOf(to))}`} was lost: ${words(why)}`,
        ];
      }
      case 'crashed':
        return ['bad', (nameOf) => `${nameOf(hotkeyOf(happening.actor))} crashed and begins again`];
      case 'replied':
      case 'started':
      case 'stopped':
        return undefined;
    }
  }
}

const weights = (actor: Address, count: number): Telling => [
  'plain',
  (nameOf) => `${nameOf(hotkeyOf(actor))} sets the weights of ${count} miners`,
];

function said({ kind, from, to, body }: Envelope | Outgoing): Telling | undefined {
  const { is, of } = { is: kind, of: body } as unknown as Said;
  const [who, whom] = [hotkeyOf(from), hotkeyOf(to)];
  switch (is) {
    case 'query': {
      const { leads } = of.want;
      return ['plain', (nameOf) => `${nameOf(who)} asks ${nameOf(whom)} for ${leads} leads`];
    }
    case 'batch': {
      const { count } = of;
      return ['plain', (nameOf) => `${nameOf(who)} offers ${nameOf(whom)} ${count} leads`];
    }
    case 'report': {
      const { score, miner } = of;
      const found = score === undefined ? 'abstains on' : `gives ${percent(score)} to`;
      return ['plain', (nameOf) => `${nameOf(who)} ${found} the batch of ${nameOf(miner)}`];
    }
    case 'delivery': {
      const { leads, status } = of;
      const count = leads.length;
      if (status === 'none')
        return ['bad', (nameOf) => `${nameOf(who)} has nothing for ${nameOf(whom)}`];
      if (status === 'pooled') return undefined;
      return ['good', (nameOf) => `${nameOf(who)} delivers ${count} leads to ${nameOf(whom)}`];
    }
    case 'refusal': {
      const { reason } = of;
      return [
        'bad',
        (nameOf) => `${nameOf(who)} refuses a query of ${nameOf(whom)}: ${words(reason)}`,
      ];
    }
    case 'rating': {
      const { rating } = of;
      return ['plain', (nameOf) => `${nameOf(whom)} rates what it got with ${rating} of 10`];
    }
    case 'appeal':
      return ['plain', (nameOf) => `${nameOf(of.validator)} appeals against its flag`];
    case 'want':
    case 'feedback':
    case 'commit':
    case 'commits':
    case 'proposal':
    case 'countersign':
    case 'settlement':
    case 'missing':
    case 'vote':
      return undefined;
  }
}

function noted({ actor, note }: Happening & { is: 'noted' }): Telling | undefined {
  const who = hotkeyOf(actor);
  switch (note.note) {
    case 'batch_rejected': {
      const { miner, reasons } = note;
      const why = reasons
        .slice(0, 3)
        .map(([reason, count]) => `${words(reason)} ${count}`)
        .join(', ');
      return ['bad', (nameOf) => `${nameOf(who)} rejects the batch of ${nameOf(miner)}: ${why}`];
    }
    case 'step': {
      const { step } = note;
      if (step.is === 'settled') {
        return [
          'good',
          (nameOf) => `${nameOf(who)} settles a query, countersigned by ${step.countersigns}`,
        ];
      }
      if (step.is === 'unsettled') {
        return [
          'bad',
          (nameOf) => `${nameOf(who)} cannot settle a query: ${step.countersigns} countersigns`,
        ];
      }
      return undefined;
    }
    case 'refused': {
      const { kind, from, why } = note;
      return [
        'bad',
        (nameOf) =>
          `${nameOf(who)} does not act on a ${kind} of ${nameOf(hotkeyOf(from))}: ${words(why)}`,
      ];
    }
  }
}

const words = (name: string): string => name.replaceAll('_', ' ');
/** Rounded down, as scores are. */
const percent = (score: number): string => `${Math.floor(score / 10_000)} %`;
