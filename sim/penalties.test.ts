import { describe, expect, it } from 'vitest';
import { NOTHING_FOUND } from '../actors/testing/stage.ts';
import type { CollusionEvents } from '../protocols/rules/collusion/events.ts';
import type { Finding, ValidatorFinding } from '../protocols/rules/collusion/finding.ts';
import type { Owner } from '../protocols/rules/penalty-events.ts';
import type { Penalties } from '../protocols/rules/penalties.ts';
import { hours, minutes, type Duration, type Fraction, type Hotkey } from '../protocols/units.ts';
import { mockKey } from '../runtime/notary.ts';
import { change, scenario, type Scenario } from './scenario.ts';
import { CaughtList } from './report/caught.ts';
import { Run, simulate } from './simulate.ts';
import { Collector, type FlagRow, type NeuronRow, type Row } from './tables.ts';

describe('a run in which a ring is found', () => {
  it('pays it nothing, refuses its buyer, and tells of both', async () => {
    const { collector, neurons, flags } = recorded();
    const run = await simulate({ scenario: SMALL, seed: SEED, collector, evaluate: guilty });
    collector.close();
    expect(run).not.toHaveProperty('violation');

    const [flag, restriction] = [named(flags, RINGED), named(flags, SHILL)];
    expect(flag).toMatchObject({ event: 'flagged', score: 0.9, role: 'validator' });
    expect(restriction).toMatchObject({ event: 'restricted', score: 0.3, role: 'buyer' });
    expect([flag, restriction].map((row) => (row?.until_block ?? 0) - (row?.block ?? 0))).toEqual([
      648_000, 216_000,
    ]);
    const since = flag?.at_s ?? Infinity;
    const after = neurons.filter(({ name, at_s }) => name === RINGED && at_s > since + 700);
    expect(after.length).toBeGreaterThan(3);
    expect(new Set(after.map(({ emission, reputation }) => emission + (reputation ?? 1)))).toEqual(
      new Set([0]),
    );
    expect(run.counts.refused.get('query restricted')).toBeGreaterThan(3);

    // Once: the first pool that refused it told it until when.
    const refused = flags.filter(({ event }) => event === 'refused');
    expect(refused).toMatchObject([{ name: SHILL, until_block: restriction?.until_block }]);
    const caught = new CaughtList(flags);
    for (const row of neurons) caught.pay(row);
    expect(caught.end()).toMatchObject([
      { name: RINGED, event: 'flagged', during_tao: 0, after_tao: 0, lifted: false },
      { name: SHILL, event: 'restricted', told_s: refused[0]?.at_s },
    ]);
  });

  it('comes to the same penalties everywhere, whatever is lost and whoever went away', async () => {
    for (const [seed, mode] of [
      [1, 'immediate'],
      [2, 'confirm'],
    ] as const) {
      const faulty = change(SMALL, {
        pools: { honest: 2 },
        network: { loss: 20_000 as Fraction },
        collusion: { mode },
        faults: [
          {
            fault: 'crash',
            at: hours(2),
            for: minutes(15),
            role: 'any',
            share: 300_000 as Fraction,
          },
        ],
      });
      const penalties = await penaltiesAtEnd(faulty, seed);
      expect(penalties.length).toBe(7);
      expect(new Set(penalties.map(sameFor)).size).toBe(1);
      expect(penalties[0]?.validators.size).toBeGreaterThan(0);
    }
  });

  it('hears the ring’s appeal, and the votes on it', async () => {
    const [penalties] = await penaltiesAtEnd(SMALL, SEED);
    const owner = ownerOf(RINGED, SEED);
    const [flag] = penalties?.validators.get(owner)?.penalties ?? [];
    const votes = [...(flag?.appeal?.votes.values() ?? [])];
    expect(votes.map(({ lifts }) => lifts)).toEqual([false, false, false, false]);
  });

  it('hears an honest one’s appeal, on which the ring has no vote', async () => {
    const accused = 'validator-honest-1';
    const accuse = (events: CollusionEvents): Finding => accusing(accused, events);
    const [penalties] = await penaltiesAtEnd(SMALL, SEED, accuse);
    const [flag] = penalties?.validators.get(ownerOf(accused, SEED))?.penalties ?? [];
    const voters = [...(flag?.appeal?.votes.keys() ?? [])].toSorted();
    const others = [2, 3, 4].map((number) => ownerOf(`validator-honest-${number}`, SEED));
    expect(voters).toEqual(others.toSorted());
  });

  it('hears other votes of those who have come to another view', async () => {
    for (const [views, lifts] of [
      [[900_000, 240_000, 500_000], false],
      [[900_000, 900_000, 240_000], true],
    ] as const) {
      let looked = 0;
      const doubting = (events: CollusionEvents): Finding => {
        const { validators, ...found } = guilty(events);
        // A view lasts for six epochs, of which the first one flags.
        const score = views[Math.min(2, Math.ceil(looked / 6))] as Fraction;
        if (validators.length > 0) looked++;
        return { ...found, validators: validators.map((one) => ({ ...one, score })) };
      };
      const [penalties] = await penaltiesAtEnd(SMALL, SEED, doubting);
      const [flag] = penalties?.validators.get(ownerOf(RINGED, SEED))?.penalties ?? [];
      const votes = [...(flag?.appeal?.votes.values() ?? [])];
      expect(votes.map((vote) => vote.lifts)).toEqual([lifts, lifts, lifts, lifts]);
    }
  });

  it('goes on as before where nobody looks', async () => {
    const off = change(SMALL, { collusion: { enabled: false } });
    let asked = 0;
    const evaluate = (): Finding => {
      asked++;
      return NOTHING_FOUND;
    };
    const run = await simulate({ scenario: off, seed: SEED, evaluate });
    expect([asked, run.counts.replied.get('collusion ok')]).toEqual([0, undefined]);
  });

  it('is evaluated once an epoch and not once a node', async () => {
    const windows: number[] = [];
    const evaluate = ({ scores }: CollusionEvents): Finding => {
      windows.push(scores.length);
      return NOTHING_FOUND;
    };
    const { counts } = await simulate({ scenario: SMALL, seed: SEED, evaluate });
    expect(counts.replied.get('collusion ok')).toBe(6 * windows.length);
  });
});

const SEED = 7;
const SMALL: Scenario = scenario({
  duration: (hours(4) + minutes(30)) as Duration,
  miners: { honest: 4, garbage: 1 },
  validators: { honest: 4, colluding: 1 },
  buyers: { honest: 1, shill: 1 },
  demand: { queriesPerDay: 240, leads: 5 },
  chain: { tempo: 49 },
});
const RINGED = 'validator-colluding-1';
const SHILL = 'buyer-shill-1';

const hotkeyOf = (name: string, seed: number): Hotkey => mockKey(`sim/${seed}/${name}`).hotkey;
const ownerOf = (name: string, seed: number): Owner =>
  mockKey(`sim/${seed}/${name}/cold`).hotkey as string as Owner;

/** Finds the ring as soon as there is something of it. */
const guilty = (events: CollusionEvents): Finding => accusing(RINGED, events);

function accusing(accused: string, events: CollusionEvents): Finding {
  const [one, other] =
    [1, 2, SEED]
      .map((seed) => [hotkeyOf(accused, seed), hotkeyOf(SHILL, seed)])
      .find(([validator]) => events.scores.some((score) => score.validator === validator)) ?? [];
  if (one === undefined || other === undefined) return NOTHING_FOUND;
  const validator: ValidatorFinding = {
    validator: one,
    score: 900_000 as Fraction,
    components: { favour: 900_000 as Fraction, copy: 0 as Fraction },
    evidence: [
      {
        channel: 'favour',
        with: [],
        miners: [],
        buyers: [other],
        batches: [],
        why: 'it serves a ring',
      },
    ],
  };
  const buyer = {
    buyer: other,
    score: 300_000 as Fraction,
    ratings: 4,
    forRings: 4,
    restricted: events.feedback.some((rated) => rated.buyer === other),
  };
  return { ...NOTHING_FOUND, validators: [validator], buyers: [buyer] };
}

async function penaltiesAtEnd(
  of: Scenario,
  seed: number,
  evaluate: (events: CollusionEvents) => Finding = guilty,
): Promise<Penalties[]> {
  const run = new Run({ scenario: of, seed, evaluate });
  try {
    await run.start();
    await run.advance((of.duration - 1) as Duration);
    return run.subnet.nodes.flatMap(({ plan, hotkey }) => {
      const at = plan.role === 'pool' ? run.subnet.poolAt(hotkey) : run.subnet.validatorAt(hotkey);
      return at?.state === undefined ? [] : [at.state.ledger.penalties];
    });
  } finally {
    await run.close();
  }
}

/** What anyone can see of them, in an order of its own. */
const sameFor = ({ validators, buyers }: Penalties): string =>
  JSON.stringify(
    [validators, buyers].map((histories) =>
      [...histories]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([owner, { watches, suspicions, penalties }]) => [
          owner,
          watches,
          suspicions,
          penalties.map(({ at, until, from, score, appeal }) => [
            at,
            until,
            from,
            score,
            appeal?.at,
          ]),
        ]),
    ),
  );

function recorded() {
  const neurons: NeuronRow[] = [];
  const flags: FlagRow[] = [];
  const into = (rows: Row[]) => [
    { write: (more: readonly Row[]) => void rows.push(...more), close: () => undefined },
  ];
  const collector = new Collector({
    batches: [],
    epochs: [],
    penalties: [],
    neurons: into(neurons),
    flags: into(flags),
  });
  return { collector, neurons, flags };
}

const named = (rows: readonly FlagRow[], of: string): FlagRow | undefined =>
  rows.find(({ name }) => name === of);
