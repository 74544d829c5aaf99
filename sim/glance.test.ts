import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_DEEP, MOST_ENTRIES, MOST_VALUES, plain, type Plain } from './glance.ts';

describe('a glance', () => {
  it('turns what an actor knows into plain data', () => {
    const state = {
      seen: new Map([['abc/1', 5]]),
      rated: new Set(['q']),
      leads: new Uint8Array(300),
      stake: 20_000_000_000n,
      lead: { Business: 'Acme', 'Owner(s) Email': 'ann@acme.com' },
      report: undefined,
    };
    expect(plain(state)).toEqual({
      seen: [['abc/1', 5]],
      rated: ['q'],
      leads: '300 bytes',
      stake: '20000000000',
      lead: 'a lead',
    });
  });

  it('shows the first entries and how many more there are', () => {
    const many = Array.from({ length: MOST_ENTRIES + 1 }, (_, index) => index);
    const shown = [...many.slice(0, MOST_ENTRIES), 'and 1 more'];
    expect(plain(many)).toEqual(shown);
    expect(plain(new Set(many))).toEqual(shown);
    expect(plain(many.slice(1))).toEqual(many.slice(1));
  });

  it('shows names, and of any other text its length', () => {
    expect(plain(['5F/1', 'Tech & AI', 'ann@acme.com', 'Ann Lee', 'acme.com'])).toEqual([
      '5F/1',
      'Tech & AI',
      '12 characters',
      '7 characters',
      '8 characters',
    ]);
    expect(plain({ 'ann@acme.com': 1 })).toEqual({ '12 characters': 1 });
  });

  it('takes `__proto__` as a key like any other', () => {
    const shown = plain(JSON.parse('{"__proto__": {"isAdmin": true}}'));
    expect(Object.getPrototypeOf(shown)).toBe(Object.prototype);
    expect(JSON.stringify(shown)).toBe('{"__proto__":{"isAdmin":true}}');
  });

  it('is bounded, free of e-mail addresses, and can be cloned, whatever it looks at', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const shown = plain(value);
        expect(structuredClone(shown)).toEqual(shown);
        expect(depthOf(shown)).toBeLessThanOrEqual(2 * MOST_DEEP);
        expect(JSON.stringify(shown) ?? '').not.toContain('@');
      }),
    );
  });

  it('comes to an end where a state contains itself, or is huge', () => {
    const own: { self?: unknown } = {};
    own.self = [own, own, own];
    const wide = (deep: number): unknown =>
      deep === 0 ? 1 : Array.from({ length: MOST_ENTRIES }, () => wide(deep - 1));
    expect(sizeOf(plain(own))).toBeLessThan(MOST_VALUES);
    expect(sizeOf(plain(wide(3)))).toBeLessThan(MOST_VALUES * 1.1);
    expect(sizeOf(plain(wide(3)))).toBeGreaterThan(MOST_VALUES * 0.9);
  });
});

const depthOf = (shown: Plain): number =>
  typeof shown === 'object' && shown !== null
    ? 1 + Math.max(0, ...Object.values(shown).map(depthOf))
    : 0;
const sizeOf = (shown: Plain): number =>
  typeof shown === 'object' && shown !== null
    ? Object.values(shown).reduce<number>((sum, inner) => sum + sizeOf(inner), 1)
    : 1;

const anything = fc.oneof(
  fc.anything({
    withMap: true,
    withSet: true,
    withBigInt: true,
    withTypedArray: true,
    maxDepth: 9,
  }),
  fc.emailAddress().map((email) => new Map([[email, { lead: { 'Owner(s) Email': email } }]])),
);
