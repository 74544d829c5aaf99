import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { showTao, type Rao } from '../protocols/units.ts';
import { readTao } from './tao.ts';

describe('readTao', () => {
  it('reads what people write', () => {
    expect(['20', '0.5', '0', '0.000000001', '21000000'].map(readTao)).toEqual([
      20_000_000_000n,
      500_000_000n,
      0n,
      1n,
      21_000_000_000_000_000n,
    ]);
  });

  it('refuses what is no amount, or more than there is', () => {
    const none = ['', '-1', '1e3', '.5', '1.', '0.0000000001', '21000000.1', ' 1', '１', 'NaN'];
    expect(none.map(readTao)).toEqual(none.map(() => undefined));
  });

  it('reads again what is shown', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 21_000_000n * 10n ** 9n }), (rao) => {
        expect(readTao(showTao(rao as Rao))).toBe(rao);
      }),
    );
  });
});
