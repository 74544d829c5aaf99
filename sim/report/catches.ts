/**
 * Who was caught over the runs of a point of a sweep: how many of each strategy, how soon, what for an
 * honest one is a wrong flag and how often that is in a year, and what the caught were paid meanwhile.
 */
import type { CellResult } from '../cell-record.ts';
import type { Scenario } from '../scenario.ts';
import type { Caught } from './manifest.ts';

/** Of one strategy, over all runs of a point. */
export interface Catch {
  readonly role: 'validator' | 'buyer';
  readonly strategy: string;
  /** How many took part, in each run. */
  readonly each: number;
  readonly runs: number;
  /** Of all that took part in all runs, those that were flagged or restricted at least once. */
  readonly caught: number;
  readonly runsWithAny: number;
  readonly runsWithAll: number;
  /** In the runs where it came to that, when the first of them was caught, and when all had been. */
  readonly first: Times | undefined;
  readonly all: Times | undefined;
  /** Flags or restrictions that began, in a year of one participant. */
  readonly perYear: Rate;
  readonly lifted: number;
  /** Of all restrictions, those that were told to the buyer with their end, as it asked. */
  readonly told: number;
  /** By the rules, of all of them; TAO. */
  readonly during_tao: number;
  readonly after_tao: number;
}

/** In seconds since a run began. */
export interface Times {
  readonly median: number;
  readonly latest: number;
}

export interface Rate {
  readonly count: number;
  readonly years: number;
  /** The upper end of the 95 % band of what may be expected of as many years. */
  readonly most: number;
}

const YEAR_S = 365.25 * 86_400;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Gathered = Mutable<Omit<Catch, 'first' | 'all' | 'perYear'>> & {
  first: number[];
  all: number[];
  count: number;
  seconds: number;
};

/** A cell at a time. */
export class Catches {
  readonly #strategies = new Map<string, Gathered>();

  add({ summary, virtual_s }: CellResult, { validators, buyers }: Scenario): void {
    for (const [role, counts] of [
      ['validator', validators],
      ['buyer', buyers],
    ] as const) {
      for (const [strategy, each] of Object.entries(counts)) {
        if (each === 0) continue;
        const own = summary.caught.filter((one) => one.role === role && one.strategy === strategy);
        addRun(this.#of(role, strategy, each), own, virtual_s);
      }
    }
  }

  #of(role: Catch['role'], strategy: string, each: number): Gathered {
    const name = `${role} ${strategy}`;
    const known = this.#strategies.get(name) ?? newGathered(role, strategy, each);
    this.#strategies.set(name, known);
    return known;
  }

  /** Validators first, honest ones before others. */
  end(): readonly Catch[] {
    const rank = ({ role, strategy }: Catch): number =>
      (role === 'validator' ? 0 : 2) + (strategy === 'honest' ? 0 : 1);
    return [...this.#strategies.values()]
      .map(({ first, all, count, seconds, ...own }): Catch => ({
        ...own,
        first: timesOf(first),
        all: timesOf(all),
        perYear: rateOf(count, seconds / YEAR_S),
      }))
      .toSorted((a, b) => rank(a) - rank(b));
  }
}

function addRun(into: Gathered, own: readonly Caught[], virtual_s: number): void {
  const firsts = new Map<string, number>();
  for (const { name, at_s } of own) {
    firsts.set(name, Math.min(at_s, firsts.get(name) ?? Infinity));
  }
  const times = [...firsts.values()];
  into.runs++;
  into.seconds += virtual_s * into.each;
  into.caught += firsts.size;
  into.count += own.length;
  if (times.length > 0) {
    into.runsWithAny++;
    into.first.push(Math.min(...times));
  }
  if (times.length === into.each) {
    into.runsWithAll++;
    into.all.push(Math.max(...times));
  }
  for (const { lifted, told_s, during_tao, after_tao } of own) {
    if (lifted) into.lifted++;
    if (told_s !== null) into.told++;
    into.during_tao += during_tao ?? 0;
    into.after_tao += after_tao ?? 0;
  }
}

const newGathered = (role: Catch['role'], strategy: string, each: number): Gathered => ({
  role,
  strategy,
  each,
  runs: 0,
  caught: 0,
  runsWithAny: 0,
  runsWithAll: 0,
  lifted: 0,
  told: 0,
  during_tao: 0,
  after_tao: 0,
  first: [],
  all: [],
  count: 0,
  seconds: 0,
});

/** The lower of two in the middle. */
function timesOf(times: readonly number[]): Times | undefined {
  const sorted = times.toSorted((a, b) => a - b);
  const [median, latest] = [sorted[(sorted.length - 1) >> 1], sorted.at(-1)];
  return median === undefined || latest === undefined ? undefined : { median, latest };
}

/**
 * Rare things come by a Poisson distribution; the upper end of its 95 % band is within a hundredth
 * (n + 1)(1 − 1/(9(n + 1)) + 1.96/(3 √(n + 1)))³: Byar's, in Breslow and Day, Statistical Methods in
 * Cancer Research II (1987), 2.13.
 */
export function rateOf(count: number, years: number): Rate {
  const next = count + 1;
  const most = next * (1 - 1 / (9 * next) + NORMAL / (3 * Math.sqrt(next))) ** 3;
  return { count, years, most: years > 0 ? most / years : Infinity };
}
const NORMAL = 1.959_964;
