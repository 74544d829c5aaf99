import { describe, expect, it } from 'vitest';
import { pool } from '../../actors/pool.ts';
import {
  arrivalOf,
  batchBy,
  drawnFor,
  envelope,
  leadsOf,
  play,
  queryOn,
  reportBy,
  stageOf,
} from '../../actors/testing/stage.ts';
import { addressOf, type Address } from '../../protocols/messages.ts';
import { later, percent, seconds, type Hotkey } from '../../protocols/units.ts';
import { scenario, type Scenario } from '../scenario.ts';
import { newLeak } from './leak.ts';
import { leakingPool } from './leaking-pool.ts';
import { smallSubnet } from './testing/small-subnet.ts';

describe('a leaking pool', () => {
  it('lets a copying validator say of a batch what the others say, without a look', async () => {
    const { scores, audits } = await scoresIn(withPool('leaking'), false);
    expect(audits).toBe(0);
    expect(scores.get('garbage')?.copying).toBe(middle(scores.get('garbage')?.honest));
    expect(scores.get('garbage')?.copying).toBeLessThan(percent(60));
  });

  it('has nothing to pass on where the query asks for sealed reports', async () => {
    const { scores, audits, settled } = await scoresIn(withPool('leaking'), true);
    expect(audits).toBe(0);
    // What it says of a miner that it has not heard of, to the next lead of ten.
    expect(scores.get('garbage')?.copying).toBeGreaterThanOrEqual(percent(90));
    expect(scores.get('garbage')?.honest.every((score) => score < percent(60))).toBe(true);
    expect(settled).toBe(1);
  });

  it('passes on nothing that it refuses itself', () => {
    const stage = stageOf({});
    const [key] = stage.pools as [Hotkey];
    const leak = newLeak(new Set([key]));
    const actor = leakingPool(leak)(pool);
    const [self, query] = [addressOf('pool', key), queryOn(stage)];
    const { miners, panel } = drawnFor(stage, query);
    const batch = batchBy(miners[0] as Hotkey, query, leadsOf('a', 10));
    const report = reportBy(panel[0] as Hotkey, batch);
    const from = addressOf('validator', report.validator);
    const heard = (sender: Address) => [
      {
        at: arrivalOf(query),
        envelope: envelope('query', addressOf('buyer', query.buyer), self, query),
      },
      {
        at: later(arrivalOf(query), seconds(20)),
        envelope: envelope('report', sender, self, report),
      },
    ];
    const end = later(arrivalOf(query), seconds(30));
    play(stage, actor, { self, heard: heard(addressOf('miner', report.miner)), end });
    expect(leak.scoresOf(report)).toEqual([]);
    play(stage, actor, { self, heard: heard(from), end });
    expect(leak.scoresOf(report)).toEqual([percent(100)]);
  });

  it('settles as an honest one does: the same cases, sealed or not', async () => {
    for (const sealed of [false, true]) {
      const [honest, leaking] = await Promise.all(
        (['honest', 'leaking'] as const).map(async (kind) => {
          const { scores, settled } = await scoresIn(withPool(kind, { copying: 0 }), sealed);
          return { scores, settled };
        }),
      );
      expect(leaking).toEqual(honest);
      expect(honest?.settled).toBe(1);
    }
  });
});

const middle = (scores: readonly number[] = []): number | undefined =>
  scores.toSorted((a, b) => a - b)[Math.ceil(scores.length / 2) - 1];

const withPool = (kind: 'honest' | 'leaking', { copying = 1 } = {}): Scenario =>
  scenario({
    miners: { honest: 1, garbage: 1 },
    validators: { honest: 3, copying },
    buyers: { honest: 1 },
    pools: { [kind]: 1 },
  });

/** What validators of each kind say of each miner, how often the copying one looks, and what is settled. */
async function scoresIn(parts: Scenario, sealed: boolean) {
  const { subnet, ask } = await smallSubnet(parts);
  let audits = 0;
  let settled = 0;
  subnet.observer.listen((happening) => {
    if (happening.is === 'noted' && happening.note.note === 'step') {
      if (happening.note.step.is === 'settled') settled++;
    }
    if (happening.is !== 'asked' || happening.ask.ask !== 'audit') return;
    if (subnet.nameOf(happening.actor.slice('validator/'.length) as never).includes('copying')) {
      audits++;
    }
  });
  const { attempts } = await ask({ leads: 50, ...(sealed && { sealed }) });
  const scores = new Map(
    (attempts[0]?.road ?? []).map(({ miner, reports }) => {
      const by = (kind: string): number[] =>
        reports.flatMap(({ validator, score }) =>
          score !== undefined && subnet.nameOf(validator).includes(kind) ? [score] : [],
        );
      const kind = subnet.nameOf(miner).split('-')[1] ?? '';
      return [
        kind,
        { honest: by('honest').toSorted((a, b) => a - b), copying: by('copying')[0] },
      ] as const;
    }),
  );
  return { scores, audits, settled };
}
