/**
 * What every notary keeps to, run by the tests of each: it finds good what it signed itself and
 * nothing else, under one spelling of each hotkey.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Envelope } from '../protocols/messages.ts';
import { hasGoodSeals, sealBody } from '../protocols/seals.ts';
import type { Block, Hotkey, QueryId } from '../protocols/units.ts';
import type { Notary } from './host.ts';

export interface NotariesUnderTest {
  /** One that has the keys of `hotkeys`, and of no other. */
  readonly own: Notary;
  readonly hotkeys: readonly [Hotkey, Hotkey];
  /** A stranger's: it has no keys at all. */
  readonly nobody: Notary;
  /** Somebody whose key nobody here has. */
  readonly other: Hotkey;
  /** What looks like the first hotkey and is not how it is written. */
  readonly misspelt: readonly string[];
  /** A hotkey for each number. */
  readonly numbered: (count: number) => Hotkey;
  /** Runs of a property, each of some six signatures and looks. */
  readonly runs: number;
}

export function notaryContract(name: string, make: () => Promise<NotariesUnderTest>): void {
  describe(name, async () => {
    const { own, hotkeys, nobody, other, misspelt, numbered, runs } = await make();
    const [hotkey] = hotkeys;
    const numRuns = runs;
    const good = own.sign(hotkey, said) ?? none;

    it('finds its signatures good, and again', () => {
      fc.assert(
        fc.property(fc.constantFrom(...hotkeys), fc.uint8Array(), (by, statement) => {
          const signature = own.sign(by, statement) ?? none;
          expect(signature).toHaveLength(64);
          expect(nobody.check(by, statement, signature)).toBe(true);
          expect(nobody.check(by, statement, signature)).toBe(true);
          expect(own.check(by, statement, signature)).toBe(true);
        }),
        { numRuns },
      );
    });

    it('finds no other bytes, statement or hotkey good', () => {
      fc.assert(
        fc.property(statements, fc.nat(), (statement, pick) => {
          const signature = own.sign(hotkey, statement) ?? none;
          expect(nobody.check(hotkey, statement, signature)).toBe(true);

          expect(nobody.check(hotkey, statement, flipped(signature, pick))).toBe(false);
          expect(nobody.check(hotkey, flipped(statement, pick), signature)).toBe(false);
          expect(nobody.check(hotkeys[1], statement, signature)).toBe(false);
          expect(nobody.check(other, statement, signature)).toBe(false);
        }),
        { numRuns },
      );
    });

    it('signs with its own keys alone', () => {
      for (const by of hotkeys) expect(own.sign(by, said)).toHaveLength(64);
      expect(own.sign(other, said)).toBeUndefined();
      for (const by of [...hotkeys, other]) expect(nobody.sign(by, said)).toBeUndefined();
    });

    it('takes one spelling of a hotkey, and nothing that is no key at all', () => {
      expect(nobody.check(hotkey, said, good)).toBe(true);
      for (const text of [...misspelt, `${hotkey}\n`, ` ${hotkey}`, '', '5', hotkey.repeat(999)]) {
        expect(nobody.check(text as Hotkey, said, good)).toBe(false);
        expect(own.sign(text as Hotkey, said)).toBeUndefined();
      }
    });

    it('takes no signature of another length', () => {
      for (const bad of [none, good.subarray(1), new Uint8Array([...good, 0])]) {
        expect(nobody.check(hotkey, said, bad)).toBe(false);
      }
    });

    it('takes no signature of a statement in a wrapping', () => {
      const wrapped = Buffer.concat([Buffer.from('<Bytes>'), said, Buffer.from('</Bytes>')]);
      expect(nobody.check(hotkey, wrapped, good)).toBe(false);
      expect(nobody.check(hotkey, said, own.sign(hotkey, wrapped) ?? none)).toBe(false);
    });

    it('goes on finding good what it has forgotten, after many others', () => {
      expect(nobody.check(hotkey, said, good)).toBe(true);
      const bad = new Uint8Array(64);
      for (let count = 0; count < 5_000; count++) {
        expect(nobody.check(numbered(count), said, bad)).toBe(false);
      }
      expect(nobody.check(hotkey, said, good)).toBe(true);
    });

    it('seals bodies that others find good', () => {
      const query = '0'.repeat(64) as QueryId;
      const draft = { query, buyer: hotkey, pool: hotkey, rating: 9, block: 7 as Block };
      const body = sealBody('feedback', draft, (by, statement) => own.sign(by, statement));
      const envelope = { kind: 'feedback', body } as Envelope;
      const check: Notary['check'] = (...signed) => nobody.check(...signed);
      expect(hasGoodSeals(envelope, check)).toBe(true);
      const forged = { ...envelope, body: { ...envelope.body, rating: 1 } } as Envelope;
      expect(hasGoodSeals(forged, check)).toBe(false);
    });
  });
}

const said = new Uint8Array([1, 2, 3]);
const none = new Uint8Array();
const statements = fc.uint8Array({ minLength: 1 });

const flipped = (bytes: Uint8Array, pick: number): Uint8Array =>
  bytes.with(pick % bytes.length, (bytes[pick % bytes.length] ?? 0) ^ (1 << (pick & 7)));
