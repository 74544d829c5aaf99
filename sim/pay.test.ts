import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyRecords, anyTime, ledgerOf, NAMES } from '../protocols/ledger-arbitraries.ts';
import { standingAt } from '../protocols/ledger.ts';
import { points, type Hotkey, type Rao } from '../protocols/units.ts';
import { paidByRules } from './pay.ts';

describe('paidByRules', () => {
  it('pays each half to the rao, or not at all, and nobody without a claim', () => {
    fc.assert(
      fc.property(
        anyRecords,
        anyTime,
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        (records, at, pot) => {
          const standing = standingAt(ledgerOf(records), at);
          const paid = paidByRules(pot as Rao, standing, { validators: NAMES, miners: MINERS });
          const sumOf = (names: readonly Hotkey[]): bigint =>
            names.reduce((sum, name) => sum + (paid.get(name) ?? 0n), 0n);
          const half = pot / 2n;
          const risen = NAMES.filter(
            (name) => (standing.validators.get(name)?.reputation ?? 0) > points(15),
          );
          const good = MINERS.filter(
            (name) => (standing.miners.get(name)?.accuracy ?? 0) > 500_000,
          );
          expect(sumOf(NAMES)).toBe(risen.length === 0 ? 0n : half);
          expect(sumOf(MINERS)).toBe(good.length === 0 ? 0n : pot - half);
          for (const name of NAMES) if (!risen.includes(name)) expect(paid.get(name)).toBe(0n);
          for (const name of MINERS) if (!good.includes(name)) expect(paid.get(name)).toBe(0n);
        },
      ),
    );
  });

  it('pays nobody while nothing is known', () => {
    const who = { validators: NAMES, miners: MINERS };
    expect(paidByRules(5n as Rao, undefined, who).size).toBe(0);
  });
});

const MINERS = ['m', 'n'] as Hotkey[];
