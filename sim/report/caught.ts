/**
 * Who was caught, and what came of it: each flag and restriction of a run with when it ended, whether
 * the buyer was told, and what the validator was paid meanwhile and afterwards.
 *
 *     flagged or restricted ─────────────▶ until, or lifted by an appeal
 *        at_s │ epochs paid: during_tao        │ epochs paid: after_tao
 */
import type { FlagRow, NeuronRow } from '../tables.ts';
import type { Caught } from './manifest.ts';

/** More say no more: a network has some hundred validators, and a flag lasts 90 days. */
const MOST_CAUGHT = 1_000;
/** An epoch is told of within its first block. In seconds. */
const HALF_A_BLOCK = 6;

type Changing = { -readonly [K in keyof Caught]: Caught[K] };

/** The first flags and restrictions of a run; rows of what was paid are added as they come. */
export class CaughtList {
  readonly #all: Changing[] = [];
  /** The flags of each validator. */
  readonly #flags = new Map<string, Changing[]>();

  constructor(flags: readonly FlagRow[]) {
    for (const row of flags) {
      if (row.event === 'flagged' || row.event === 'restricted') this.#begin(row, row.event);
      else this.#change(row);
    }
  }

  #begin({ name, role, strategy, at_s, until_s, score }: FlagRow, event: Caught['event']): void {
    if (this.#all.length >= MOST_CAUGHT) return;
    const isFlag = event === 'flagged';
    const paid = isFlag ? 0 : null;
    const one: Changing = {
      name,
      role,
      strategy,
      event,
      score,
      at_s,
      ends_s: until_s,
      lifted: false,
      told_s: null,
      during_tao: paid,
      after_tao: paid,
    };
    this.#all.push(one);
    if (isFlag) this.#flags.set(name, [...(this.#flags.get(name) ?? []), one]);
  }

  /** A lifted flag has its own row with when it began, as has the first refusal of a restriction. */
  #change({ name, at_s, event }: FlagRow): void {
    const own = this.#all.findLast((one) => one.name === name && one.at_s <= at_s);
    if (own === undefined) return;
    if (event === 'lifted') Object.assign(own, { lifted: true, ends_s: at_s });
    else own.told_s ??= at_s;
  }

  /** What a validator was paid in an epoch. */
  pay({ name, at_s, emission }: NeuronRow): void {
    for (const one of this.#flags.get(name) ?? []) {
      if (at_s <= one.at_s + HALF_A_BLOCK) continue;
      if (at_s <= one.ends_s + HALF_A_BLOCK)
        one.during_tao = toRao((one.during_tao ?? 0) + emission);
      else one.after_tao = toRao((one.after_tao ?? 0) + emission);
    }
  }

  end(): readonly Caught[] {
    return this.#all;
  }
}

/** Nine places: no figure is finer than a rao. */
const toRao = (tao: number): number => Math.round(tao * 1e9) / 1e9;
