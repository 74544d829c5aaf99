/**
 * A run's tables folded into the figures that its report shows. Rows are read once and forgotten, so a
 * run of ninety days costs no more memory than one of a day.
 */
import type { Role } from '../../protocols/messages.ts';
import type { BatchRow, EpochRow, FlagRow, NeuronRow, PenaltyRow, Tables } from '../tables.ts';
import { binAt, binsOf, type Bin } from './bins.ts';
import { earningsOf, type Purse } from './earnings.ts';
import { CaughtList } from './caught.ts';
import type { Caught, Earnings } from './manifest.ts';

export interface Figures {
  readonly bins: readonly Bin[];
  readonly totals: Totals;
  /** By bin, in the bins' order. */
  readonly delivered: readonly number[];
  readonly rejected: readonly Rejected[];
  readonly miners: readonly Answers[];
  readonly standings: readonly Standing[];
  readonly earnings: readonly Earnings[];
  /** The first ones; `totals` counts them all. */
  readonly penalties: readonly PenaltyRow[];
  /** The first ones too. */
  readonly flags: readonly FlagRow[];
  readonly caught: readonly Caught[];
}

export interface Totals {
  epochs: number;
  queries: number;
  answered: number;
  leads_delivered: number;
  leads_rejected: number;
  batches: number;
  batches_approved: number;
  messages: number;
  lost: number;
  penalties: number;
  flagged: number;
  restricted: number;
}

/** Leads turned down in one bin for one reason. */
export interface Rejected {
  readonly bin: number;
  readonly reason: string;
  leads: number;
}

/** What became of the answers of one strategy's miners. */
export interface Answers {
  readonly strategy: string;
  asked: number;
  missed: number;
  approved: number;
  leads: number;
  /** Batches by F: `STEPS` equal steps from 0 to 1, and 1 in a step of its own. */
  readonly byScore: number[];
  /** Batches by the part of their time that they took, in the same steps; late ones come last. */
  readonly byTime: number[];
}

/** How one strategy stood in one bin: sums, with how many went into them. */
export interface Standing {
  readonly role: Role;
  readonly strategy: string;
  readonly bin: number;
  rows: number;
  emission: number;
  incentive: number;
  dividends: number;
  reputation: number;
  least: number;
  most: number;
  /** Rows that have a reputation. */
  reputed: number;
}

/** Steps from 0 to 1 in a distribution: narrow enough that 0.90 is an edge. */
export const STEPS = 20;
/** Strategies beyond these are shown as one: a plot with more can't be read. */
const MOST_STRATEGIES = 12;
/** Penalties listed one by one. */
const MOST_PENALTIES = 200;
/** Rows of flags that are gone through: three for each that is caught. */
const MOST_FLAGS = 3_000;

export async function figuresOf(tables: Tables, duration_s: number): Promise<Figures> {
  const totals: Totals = {
    epochs: 0,
    queries: 0,
    answered: 0,
    leads_delivered: 0,
    leads_rejected: 0,
    batches: 0,
    batches_approved: 0,
    messages: 0,
    lost: 0,
    penalties: 0,
    flagged: 0,
    restricted: 0,
  };
  const epochs: (readonly [at_s: number, leads: number])[] = [];
  for await (const row of tables.epochs) {
    addEpoch(totals, row);
    epochs.push([row.at_s, row.leads_delivered]);
  }
  const bins = binsOf(
    epochs.map(([at_s]) => at_s),
    duration_s,
  );
  const delivered = bins.map(() => 0);
  for (const [at_s, leads] of epochs) {
    const bin = binAt(bins, at_s);
    delivered[bin] = (delivered[bin] ?? 0) + leads;
  }

  const named = {
    miner: shortList(),
    validator: shortList(),
    pool: shortList(),
    buyer: shortList(),
  };
  const rejected = new Map<string, Rejected>();
  const miners = new Map<string, Answers>();
  for await (const row of tables.batches) {
    addBatch(totals, row);
    const strategy = named.miner(row.strategy);
    const answers = group(miners, [strategy], () => newAnswers(strategy));
    addAnswer(answers, row);
    const { leads, reason } = rejectedIn(row);
    if (leads === 0) continue;
    totals.leads_rejected += leads;
    const bin = binAt(bins, row.at_s);
    group(rejected, [reason, String(bin)], () => ({ bin, reason, leads: 0 })).leads += leads;
  }

  // Before what was paid, of which each flag has a part.
  const allFlags: FlagRow[] = [];
  for await (const row of tables.flags) {
    if (row.event === 'flagged') totals.flagged++;
    if (row.event === 'restricted') totals.restricted++;
    if (allFlags.length < MOST_FLAGS) allFlags.push(row);
  }
  const caught = new CaughtList(allFlags);

  const standings = new Map<string, Standing>();
  const purses = new Map<string, Purse>();
  for await (const row of tables.neurons) {
    const { role, name } = row;
    const strategy = named[role](row.strategy);
    const bin = binAt(bins, row.at_s);
    const key = [role, strategy, String(bin)];
    addStanding(
      group(standings, key, () => newStanding(role, strategy, bin)),
      row,
    );
    const purse = group(purses, [role, strategy, name], () => ({
      role,
      strategy,
      tao: 0,
      chain: 0,
      badScored: 0,
      badApproved: 0,
    }));
    purse.tao += row.emission;
    caught.pay(row);
    purse.chain += row.chain_emission;
    purse.badScored += row.bad_scored;
    purse.badApproved += row.bad_approved;
  }

  const penalties: PenaltyRow[] = [];
  for await (const row of tables.penalties) {
    totals.penalties++;
    if (penalties.length < MOST_PENALTIES) penalties.push(row);
  }
  return {
    bins,
    totals,
    delivered,
    rejected: [...rejected.values()],
    miners: [...miners.values()].toSorted((a, b) => byText(a.strategy, b.strategy)),
    standings: [...standings.values()].toSorted((a, b) => a.bin - b.bin),
    earnings: earningsOf([...purses.values()]),
    penalties,
    flags: allFlags.slice(0, MOST_PENALTIES),
    caught: caught.end(),
  };
}

function addEpoch(totals: Totals, row: EpochRow): void {
  totals.epochs++;
  totals.queries += row.queries;
  totals.answered += row.answered;
  totals.leads_delivered += row.leads_delivered;
  totals.messages += row.messages;
  totals.lost += row.lost;
}

function addBatch(totals: Totals, { outcome }: BatchRow): void {
  if (outcome !== 'missed') totals.batches++;
  if (outcome === 'approved') totals.batches_approved++;
}

/** Of an approved batch those leads that failed the checks, of any other all of them. */
function rejectedIn({ outcome, leads, failed, reason }: BatchRow): {
  readonly leads: number;
  readonly reason: string;
} {
  if (outcome === 'approved') return { leads: failed, reason: reason || 'failed a check' };
  return { leads: outcome === 'missed' ? 0 : leads, reason: reason || outcome };
}

function addAnswer(answers: Answers, row: BatchRow): void {
  answers.asked++;
  if (row.outcome === 'missed') answers.missed++;
  else answers.leads += row.leads;
  if (row.outcome === 'approved') answers.approved++;
  if (row.final_score !== null) raise(answers.byScore, row.final_score);
  if (row.answered_s !== null) raise(answers.byTime, row.answered_s / row.due_s);
}

/** A step holds its beginning and not its end, so what is just good enough is above the line. */
function raise(steps: number[], part: number): void {
  // To whole millionths first: 6.1 s of 122 s are a twentieth, and a float says a little less.
  const step = Math.floor((Math.round(part * 1_000_000) * STEPS) / 1_000_000);
  const at = Math.max(0, Math.min(STEPS, step));
  steps[at] = (steps[at] ?? 0) + 1;
}

function addStanding(standing: Standing, row: NeuronRow): void {
  standing.rows++;
  standing.emission += row.emission;
  standing.incentive += row.incentive;
  standing.dividends += row.dividends;
  if (row.reputation === null) return;
  standing.reputed++;
  standing.reputation += row.reputation;
  standing.least = Math.min(standing.least, row.reputation);
  standing.most = Math.max(standing.most, row.reputation);
}

const newAnswers = (strategy: string): Answers => ({
  strategy,
  asked: 0,
  missed: 0,
  approved: 0,
  leads: 0,
  byScore: Array.from({ length: STEPS + 1 }, () => 0),
  byTime: Array.from({ length: STEPS + 1 }, () => 0),
});

const newStanding = (role: Role, strategy: string, bin: number): Standing => ({
  role,
  strategy,
  bin,
  rows: 0,
  emission: 0,
  incentive: 0,
  dividends: 0,
  reputation: 0,
  least: Infinity,
  most: -Infinity,
  reputed: 0,
});

/** The member of a group that a key names, made where there is none yet. */
function group<T>(groups: Map<string, T>, key: readonly string[], make: () => T): T {
  const name = JSON.stringify(key);
  const found = groups.get(name);
  if (found !== undefined) return found;
  const made = make();
  groups.set(name, made);
  return made;
}

/** Gives names back as they are until there are too many; every later one is `other`. */
function shortList(): (name: string) => string {
  const names = new Set<string>();
  return (name) => {
    if (names.size < MOST_STRATEGIES) names.add(name);
    return names.has(name) ? name : 'other';
  };
}

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
