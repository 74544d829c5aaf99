import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasGoodSeals, sealBody } from '../protocols/seals.ts';
import type { Envelope } from '../protocols/messages.ts';
import type { Block, Hotkey, QueryId } from '../protocols/units.ts';
import { mockKey, mockNotary, notary } from './notary.ts';

describe('mockKey', () => {
  it('is the same key for the same seed, here and everywhere', () => {
    const { hotkey } = mockKey('miner-1');
    expect(hotkey).toBe('619c8462292fb866978affa3ca01d352997f1fcfd0a6eb8b95021fe7c91eb854');
    expect(mockKey('miner-1').hotkey).toBe(hotkey);
    expect(mockKey('miner-2').hotkey).not.toBe(hotkey);
  });
});

describe('notary', () => {
  it('finds its signatures good, and the same each time', () => {
    fc.assert(
      fc.property(anySeed, fc.uint8Array(), (seed, statement) => {
        const { hotkey } = mockKey(seed);
        const signature = mockNotary(seed).sign(hotkey, statement);
        expect(signature).toEqual(mockNotary('another', seed).sign(hotkey, statement));
        expect(signature).toBeDefined();
        expect(nobody.check(hotkey, statement, signature ?? none)).toBe(true);
        expect(nobody.check(hotkey, statement, signature ?? none)).toBe(true);
      }),
      QUICK,
    );
  });

  it('finds no other bytes, statement or hotkey good', () => {
    fc.assert(
      fc.property(anySeed, fc.uint8Array({ minLength: 1 }), fc.nat(), (seed, said, pick) => {
        const { hotkey } = mockKey(seed);
        const signature = mockNotary(seed).sign(hotkey, said) ?? none;
        expect(nobody.check(hotkey, said, signature)).toBe(true);

        expect(nobody.check(hotkey, said, flipped(signature, pick))).toBe(false);
        expect(nobody.check(hotkey, flipped(said, pick), signature)).toBe(false);
        expect(nobody.check(mockKey('nobody').hotkey, said, signature)).toBe(false);
      }),
      QUICK,
    );
  });

  it('signs with its own keys alone', () => {
    expect(mockNotary('a', 'b').sign(mockKey('b').hotkey, said)).toHaveLength(64);
    expect(mockNotary('a', 'b').sign(mockKey('c').hotkey, said)).toBeUndefined();
    expect(notary([]).sign(mockKey('a').hotkey, said)).toBeUndefined();
  });

  it('takes one spelling of a hotkey, and nothing that is no key at all', () => {
    const { hotkey } = mockKey('a');
    const signature = mockNotary('a').sign(hotkey, said) ?? none;
    const others = [hotkey.toUpperCase(), `${hotkey}\n`, `0x${hotkey}`, '', '5F', 'f'.repeat(64)];
    for (const other of others) {
      expect(nobody.check(other as Hotkey, said, signature)).toBe(false);
    }
  });

  it('takes no signature of another length', () => {
    const { hotkey } = mockKey('a');
    const signature = mockNotary('a').sign(hotkey, said) ?? none;
    expect(nobody.check(hotkey, said, none)).toBe(false);
    expect(nobody.check(hotkey, said, signature.subarray(1))).toBe(false);
    expect(nobody.check(hotkey, said, new Uint8Array([...signature, 0]))).toBe(false);
  });

  it('goes on finding good what it has forgotten, after many others', () => {
    const { hotkey } = mockKey('a');
    const signature = mockNotary('a').sign(hotkey, said) ?? none;
    const busy = notary([]);
    for (let count = 0; count < 5_000; count++) {
      busy.check(count.toString(16).padStart(64, '0') as Hotkey, said, signature);
    }
    expect(busy.check(hotkey, said, signature)).toBe(true);
  });

  it('seals bodies that others find good', () => {
    const { hotkey } = mockKey('buyer');
    const own = mockNotary('buyer');
    const query = '0'.repeat(64) as QueryId;
    const draft = { query, buyer: hotkey, pool: hotkey, rating: 9, block: 7 as Block };
    const body = sealBody('feedback', draft, (by, statement) => own.sign(by, statement));
    const envelope = { kind: 'feedback', body } as Envelope;
    expect(hasGoodSeals(envelope, check)).toBe(true);
    const forged = { ...envelope, body: { ...envelope.body, rating: 1 } } as Envelope;
    expect(hasGoodSeals(forged, check)).toBe(false);
  });
});

const anySeed = fc.constantFrom('miner-1', 'miner-2', '', 'é');
const said = new Uint8Array([1, 2, 3]);
const none = new Uint8Array();
/** A notary without keys, as a stranger's host has. */
const nobody = notary([]);
const check = (by: Hotkey, statement: Uint8Array, signature: Uint8Array): boolean =>
  nobody.check(by, statement, signature);
/** A run makes keys, signs twice and checks four times, some 2 ms. */
const QUICK = { numRuns: 200 };

const flipped = (bytes: Uint8Array, pick: number): Uint8Array =>
  bytes.with(pick % bytes.length, (bytes[pick % bytes.length] ?? 0) ^ (1 << (pick & 7)));
