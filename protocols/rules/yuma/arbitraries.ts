/** Subnets for the property tests of Yuma, and short ways to write one down. */
import fc from 'fast-check';
import { tao, type Fraction, type Rao, type Uid, type Weight16 } from '../../units.ts';
import type { YumaSubnet, YumaTerms } from '../yuma.ts';
import { FULL_WEIGHT } from '../weights.ts';
import type { Row16 } from './matrix.ts';
import { permitsFor } from './stake.ts';

/** What the chain has unless a subnet's owner sets it. */
export const DEFAULTS: YumaTerms = {
  version: 2,
  kappa: 32_767 as Weight16,
  bondsPenalty: FULL_WEIGHT,
  alpha: 100_000 as Fraction,
};

/** `row([2, 65_535], [3, 13_107])`. */
export const row = (...entries: [number, number][]): Row16 =>
  entries.map(([uid, weight]) => [uid as Uid, weight as Weight16]);

/** A subnet on its first epoch, stakes in whole TAO; whoever is not named in `rows` gives nothing. */
export function subnetOf(
  stakes: readonly number[],
  rows: Readonly<Record<number, Row16>>,
): YumaSubnet {
  const stake = stakes.map(tao);
  return {
    stake,
    weights: stakes.map((_, uid) => rows[uid] ?? []),
    bonds: stakes.map(() => []),
    permits: permitsFor(stake),
    active: stakes.map(() => true),
  };
}

/** Few stakes that repeat, so that exact halves come up, some of nothing, and some of any size. */
const anyStake: fc.Arbitrary<Rao> = fc
  .oneof(
    { arbitrary: fc.constantFrom(0n, 1n, 2n, 3n, 32_767n, 32_768n, 65_535n), weight: 3 },
    { arbitrary: fc.bigInt(0n, tao(21_000_000)), weight: 1 },
  )
  .map((stake) => stake as Rao);

export const any16: fc.Arbitrary<Weight16> = fc
  .oneof(fc.constantFrom(0, 1, 2, 32_767, 32_768, 65_534, 65_535), fc.nat({ max: 65_535 }))
  .map((value) => value as Weight16);

/** Of a subnet with so many neurons. */
export const anyRow = (neurons: number): fc.Arbitrary<Row16> =>
  fc.uniqueArray(fc.tuple(uidBelow(neurons), any16), {
    selector: ([uid]) => uid,
    maxLength: neurons,
  });

const uidBelow = (neurons: number): fc.Arbitrary<Uid> =>
  fc.nat({ max: neurons - 1 }).map((uid) => uid as Uid);

const mostly = (likely: boolean): fc.Arbitrary<boolean> =>
  fc.nat({ max: 4 }).map((draw) => (draw > 0 ? likely : !likely));

export const anySubnet: fc.Arbitrary<YumaSubnet> = fc
  .integer({ min: 1, max: 7 })
  .chain((neurons) => {
    const each = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
      fc.array(arbitrary, { minLength: neurons, maxLength: neurons });
    return fc.record(
      {
        stake: each(anyStake),
        weights: each(anyRow(neurons)),
        bonds: each(fc.oneof(fc.constant([]), anyRow(neurons))),
        permits: each(mostly(true)),
        active: each(mostly(true)),
        owner: uidBelow(neurons),
      },
      { requiredKeys: ['stake', 'weights', 'bonds', 'permits', 'active'] },
    );
  });

/** Often as the chain has them. */
export const anyTerms: fc.Arbitrary<YumaTerms> = fc.record({
  version: fc.constantFrom(2 as const, 3 as const),
  kappa: fc.oneof(fc.constant(DEFAULTS.kappa), any16),
  bondsPenalty: fc.oneof(fc.constant(DEFAULTS.bondsPenalty), any16),
  alpha: fc
    .constantFrom(0, 1, 100_000, 500_000, 999_999, 1_000_000)
    .map((alpha) => alpha as Fraction),
});
