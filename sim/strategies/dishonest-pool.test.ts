import { describe, expect, it } from 'vitest';
import { standingThrough } from '../../protocols/ledger.ts';
import { scenario, type Scenario } from '../scenario.ts';
import { smallSubnet } from './testing/small-subnet.ts';

describe('a dishonest pool', () => {
  it('delivers its favourite’s leads and has its rivals miss, and the panel signs it', async () => {
    const { road, counts, dependable } = await roadIn(withPool('dishonest'));
    expect(road).toEqual([
      ['miner-honest-1', 'approved'],
      ['miner-honest-2', 'missed'],
      ['miner-honest-3', 'missed'],
    ]);
    expect(counts.refused.get('proposal mismatch')).toBeUndefined();
    expect(dependable).toEqual([2_000_000, 1_000_000, 1_000_000]);
  });

  it('is honest where its favourite is not drawn', async () => {
    // Two of a hundred would rarely be drawn: here there is none to favour, for none can pass.
    const parts = { miners: { garbage: 2 }, validators: { honest: 3 }, buyers: { honest: 1 } };
    const roads = await Promise.all(
      (['honest', 'dishonest'] as const).map(async (kind) => {
        const { road } = await roadIn(scenario({ ...parts, pools: { [kind]: 1 } }));
        return road.map(([, outcome]) => outcome);
      }),
    );
    expect(roads[0]).not.toContain('missed');
    expect(roads[1]).toEqual(roads[0]);
  });
});

const withPool = (kind: 'honest' | 'dishonest'): Scenario =>
  scenario({
    miners: { honest: 3 },
    validators: { honest: 3 },
    buyers: { honest: 1 },
    pools: { [kind]: 1 },
  });

async function roadIn(parts: Scenario) {
  const { subnet, ask, chain } = await smallSubnet(parts);
  const { attempts } = await ask({ leads: 20 });
  const road = (attempts[0]?.road ?? []).map(
    ({ miner, outcome }) => [subnet.nameOf(miner), outcome] as const,
  );
  const watcher = subnet.validatorAt(subnet.hotkeyOf('validator-honest-1'))?.state;
  const standing = watcher && standingThrough(watcher.ledger, chain.view.latest.head.number);
  return {
    road: road.toSorted(([a], [b]) => (a < b ? -1 : 1)),
    counts: subnet.observer.counts(),
    dependable: [1, 2, 3].map((index) => {
      const hotkey = subnet.nodes.find(({ plan }) => plan.name === `miner-honest-${index}`)?.hotkey;
      return hotkey && standing?.miners.get(hotkey)?.dependability;
    }),
  };
}
