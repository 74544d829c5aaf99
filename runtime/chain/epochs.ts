/**
 * The epochs of the mock chain, one after the other, worked out when somebody looks.
 *
 *     what stood at the end of the block before ──▶ epoch ──▶ pay, permits, bonds for the next
 *
 * An epoch that finds what the one before found comes to the same, so it is not computed again; and
 * of a row of such epochs all but the last are paid at once. So it costs nothing to let years pass.
 */
import type { Neuron } from '../../protocols/metagraph.ts';
import { subnetAt } from '../../protocols/rules/yuma/conditions.ts';
import type { Row16 } from '../../protocols/rules/yuma/matrix.ts';
import type { Block, Rao, Uid } from '../../protocols/units.ts';
import { epochOf, type EpochOutcome, type NeuronEpoch } from './epoch.ts';
import { epochStart, type SubnetRules } from './rules.ts';

/** What the epoch that began with a block came to. */
export interface ChainEpoch {
  readonly block: Block;
  /** By uid. */
  readonly rows: readonly NeuronEpoch[];
}

/** The subnet as an epoch finds it. Whenever weights change, the neurons are another list. */
export interface Standing {
  readonly neurons: readonly Neuron[];
  readonly weightsOf: (uid: Uid) => Row16;
}

/** Epochs that came to the same; `at` is the block of the last. */
export interface Turn {
  readonly at: Block;
  readonly times: bigint;
  readonly outcome: EpochOutcome;
}

/** Epochs are read in the order in which they come: more are held than a late reader lags behind. */
const MAX_RESULTS = 32;

export class Epochs {
  readonly #rules: SubnetRules;
  readonly #results: { readonly since: Block; readonly rows: readonly NeuronEpoch[] }[] = [];
  #last = 0 as Block;
  #next: Block;
  #bonds: readonly Row16[] = [];
  #known: Known | undefined;

  constructor(rules: SubnetRules) {
    this.#rules = rules;
    this.#next = epochAfter(rules, 0 as Block);
  }

  /** The next epoch that is due by a block, with those after it that come to the same. */
  turn(block: Block, standing: Standing): Turn | undefined {
    const now = this.#next;
    if (now > block) return undefined;

    const known = this.#known;
    const outcome = this.#outcome(now, standing);
    const times = outcome === known?.outcome ? this.#repeats(now, block, standing) : 1;
    const at = (now + (times - 1) * this.#length) as Block;
    this.#last = at;
    this.#next = (at + this.#length) as Block;
    this.#keep(now, outcome.rows);
    return { at, times: BigInt(times), outcome };
  }

  /** A slot has a new owner, who inherits nothing. */
  forget(uid: Uid): void {
    this.#bonds = this.#bonds.map((row, from) => (from === uid ? [] : row));
  }

  /** Of the last epoch as of a block; undefined before the first, and where it is long ago. */
  resultsAt(block: Block): ChainEpoch | undefined {
    const results = this.#results.findLast(({ since }) => since <= block);
    return results && { block: epochStart(this.#rules, block), rows: results.rows };
  }

  get #length(): number {
    return this.#rules.tempo + 1;
  }

  #outcome(now: Block, { neurons, weightsOf }: Standing): EpochOutcome {
    const { emissionPerBlock, activityCutoff, stakeThreshold } = this.#rules;
    const conditions = { now, lastEpoch: this.#last, activityCutoff, stakeThreshold };
    const found: Found = {
      neurons,
      bonds: this.#bonds,
      pot: (emissionPerBlock * BigInt(now - this.#last)) as Rao,
      times: timesOf(neurons, conditions),
    };
    if (this.#known !== undefined && isSame(this.#known.found, found)) return this.#known.outcome;

    const weighing = neurons.map((neuron) => ({
      ...neuron,
      weights: weightsOf(neuron.uid),
      bonds: this.#bonds[neuron.uid] ?? [],
    }));
    const outcome = epochOf(subnetAt(weighing, conditions), neurons, found.pot, this.#rules);
    // The very list where nothing moved, so that the next epoch sees at a glance that nothing did.
    if (!areSame(outcome.bonds, this.#bonds)) this.#bonds = outcome.bonds;
    this.#known = { found, outcome };
    return outcome;
  }

  /**
   * How many epochs from `now` on come to the same: until a validator falls asleep. The last that is
   * due comes by itself, because who looks one block before it is still to see what was.
   */
  #repeats(now: Block, block: Block, { neurons }: Standing): number {
    const ends = neurons
      .map(({ lastUpdate }) => lastUpdate + this.#rules.activityCutoff)
      .filter((end) => end >= now);
    const end = Math.min(block - this.#length, ...ends);
    return Math.max(1, Math.floor((end - now) / this.#length) + 1);
  }

  #keep(since: Block, rows: readonly NeuronEpoch[]): void {
    this.#results.push({ since, rows });
    if (this.#results.length > MAX_RESULTS) this.#results.shift();
  }
}

/** The first epoch after a block. */
export const epochAfter = (rules: SubnetRules, block: Block): Block =>
  epochStart(rules, (block + rules.tempo + 1) as Block);

/** All that an epoch's outcome depends on. */
interface Found {
  readonly neurons: readonly Neuron[];
  readonly bonds: readonly Row16[];
  readonly pot: Rao;
  /** What the passing of time alone changes. */
  readonly times: string;
}

interface Known {
  readonly found: Found;
  readonly outcome: EpochOutcome;
}

const isSame = (a: Found, b: Found): boolean =>
  a.neurons === b.neurons && a.bonds === b.bonds && a.pot === b.pot && a.times === b.times;

/** Who is active, and who was there before the last epoch: a letter a neuron. */
const timesOf = (
  neurons: readonly Neuron[],
  conditions: {
    readonly now: Block;
    readonly lastEpoch: Block;
    readonly activityCutoff: number;
  },
): string => {
  const { now, lastEpoch, activityCutoff } = conditions;
  return neurons
    .map(({ lastUpdate, registeredAt }) => {
      const isActive = lastUpdate + activityCutoff >= now;
      const isSettled = registeredAt < lastEpoch;
      return isActive ? (isSettled ? 'a' : 'b') : isSettled ? 'c' : 'd';
    })
    .join('');
};

const areSame = (a: readonly Row16[], b: readonly Row16[]): boolean =>
  a.length === b.length && a.every((row, from) => isSameRow(row, b[from] ?? []));

const isSameRow = (a: Row16, b: Row16): boolean =>
  a.length === b.length && a.every(([to, value], at) => b[at]?.[0] === to && b[at][1] === value);
