import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hours,
  invariant,
  later,
  minutes,
  ONE,
  percent,
  points,
  ratio,
  RAO_PER_TAO,
  seconds,
  showTao,
  tao,
  type Instant,
  type Rao,
} from './units.ts';

describe('units', () => {
  it('are made from what people say', () => {
    expect([percent(92.5), percent(0), percent(100)]).toEqual([925_000, 0, 1_000_000]);
    expect([points(15), points(0.5)]).toEqual([15_000, 500]);
    expect(tao(20)).toBe(20_000_000_000n);
    expect([seconds(1), minutes(2), hours(3)]).toEqual([1_000, 120_000, 10_800_000]);
    expect(later(5 as Instant, seconds(2))).toBe(2_005);
  });

  it('are whole however a fraction is written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), (hundredths) => {
        expect(percent(hundredths / 100)).toBe(hundredths * 100);
        expect(points(hundredths / 100)).toBe(hundredths * 10);
      }),
    );
  });
});

describe('ratio', () => {
  it('rounds down', () => {
    expect(ratio(2, 3)).toBe(666_666);
    expect(ratio(899_999, 1_000_000)).toBe(899_999);
    expect(() => ratio(0, 0)).toThrow('a ratio needs a whole');
  });

  it('is the greatest that multiplied back does not exceed the part', () => {
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), fc.integer({ min: 1, max: 100_000 }), (part, whole) => {
        const share = BigInt(ratio(part, whole));
        expect(share * BigInt(whole) <= BigInt(part * ONE)).toBe(true);
        expect((share + 1n) * BigInt(whole) > BigInt(part * ONE)).toBe(true);
      }),
    );
  });
});

describe('showTao', () => {
  it('says no more than there is', () => {
    expect(showTao(tao(20))).toBe('20');
    expect(showTao(500_000_000n as Rao)).toBe('0.5');
    expect(showTao(19_999_999_999n as Rao)).toBe('19.999999999');
    expect(showTao(-1n as Rao)).toBe('-0.000000001');
    expect(showTao(0n as Rao)).toBe('0');
  });

  it('loses nothing', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 20n), 10n ** 20n), (rao) => {
        const [whole = '', part = ''] = showTao(rao as Rao).split('.');
        const size = BigInt(whole.replace('-', '')) * RAO_PER_TAO + BigInt(part.padEnd(9, '0'));
        expect(showTao(rao as Rao).startsWith('-') ? -size : size).toBe(rao);
        expect(part.endsWith('0')).toBe(false);
      }),
    );
  });
});

describe('invariant', () => {
  it('names what was broken', () => {
    expect(() => invariant(true, 'one is one')).not.toThrow();
    expect(() => invariant(false, 'one is one')).toThrow('broken invariant: one is one');
  });
});
