/**
 * What leads cost by a list of tiers. Each lead costs what the tier says that its number falls into, so
 * a price never falls where more is delivered, and no tier is worth stopping before.
 *
 *     tiers   1: 0.01 TAO     51: 0.008 TAO            100 leads ──▶ 50 · 0.01 + 50 · 0.008 = 0.9 TAO
 *
 * Leads are counted within a delivery, or over a month, as the list says. All of it is whole rao.
 */
import { invariant, type Rao } from '../../protocols/units.ts';

export interface Tier {
  readonly name: string;
  /** The number of its first lead, from 1. It ends where the next one begins. */
  readonly from: number;
  /** What a lead of it costs. */
  readonly each: Rao;
}

export interface PriceList {
  /** Where counting begins anew. */
  readonly by: 'delivery' | 'month';
  /** Whether who has not paid beforehand is refused. Otherwise what is owed is only written down. */
  readonly prepaid: boolean;
  /** The first from lead 1; ascending. At least one. */
  readonly tiers: readonly Tier[];
}

/** Leads to be paid for, and how many were counted before them. */
export interface Volume {
  readonly before: number;
  readonly leads: number;
}

export function costOf({ tiers }: PriceList, { before, leads }: Volume): Rao {
  invariant(before >= 0 && leads >= 0, 'leads are counted from nothing on');
  let cost = 0n;
  for (const [index, { from, each }] of tiers.entries()) {
    const end = tiers[index + 1]?.from ?? Infinity;
    const [first, last] = [Math.max(from, before + 1), Math.min(end - 1, before + leads)];
    if (last >= first) cost += BigInt(last - first + 1) * each;
  }
  return cost as Rao;
}

/** The tier that a lead's number falls into. */
export function tierOf({ tiers }: PriceList, number: number): Tier {
  const tier = tiers.findLast(({ from }) => from <= number);
  invariant(tier !== undefined, 'a list has a tier from its first lead on');
  return tier;
}

/**
 * The most that so many leads can cost, or fewer. Of a month, others may come in between: then each of
 * them may fall into any tier from the one on that is reached.
 */
export function worstOf(list: PriceList, { before, leads }: Volume): Rao {
  if (list.by === 'delivery') return costOf(list, { before: 0, leads });
  const reached = list.tiers.indexOf(tierOf(list, before + 1));
  const dearest = list.tiers
    .slice(reached)
    .reduce((most, { each }) => (each > most ? each : most), 0n);
  return (BigInt(leads) * dearest) as Rao;
}
