/**
 * What a run leaves behind: five tables, filled while it runs.
 *
 *     run ──add──▶ at most `CHUNK` rows of each table ──▶ sinks (Parquet, CSV)
 *
 * A table's rows go to its sinks in the order in which they came, so memory stays flat however long
 * the run. The unit ends a column's name where it is not plain from the rules: `_s` are virtual
 * seconds since the run began. Scores, shares and standings are decimals, points are points.
 */
import type { RoadStep, Role } from '../protocols/messages.ts';
import { invariant } from '../protocols/units.ts';

/** What became of one drawn miner's answer to one attempt. */
export interface BatchRow {
  readonly query: string;
  /** 1 to 3. */
  readonly attempt: number;
  /** When the attempt was asked. */
  readonly at_s: number;
  readonly miner: string;
  readonly strategy: string;
  readonly outcome: RoadStep['outcome'];
  readonly leads: number;
  /** F, 0 to 1; null where nobody with a say scored. */
  readonly final_score: number | null;
  /** Of the automated checks, in leads. */
  readonly passed: number;
  readonly failed: number;
  readonly unknown: number;
  /** The most frequent one; empty where there is none. */
  readonly reason: string;
  /** From the asking to the batch; null for a miss. */
  readonly answered_s: number | null;
  /** From the asking to the last instant at which a batch is in time. */
  readonly due_s: number;
  /** How many validators reported. */
  readonly reports: number;
}

/**
 * What happened in one epoch: counts of that epoch alone. `at_s` and `block` are its end; the last row
 * ends with the run.
 */
export interface EpochRow {
  readonly epoch: number;
  readonly block: number;
  readonly at_s: number;
  readonly queries: number;
  readonly answered: number;
  readonly leads_delivered: number;
  readonly batches_approved: number;
  readonly batches_rejected: number;
  readonly messages: number;
  readonly lost: number;
}

/** One participant's standing and pay at the end of an epoch; null where its role has no such thing. */
export interface NeuronRow {
  readonly epoch: number;
  readonly at_s: number;
  readonly name: string;
  readonly role: Role;
  readonly strategy: string;
  /** P_v, 0 to 100. */
  readonly precision: number | null;
  /** C_v, 1 to 2. */
  readonly consistency: number | null;
  /** R_v, 0 to 200. */
  readonly reputation: number | null;
  /** A_m, 0 to 1. */
  readonly accuracy: number | null;
  /** D_m, 1 to 2. */
  readonly dependability: number | null;
  /** W_m, 0 to 2. */
  readonly weight: number | null;
  /** Share of all miners' pay in the epoch, 0 to 1. */
  readonly incentive: number;
  /** Share of all validators' pay in the epoch, 0 to 1. */
  readonly dividends: number;
  /** What the rules pay for the epoch: V_v by R_v, M_m by W_m. TAO. */
  readonly emission: number;
  /** What the chain pays for it, by stake, bonds and incentive. TAO. */
  readonly chain_emission: number;
  /** Of the epoch, a validator's reports on batches that were rejected, or approved and failed. */
  readonly bad_scored: number;
  /** Those of them that approved. */
  readonly bad_approved: number;
}

/** Points that a validator lost at once. */
export interface PenaltyRow {
  readonly at_s: number;
  readonly validator: string;
  readonly strategy: string;
  readonly why: string;
  /** Below 0. */
  readonly points: number;
}

/**
 * A flag or a restriction for collusion; a second row where an appeal has lifted it, or when a pool
 * first refused the buyer and told it until when.
 */
export interface FlagRow {
  /** When it is of effect from. */
  readonly at_s: number;
  readonly block: number;
  readonly name: string;
  readonly role: Role;
  readonly strategy: string;
  readonly event: 'flagged' | 'restricted' | 'lifted' | 'refused';
  /** V_c, or a buyer's own score; 0 to 1. */
  readonly score: number;
  /** The last block and second of its effect, if it is not lifted. */
  readonly until_block: number;
  readonly until_s: number;
  readonly why: string;
}

export interface Rows {
  readonly batches: BatchRow;
  readonly epochs: EpochRow;
  readonly neurons: NeuronRow;
  readonly penalties: PenaltyRow;
  readonly flags: FlagRow;
}
export type Table = keyof Rows;

/** All rows of a run, to be read through once: from memory, or from its files. */
export type Tables = { readonly [T in Table]: Iterable<Rows[T]> | AsyncIterable<Rows[T]> };

/** What a column holds; with `?` it may also be null. */
export type Kind = 'text' | 'whole' | 'decimal' | 'text?' | 'whole?' | 'decimal?';

type KindOf<Value> = Value extends string
  ? 'text'
  : null extends Value
    ? 'whole?' | 'decimal?'
    : 'whole' | 'decimal';

/** Every table's columns in the order of its files. */
export const COLUMNS: {
  readonly [T in Table]: { readonly [Name in keyof Rows[T]]: KindOf<Rows[T][Name]> };
} = {
  batches: {
    query: 'text',
    attempt: 'whole',
    at_s: 'decimal',
    miner: 'text',
    strategy: 'text',
    outcome: 'text',
    leads: 'whole',
    final_score: 'decimal?',
    passed: 'whole',
    failed: 'whole',
    unknown: 'whole',
    reason: 'text',
    answered_s: 'decimal?',
    due_s: 'decimal',
    reports: 'whole',
  },
  epochs: {
    epoch: 'whole',
    block: 'whole',
    at_s: 'decimal',
    queries: 'whole',
    answered: 'whole',
    leads_delivered: 'whole',
    batches_approved: 'whole',
    batches_rejected: 'whole',
    messages: 'whole',
    lost: 'whole',
  },
  neurons: {
    epoch: 'whole',
    at_s: 'decimal',
    name: 'text',
    role: 'text',
    strategy: 'text',
    precision: 'decimal?',
    consistency: 'decimal?',
    reputation: 'decimal?',
    accuracy: 'decimal?',
    dependability: 'decimal?',
    weight: 'decimal?',
    incentive: 'decimal',
    dividends: 'decimal',
    emission: 'decimal',
    chain_emission: 'decimal',
    bad_scored: 'whole',
    bad_approved: 'whole',
  },
  penalties: {
    at_s: 'decimal',
    validator: 'text',
    strategy: 'text',
    why: 'text',
    points: 'decimal',
  },
  flags: {
    at_s: 'decimal',
    block: 'whole',
    name: 'text',
    role: 'text',
    strategy: 'text',
    event: 'text',
    score: 'decimal',
    until_block: 'whole',
    until_s: 'decimal',
    why: 'text',
  },
};

export const TABLES: readonly Table[] = ['batches', 'epochs', 'neurons', 'penalties', 'flags'];

/** A table's columns, for those who treat all tables alike. */
export const columnsOf = (table: Table): readonly (readonly [string, Kind])[] =>
  Object.entries<Kind>(COLUMNS[table]);

/** Where the rows of one table go. */
export interface Sink {
  /** Is called with a few thousand rows at a time. */
  write(rows: readonly Row[]): void;
  /** Nothing is written afterwards. */
  close(): void;
}
export type Row = Rows[Table];

/** Rows of a table that wait for their sinks: some 3 MB, and a row group worth compressing. */
export const CHUNK = 16_384;

export class Collector {
  readonly #sinks: Readonly<Record<Table, readonly Sink[]>>;
  readonly #waiting: Record<Table, Row[]> = {
    batches: [],
    epochs: [],
    neurons: [],
    penalties: [],
    flags: [],
  };
  #isClosed = false;

  constructor(sinks: Readonly<Record<Table, readonly Sink[]>>) {
    this.#sinks = sinks;
  }

  add<T extends Table>(table: T, row: Rows[T]): void {
    invariant(!this.#isClosed, 'a closed collector gets no rows');
    const waiting = this.#waiting[table];
    waiting.push(row);
    if (waiting.length >= CHUNK) this.#flush(table);
  }

  /** Writes what waits and closes every sink. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const table of TABLES) {
      this.#flush(table);
      for (const sink of this.#sinks[table]) sink.close();
    }
  }

  #flush(table: Table): void {
    const rows = this.#waiting[table];
    if (rows.length === 0) return;
    this.#waiting[table] = [];
    for (const sink of this.#sinks[table]) sink.write(rows);
  }
}
