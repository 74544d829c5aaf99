import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hours, later, type Duration, type Hotkey, type Instant } from '../../protocols/units.ts';
import { mockKey, notary } from '../notary.ts';
import {
  CLOCK_TOLERANCE,
  faultIn,
  makeStatement,
  STATEMENT_LIFE,
  type Claim,
} from './statement.ts';

describe('a statement', () => {
  it('holds from when it was made until it lapses, both instants included', () => {
    for (const [at, fault] of [
      [0, undefined],
      [STATEMENT_LIFE, undefined],
      [STATEMENT_LIFE + 1, 'expired'],
      [0 - CLOCK_TOLERANCE, undefined],
      [0 - CLOCK_TOLERANCE - 1, 'early'],
    ] as const) {
      expect([at, faultIn(made(), CLAIM, KEYS, later(NOW, at as Duration))]).toEqual([at, fault]);
    }
  });

  it('proves nothing of another chain, subnet, hotkey or peer key', () => {
    const others: readonly Claim[] = [
      { ...CLAIM, genesis: 'b'.repeat(64) },
      { ...CLAIM, netuid: 344 },
      { ...CLAIM, hotkey: mockKey('thief').hotkey },
      { ...CLAIM, peerKey: new Uint8Array(32).fill(8) },
    ];
    for (const claim of others) expect(faultIn(made(), claim, KEYS, NOW)).toBe('forged');
  });

  it('is forged once anything in it is changed', () => {
    const statement = made();
    const change = (by: number): Instant => later(NOW, by as Duration);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.nat(63), fc.nat(7), (by, at, bit) => {
        const signature = statement.signature.map((byte, index) =>
          index === at ? byte ^ (1 << bit) : byte,
        );
        const changed = [
          { ...statement, since: change(by) },
          { ...statement, since: change(by), until: change(STATEMENT_LIFE + by) },
          { ...statement, until: change(STATEMENT_LIFE - by) },
          { ...statement, signature },
        ];
        for (const one of changed) expect(faultIn(one, CLAIM, KEYS, NOW)).toBe('forged');
      }),
      { numRuns: 30 }, // Each checks four signatures.
    );
  });

  it('cannot be made for ever, nor without the key', () => {
    const long = makeStatement(CLAIM, KEYS, NOW, (STATEMENT_LIFE + 1) as Duration);
    expect(long && faultIn(long, CLAIM, KEYS, NOW)).toBe('too_long');
    const stranger = { ...CLAIM, hotkey: mockKey('other').hotkey };
    expect(makeStatement(stranger, KEYS, NOW, hours(1))).toBeUndefined();
  });
});

const NOW = 1_760_000_000_000 as Instant;
const KEY = mockKey('buyer');
const KEYS = notary([KEY]);
const CLAIM: Claim = {
  genesis: 'a'.repeat(64),
  netuid: 343,
  hotkey: KEY.hotkey satisfies Hotkey,
  peerKey: new Uint8Array(32).fill(7),
};

function made() {
  const statement = makeStatement(CLAIM, KEYS, NOW);
  if (statement === undefined) throw new Error('the key is there');
  return statement;
}
