import { beforeAll, describe, expect, it } from 'vitest';
import type { BuyerState } from '../../actors/answering.ts';
import type { Following } from '../../actors/following.ts';
import type { PoolState } from '../../actors/pool.ts';
import { digestAt, type DigestSet } from '../../protocols/digests.ts';
import { linksBetween } from '../../protocols/links.ts';
import { roleOf } from '../../protocols/messages.ts';
import type { BatchId, TightDigest } from '../../protocols/units.ts';
import { heldIn } from '../../protocols/rules/held.ts';
import type { PoolStock } from '../../protocols/rules/pool.ts';
import { written } from '../testing/journals.ts';
import { recordedSubnet, type RecordedSubnet } from '../testing/recorded-subnet.ts';
import { broughtUp } from './upgrade.ts';

let subnet: RecordedSubnet;
beforeAll(async () => {
  subnet = await recordedSubnet({ seed: 'upgrade', queries: 2 });
});

describe('a state of leadpoet.node/1', () => {
  it('comes to what the same inputs come to today, whoever it is of', () => {
    for (const { self, tables, running } of subnet.actors) {
      const old = asItWas(running.state as object);
      const is = roleOf(self);
      if (is !== 'miner') expect(written(tables, old)).not.toBe(written(tables, running.state));
      expect(written(tables, broughtUp(old))).toBe(written(tables, running.state));
    }
  });

  it('that is of today already is left as it is', () => {
    for (const { tables, running } of subnet.actors) {
      const before = written(tables, running.state);
      expect(written(tables, broughtUp(running.state))).toBe(before);
    }
  });
});

type Fields = Record<string, unknown>;

/** As the code of then would have it. */
function asItWas(state: object): Fields {
  const { stock, chains, has, paged } = state as Partial<PoolState & Following & BuyerState>;
  return {
    ...state,
    ...(stock && { stock: stockAsItWas(stock) }),
    ...(chains && {
      chains: new Map(
        [...chains].map(([pool, { links, ...chain }]) => [
          pool,
          { entries: [...linksBetween(links)], ...chain },
        ]),
      ),
    }),
    ...(has && { has: setOf(has) }),
    ...(paged && { paged: new Map([['validator/5V 5P 0', 1_700_000_000_000]]) }),
  };
}

function stockAsItWas(stock: PoolStock): Fields {
  const { same, withheld, delivered, freshUntil } = stock;
  const bundles = new Map(
    [...stock.bundles.values()].map((bundle) => {
      const { persons: _, kinds: __, ...of } = bundle;
      return [bundle, of];
    }),
  );
  const pooled = heldIn(stock).map(({ of, at }) => {
    const person = digestAt(of.persons, at);
    return { person, of: bundles.get(of), at, kind: of.kinds[at] };
  });
  return {
    same,
    held: new Map(pooled.map((one) => [one.person, one])),
    shelves: new Map(),
    batches: Map.groupBy(pooled, ({ of }) => of?.batch as BatchId),
    withheld,
    delivered: new Map([...delivered].map(([buyer, own]) => [buyer, setOf(own)])),
    freshUntil,
  };
}

const setOf = ({ packed, size }: DigestSet): Set<TightDigest> =>
  new Set(Array.from({ length: size }, (_, at) => digestAt(packed, at)));
