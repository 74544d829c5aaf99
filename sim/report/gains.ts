/**
 * What each strategy gains over the seeds of a point of a sweep: its pay beside that of an honest
 * one of its role, by the rules and by the chain.
 *
 * A seed in which the honest earned nothing has nothing to compare with, and is left out.
 */
import type { Role } from '../../protocols/messages.ts';
import type { CellResult } from '../cell-record.ts';
import type { Scenario } from '../scenario.ts';
import type { Parameters } from '../sweep-file.ts';
import { bandOf, type Band } from './bands.ts';
import { Catches, type Catch } from './catches.ts';

/** A point of the grid, and what came of its cells. */
export interface PointGains {
  readonly parameters: Parameters;
  readonly cells: number;
  readonly violated: number;
  /** Of the queries that were asked. */
  readonly answered: Band | undefined;
  readonly delivered: Band | undefined;
  readonly gains: readonly Gain[];
  readonly catches: readonly Catch[];
}

export interface Gain {
  readonly role: Role;
  readonly strategy: string;
  /** How many took part, in each run. */
  readonly neurons: number;
  /** Of one, over a run, by the rules. */
  readonly tao: Band | undefined;
  readonly besideHonest: Band | undefined;
  readonly byTheChain: Band | undefined;
  /** Of its reports on batches that were rejected or failed, the share that approved. */
  readonly badApproved: Band | undefined;
}

/** The figures of one point, gathered a cell at a time: a number or two for each strategy of each. */
export class Gathering {
  readonly #parameters: Parameters;
  readonly #answered: number[] = [];
  readonly #delivered: number[] = [];
  readonly #strategies = new Map<string, Gathered>();
  readonly #catches = new Catches();
  #cells = 0;
  #violated = 0;

  constructor(parameters: Parameters) {
    this.#parameters = parameters;
  }

  add(result: CellResult, scenario: Scenario): void {
    const { summary, violation } = result;
    this.#catches.add(result, scenario);
    this.#cells++;
    if (violation !== null) this.#violated++;
    if (summary.queries > 0) this.#answered.push(summary.answered / summary.queries);
    this.#delivered.push(summary.leads_delivered);
    for (const own of summary.earnings) {
      const { role, strategy, neurons } = own;
      const name = `${role} ${strategy}`;
      const gathered = this.#strategies.get(name) ?? newGathered(role, strategy, neurons);
      this.#strategies.set(name, gathered);
      gathered.tao.push(own.mean_tao);
      if (own.beside_honest !== null) gathered.beside.push(own.beside_honest);
      if (own.chain_beside_honest !== null) gathered.chain.push(own.chain_beside_honest);
      if (own.bad_approved !== null) gathered.badApproved.push(own.bad_approved);
    }
  }

  /** Roles in the order of a run's own report; honest first, then by what one gains. */
  end(): PointGains {
    const gains = [...this.#strategies.values()].map(
      ({ role, strategy, neurons, tao, beside, chain, badApproved }): Gain => ({
        role,
        strategy,
        neurons,
        tao: bandOf(tao),
        besideHonest: bandOf(beside),
        byTheChain: bandOf(chain),
        badApproved: bandOf(badApproved),
      }),
    );
    const order = [...new Set(gains.map(({ role }) => role))];
    return {
      parameters: this.#parameters,
      cells: this.#cells,
      violated: this.#violated,
      answered: bandOf(this.#answered),
      delivered: bandOf(this.#delivered),
      catches: this.#catches.end(),
      gains: gains.toSorted(
        (a, b) =>
          order.indexOf(a.role) - order.indexOf(b.role) ||
          rank(a) - rank(b) ||
          (b.besideHonest?.mean ?? 0) - (a.besideHonest?.mean ?? 0),
      ),
    };
  }
}

interface Gathered {
  readonly role: Role;
  readonly strategy: string;
  readonly neurons: number;
  readonly tao: number[];
  readonly beside: number[];
  readonly chain: number[];
  readonly badApproved: number[];
}

const newGathered = (role: Role, strategy: string, neurons: number): Gathered => ({
  role,
  strategy,
  neurons,
  tao: [],
  beside: [],
  chain: [],
  badApproved: [],
});

const rank = ({ strategy }: Gain): number => (strategy === 'honest' ? 0 : 1);
