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
  /** By the rules. */
  tao: number;
  /** By the chain. */
  chain: number;
  /** Reports on bad batches, and those of them that approved. */
  badScored: number;
  badApproved: number;
}

/** Roles in the order of their first purse; honest first, then by what one of them earned. */
export function earningsOf(purses: readonly Purse[]): readonly Earnings[] {
  const byRole = Map.groupBy(purses, ({ role }) => role);
  return [...byRole].flatMap(([role, own]) => {
    const byStrategy = Map.groupBy(own, ({ strategy }) => strategy);
    const honest = byStrategy.get('honest') ?? [];
    return [...byStrategy]
      .map(([strategy, some]) => earned(role, strategy, some, honest))
      .toSorted((a, b) => rank(a) - rank(b) || b.mean_tao - a.mean_tao);
  });
}

function earned(
  role: Role,
  strategy: string,
  some: readonly Purse[],
  honest: readonly Purse[],
): Earnings {
  const own = some.map(({ tao }) => tao);
  const [paid, chain] = [mean(own), mean(some.map((one) => one.chain))];
  return {
    role,
    strategy,
    neurons: some.length,
    total_tao: toRao(sum(own)),
    mean_tao: toRao(paid),
    least_tao: toRao(own.reduce((a, b) => Math.min(a, b), Infinity)),
    most_tao: toRao(own.reduce((a, b) => Math.max(a, b), 0)),
    beside_honest: beside(paid, mean(honest.map(({ tao }) => tao))),
    chain_mean_tao: toRao(chain),
    chain_beside_honest: beside(chain, mean(honest.map((one) => one.chain))),
    bad_approved: shareOf(some),
  };
}

function shareOf(some: readonly Purse[]): number | null {
  const scored = sum(some.map(({ badScored }) => badScored));
  return scored === 0 ? null : toRao(sum(some.map(({ badApproved }) => badApproved)) / scored);
}

const beside = (own: number, honest: number): number | null =>
  honest > 0 ? toRao(own / honest) : null;
const rank = ({ strategy }: Earnings): number => (strategy === 'honest' ? 0 : 1);
const sum = (some: readonly number[]): number => some.reduce((total, one) => total + one, 0);
const mean = (some: readonly number[]): number => (some.length > 0 ? sum(some) / some.length : 0);
/** Nine places: no figure is finer than a rao. */
const toRao = (tao: number): number => Math.round(tao * 1e9) / 1e9;
