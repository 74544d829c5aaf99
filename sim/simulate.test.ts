import { describe, expect, it } from 'vitest';
import { hours, minutes, seconds, type Duration, type Fraction } from '../protocols/units.ts';
import { change, scenario, type Scenario } from './scenario.ts';
import { simulate } from './simulate.ts';
import { Collector, type NeuronRow, type Row, type Table } from './tables.ts';

describe('a run', () => {
  it('is the same from the same seed, whoever was created first, and another from another', async () => {
    const [first, again, shuffled, other] = [
      await simulate({ scenario: SMALL, seed: 1 }),
      await simulate({ scenario: SMALL, seed: 1 }),
      await simulate({ scenario: SMALL, seed: 1, shuffled: true }),
      await simulate({ scenario: SMALL, seed: 2 }),
    ];
    expect(first.events).toBeGreaterThan(500);
    expect(again.digest).toBe(first.digest);
    expect(shuffled.digest).toBe(first.digest);
    expect(other.digest).not.toBe(first.digest);
  });

  it('is the same on any number of threads, which look at its leads', async () => {
    const { looked: none, ...inLine } = await simulate({ scenario: SMALL, seed: 1 });
    expect(none).toEqual({ batches: 0, lots: 0 });
    for (const workers of [1, 2]) {
      const { looked, ...run } = await simulate({ scenario: SMALL, seed: 1, workers });
      expect(run).toEqual(inLine);
      expect(looked.batches).toBeGreaterThan(30);
      expect(looked.lots).toBeGreaterThan(0);
    }
    const beside = await simulate({ scenario: SMALL, seed: 1, isFoundBeside: true });
    expect(beside).toEqual({ ...inLine, looked: none });
  });

  it('is the same whether or not it is recorded', async () => {
    const { collector } = recorded();
    const [bare, watched] = [
      await simulate({ scenario: SMALL, seed: 3 }),
      await simulate({ scenario: SMALL, seed: 3, collector }),
    ];
    expect(watched.digest).toBe(bare.digest);
  });

  it('answers its people, and records what became of every batch', async () => {
    const { collector, rows } = recorded();
    const run = await simulate({ scenario: SMALL, seed: 4, collector });
    collector.close();
    expect(run).toMatchObject({ virtual: SMALL.duration });
    expect(run).not.toHaveProperty('violation');
    expect(run.answered).toBeGreaterThan(run.queries / 2);
    const outcomes = new Set(rows.batches.map((row) => 'outcome' in row && row.outcome));
    expect(outcomes).toContain('approved');
    expect(rows.epochs.length).toBeGreaterThan(1);
    expect(rows.neurons.some((row) => 'emission' in row && row.emission > 0)).toBe(true);
  });

  it('is the same, and answers, where reports are sealed and where a pool leaks them', async () => {
    for (const sealed of [true, false]) {
      const one = change(LEAKY, { demand: { ...LEAKY.demand, sealed } });
      const first = await simulate({ scenario: one, seed: 6 });
      expect(first).not.toHaveProperty('violation');
      expect(first.answered).toBeGreaterThan(first.queries / 2);
      const shuffled = await simulate({ scenario: one, seed: 6, shuffled: true });
      expect(shuffled.digest).toBe(first.digest);
    }
  });

  it('asks the same pools whoever of them registered first', async () => {
    const first = await simulate({ scenario: CHOOSY, seed: 6 });
    const shuffled = await simulate({ scenario: CHOOSY, seed: 6, shuffled: true });
    expect(shuffled.digest).toBe(first.digest);
  });

  it('records how often each validator approved a bad batch', async () => {
    const { collector, rows } = recorded();
    await simulate({ scenario: SMALL, seed: 4, collector });
    collector.close();
    const of = (strategy: string) => {
      const own = (rows.neurons as NeuronRow[]).filter((row) => row.strategy === strategy);
      const sum = (name: 'bad_scored' | 'bad_approved'): number =>
        own.reduce((all, row) => all + row[name], 0);
      return { scored: sum('bad_scored'), approved: sum('bad_approved') };
    };
    expect(of('lazy').scored).toBeGreaterThan(5);
    expect(of('lazy').approved).toBe(of('lazy').scored);
    expect(of('honest').approved).toBeLessThan(of('honest').scored / 4);
    expect(of('garbage')).toEqual({ scored: 0, approved: 0 });
  });

  it('holds its checkers while faults rage, and answers again when they have stopped', async () => {
    const run = await simulate({ scenario: FAULTY, seed: 5 });
    expect(run).not.toHaveProperty('violation');
    expect(run.counts.lost.get('lost_on_the_line')).toBeGreaterThan(0);
    expect(run.answered).toBeGreaterThan(0);
  });
});

const SMALL: Scenario = scenario({
  name: 'small',
  duration: hours(1),
  miners: { honest: 6, garbage: 2 },
  validators: { honest: 4, lazy: 1 },
  buyers: { honest: 2, shill: 1 },
  demand: { queriesPerDay: 144, leads: 10 },
  network: { loss: 1_000 as Fraction },
  chain: { tempo: 99 },
});

const LEAKY: Scenario = change(SMALL, {
  miners: { honest: 3, erratic: 3, garbage: 2 },
  validators: { honest: 4, copying: 2 },
  pools: { leaking: 1 },
});

/** Nobody's pool may depend on which of several registered first. */
const CHOOSY: Scenario = change(SMALL, { pools: { honest: 3 } });

const FAULTY: Scenario = change(SMALL, {
  duration: hours(2),
  network: {
    loss: 20_000 as Fraction,
    repetition: 10_000 as Fraction,
    reordering: 50_000 as Fraction,
  },
  faults: [
    fault({ fault: 'partition', share: 300_000 as Fraction, oneSided: true }),
    fault({ fault: 'crash', role: 'any', share: 200_000 as Fraction }),
    fault({ fault: 'outage', service: 'audit', share: 400_000 as Fraction }),
  ],
});

function fault<F>(what: F): F & { readonly at: Duration; readonly for: Duration } {
  return { ...what, at: minutes(10), for: (minutes(20) + seconds(3)) as Duration };
}

function recorded(): { collector: Collector; rows: Record<Table, Row[]> } {
  const rows: Record<Table, Row[]> = {
    batches: [],
    epochs: [],
    neurons: [],
    penalties: [],
    flags: [],
  };
  const into = (table: Table) => [
    { write: (more: readonly Row[]) => void rows[table].push(...more), close: () => undefined },
  ];
  const collector = new Collector({
    batches: into('batches'),
    epochs: into('epochs'),
    neurons: into('neurons'),
    penalties: into('penalties'),
    flags: into('flags'),
  });
  return { collector, rows };
}
