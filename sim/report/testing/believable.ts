/**
 * Believable tables of a run that never took place: honest miners and validators, garbage, slow ones
 * that miss, lazy validators that lose their say. For tests and for looking at a report.
 */
import type { Manifest } from '../manifest.ts';
import type { BatchRow, EpochRow, FlagRow, NeuronRow, PenaltyRow } from '../../tables.ts';

export interface MemoryTables {
  readonly batches: readonly BatchRow[];
  readonly epochs: readonly EpochRow[];
  readonly neurons: readonly NeuronRow[];
  readonly penalties: readonly PenaltyRow[];
  readonly flags: readonly FlagRow[];
}

export const NO_ROWS: MemoryTables = {
  batches: [],
  epochs: [],
  neurons: [],
  penalties: [],
  flags: [],
};

export const MANIFEST: Manifest = {
  format: 'leadpoet.run/1',
  scenario: {
    name: 'baseline',
    text: 'format = "leadpoet.scenario/1"\nduration = "24h"\n[miners]\nhonest = 8\n',
  },
  seed: 7,
  digest: '0123456789abcdef'.repeat(4),
  events: 123_456,
  virtual_s: 86_400,
  wall_s: 4.2,
  version: '0.1.0',
  node: 'v24.21.0',
};

const EPOCH_S = 4_320;
const MINERS = ['honest', 'honest', 'honest', 'garbage', 'recycler', 'slow', 'selective'];
const VALIDATORS = ['honest', 'honest', 'honest', 'lazy', 'strict', 'colluding'];

export function believable(epochs: number): MemoryTables {
  const chance = numbers();
  const tables = {
    batches: [] as BatchRow[],
    epochs: [] as EpochRow[],
    neurons: [] as NeuronRow[],
    penalties: [] as PenaltyRow[],
    flags: [] as FlagRow[],
  };
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const batches = Array.from({ length: 10 }, (_, query) =>
      MINERS.map((strategy, miner) => batch({ epoch, query, strategy, miner }, chance)),
    ).flat();
    const approved = batches.filter(({ outcome }) => outcome === 'approved').length;
    tables.batches.push(...batches);
    tables.epochs.push({
      epoch,
      block: epoch * 360,
      at_s: epoch * EPOCH_S,
      queries: 10,
      answered: 10 - Number(chance() < 0.2),
      leads_delivered: 60 + Math.floor(chance() * 40),
      batches_approved: approved,
      batches_rejected: batches.length - approved,
      messages: 1_400 + Math.floor(chance() * 200),
      lost: Math.floor(chance() * 4),
    });
    tables.neurons.push(
      ...MINERS.map((strategy, at) => minerRow(epoch, strategy, at, chance)),
      ...VALIDATORS.map((strategy, at) => validatorRow(epoch, strategy, at, chance)),
    );
    if (epoch === 5) tables.flags.push(FLAGGED, { ...FLAGGED, ...RESTRICTED });
    if (chance() < 0.5) {
      tables.penalties.push({
        at_s: epoch * EPOCH_S - 7,
        validator: 'validator-4',
        strategy: 'lazy',
        why: 'approved a batch that failed the automated checks',
        points: -20,
      });
    }
  }
  return tables;
}

const FLAGGED: FlagRow = {
  at_s: 5 * EPOCH_S,
  block: 1_800,
  name: 'validator-6',
  role: 'validator',
  strategy: 'colluding',
  event: 'flagged',
  score: 0.91,
  until_block: 649_800,
  until_s: 5 * EPOCH_S + 90 * 86_400,
  why: 'its 9 scores of miner-4 lie 0.38 above what the others and the checks saw',
};
const RESTRICTED = {
  name: 'buyer-2',
  role: 'buyer',
  strategy: 'shill',
  event: 'restricted',
  score: 0.3,
  until_block: 217_800,
  until_s: 5 * EPOCH_S + 30 * 86_400,
  why: 'its own score is 0.30; 3 of its 4 ratings are for a ring',
} as const;

interface Place {
  readonly epoch: number;
  readonly query: number;
  readonly strategy: string;
  readonly miner: number;
}

const REASONS = ['duplicate_email', 'disposable_domain', 'domain_unresolved', 'bad_email'];

function batch({ epoch, query, strategy, miner }: Place, chance: () => number): BatchRow {
  const missed = chance() < (strategy === 'slow' ? 0.5 : 0.02);
  const good = strategy === 'garbage' ? 0.2 : strategy === 'recycler' ? 0.8 : 0.94;
  const score = missed ? null : Math.round(Math.min(1, good + chance() * 0.12) * 1e6) / 1e6;
  const isApproved = score !== null && score >= 0.9;
  const failed = isApproved ? Math.floor(chance() * 2) : 0;
  return {
    query: `q${epoch}-${query}`,
    attempt: 1,
    at_s: (epoch - 1) * EPOCH_S + query * 400 + 1,
    miner: `miner-${miner + 1}`,
    strategy,
    outcome: missed ? 'missed' : isApproved ? 'approved' : 'rejected',
    leads: missed ? 0 : 10,
    final_score: score,
    passed: isApproved ? 10 - failed : 0,
    failed,
    unknown: 0,
    reason: isApproved && failed === 0 ? '' : (REASONS[Math.floor(chance() * 4)] ?? ''),
    answered_s: missed ? null : (strategy === 'slow' ? 90 : 15) + Math.floor(chance() * 45),
    due_s: 140,
    reports: 5,
  };
}

function minerRow(epoch: number, strategy: string, at: number, chance: () => number): NeuronRow {
  const isPaid = strategy === 'honest' || strategy === 'selective' || strategy === 'slow';
  const incentive = isPaid ? 0.2 + (chance() - 0.5) * 0.05 : 0;
  return {
    epoch,
    at_s: epoch * EPOCH_S,
    name: `miner-${at + 1}`,
    role: 'miner',
    strategy,
    precision: null,
    consistency: null,
    reputation: null,
    accuracy: isPaid ? 0.95 : 0.1,
    dependability: isPaid ? 1.9 : 1.2,
    weight: isPaid ? 1.8 : 0,
    incentive,
    dividends: 0,
    emission: incentive * 147.6,
    chain_emission: incentive * 147.6,
    bad_scored: 0,
    bad_approved: 0,
  };
}

function validatorRow(
  epoch: number,
  strategy: string,
  at: number,
  chance: () => number,
): NeuronRow {
  const precision =
    strategy === 'honest'
      ? Math.min(100, 15 + epoch * 6)
      : Math.max(0, Math.min(60, 15 + epoch * 2) - (strategy === 'lazy' ? epoch * 2.5 : 0));
  const consistency = 1 + Math.min(1, epoch / 20) * 0.9;
  const reputation = precision * consistency;
  const dividends = reputation > 15 ? 0.15 + chance() * 0.02 : 0;
  return {
    epoch,
    at_s: epoch * EPOCH_S,
    name: `validator-${at + 1}`,
    role: 'validator',
    strategy,
    precision,
    consistency,
    reputation,
    accuracy: null,
    dependability: null,
    weight: null,
    incentive: 0,
    dividends,
    emission: dividends * 147.6,
    chain_emission: dividends * 147.6,
    bad_scored: 4,
    bad_approved: strategy === 'lazy' ? 4 : 0,
  };
}

/** The same numbers each time, 0 to 1. */
function numbers(): () => number {
  let state = 7;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
}
