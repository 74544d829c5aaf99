/**
 * What a strategy earns beside an honest one: the average pay of its participants over the run,
 * divided by the average of the honest ones of the same role.
 */
import type { Role } from '../../protocols/messages.ts';
import type { Earnings } from './manifest.ts';

/** What one participant was paid. */
export interface Purse {
  readonly role: Role;
  readonly strategy: string;
  tao: number;
}

/** Roles in the order of their first purse; honest first, then by what one of them earned. */
export function earningsOf(purses: readonly Purse[]): readonly Earnings[] {
  const byRole = Map.groupBy(purses, ({ role }) => role);
  return [...byRole].flatMap(([role, own]) => {
    const byStrategy = Map.groupBy(own, ({ strategy }) => strategy);
    const honest = mean(byStrategy.get('honest') ?? []);
    return [...byStrategy]
      .map(([strategy, some]) => earned(role, strategy, some, honest))
      .toSorted((a, b) => rank(a) - rank(b) || b.mean_tao - a.mean_tao);
  });
}

function earned(role: Role, strategy: string, some: readonly Purse[], honest: number): Earnings {
  let least = Infinity;
  let most = 0;
  for (const { tao } of some) {
    least = Math.min(least, tao);
    most = Math.max(most, tao);
  }
  return {
    role,
    strategy,
    neurons: some.length,
    total_tao: toRao(sum(some)),
    mean_tao: toRao(mean(some)),
    least_tao: toRao(least),
    most_tao: toRao(most),
    beside_honest: honest > 0 ? toRao(mean(some) / honest) : null,
  };
}

const rank = ({ strategy }: Earnings): number => (strategy === 'honest' ? 0 : 1);
const sum = (some: readonly Purse[]): number => some.reduce((total, { tao }) => total + tao, 0);
const mean = (some: readonly Purse[]): number => (some.length > 0 ? sum(some) / some.length : 0);
/** Nine places: no figure is finer than a rao. */
const toRao = (tao: number): number => Math.round(tao * 1e9) / 1e9;
