import { inspect } from 'node:util';
import fc from 'fast-check';
import { encodeAddress, signatureVerify } from '@polkadot/util-crypto';
import { Keyring } from '@polkadot/keyring';
import { describe, expect, it } from 'vitest';
import { notaryContract } from '../notary.contract.ts';
import { ownKey } from './own-key.ts';
import { loadSr25519, toCanonical } from './sr25519.ts';
import { sr25519Notary } from './sr25519-notary.ts';

const crypto = await loadSr25519();
const keyOf = (seed: number) => ownKey(crypto, crypto.pairOfSeed(new Uint8Array(32).fill(seed)));

const [first, second, stranger] = [keyOf(1), keyOf(2), keyOf(3)];

notaryContract('the sr25519 notary', async () => ({
  own: await sr25519Notary([first, second]),
  hotkeys: [first.address, second.address],
  nobody: await sr25519Notary([]),
  other: stranger.address,
  misspelt: [
    encodeAddress(first.publicKey, 0),
    encodeAddress(first.publicKey, 43),
    `0x${Buffer.from(first.publicKey).toString('hex')}`,
    Buffer.from(first.publicKey).toString('hex'),
    first.address.slice(0, -1),
    `1${first.address}`,
    first.address.toLowerCase(),
    encodeAddress(first.publicKey.subarray(0, 8), 42),
  ],
  numbered: (count) => crypto.addressOf(numbered(count)),
  // A run takes some 20 ms.
  runs: 12,
}));

describe('sr25519', () => {
  it('agrees with @polkadot on signatures, both ways', async () => {
    const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
    const theirs = keyring.addFromSeed(new Uint8Array(32).fill(1));
    const notary = await sr25519Notary([first]);
    expect(theirs.address).toBe(first.address);

    const statement = Buffer.from('lead batch 1');
    const ours = notary.sign(first.address, statement) ?? new Uint8Array();
    expect(signatureVerify(statement, ours, first.address)).toMatchObject({
      isValid: true,
      crypto: 'sr25519',
    });
    expect(signatureVerify('lead batch 2', ours, first.address).isValid).toBe(false);
    expect(notary.check(first.address, statement, theirs.sign(statement))).toBe(true);
    expect(notary.check(first.address, statement, theirs.sign('lead batch 2'))).toBe(false);
  });

  it('makes of //Alice’s private key what @polkadot keeps, and signs as she does', () => {
    const alice = new Keyring({ type: 'sr25519', ss58Format: 42 }).addFromUri('//Alice');
    const pair = crypto.pairOfPrivateKey(Buffer.from(ALICE_PRIVATE, 'hex'));
    const hex = Buffer.from(pair?.secretKey ?? []).toString('hex');
    expect(hex).toMatch(/^98319d4f/);
    if (pair === undefined) return;
    expect(Buffer.from(toCanonical(pair)).toString('hex')).toBe(ALICE_PRIVATE);
    const key = ownKey(crypto, pair);
    expect(key.address).toBe('5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY');
    const signature = key.sign(new Uint8Array([7])) ?? new Uint8Array();
    expect(alice.verify(new Uint8Array([7]), signature, alice.publicKey)).toBe(true);
  });

  it('gets the same pair back from its private key, whatever the seed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
        const pair = crypto.pairOfSeed(seed);
        expect(crypto.pairOfPrivateKey(toCanonical(pair))).toEqual({ ...pair });
      }),
      { numRuns: 20 },
    );
  });

  it('leaves the bytes that it is given as they are', () => {
    const given = Buffer.from(ALICE_PRIVATE, 'hex');
    const pair = crypto.pairOfPrivateKey(given);
    expect(given.toString('hex')).toBe(ALICE_PRIVATE);
    const secretKey = Buffer.from(pair?.secretKey ?? []);
    const before = secretKey.toString('hex');
    toCanonical({ publicKey: pair?.publicKey ?? new Uint8Array(), secretKey });
    expect(secretKey.toString('hex')).toBe(before);
  });

  it('takes no private key that is no secret of the curve', () => {
    const bytes = Buffer.from(ALICE_PRIVATE, 'hex');
    expect(crypto.pairOfPrivateKey(bytes.subarray(1))).toBeUndefined();
    expect(crypto.pairOfPrivateKey(new Uint8Array(64))).toBeUndefined();
    expect(crypto.pairOfPrivateKey(bytes.with(31, 0x1f))).toBeUndefined();
    for (const lost of [0x20, 0x40, 0x80]) {
      expect(crypto.pairOfPrivateKey(bytes.with(31, (bytes[31] ?? 0) | lost))).toBeUndefined();
    }
  });

  it('reads back the address of any key, and no text that is near it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(), (key, pick) => {
        const address = crypto.addressOf(key);
        expect(crypto.publicKeyOf(address)).toEqual(key);
        const at = pick % address.length;
        const letter = address[at] === 'x' ? 'y' : 'x';
        const near = address.slice(0, at) + letter + address.slice(at + 1);
        // Two bytes of check: one text in 65 536 is another's address, and then of another key.
        expect(crypto.publicKeyOf(near)).not.toEqual(key);
      }),
      { numRuns: 100 },
    );
  });

  it('shows its secret to no one who looks, and signs no more once it has forgotten it', () => {
    const pair = crypto.pairOfSeed(new Uint8Array(32).fill(9));
    const secret = pair.secretKey;
    const hex = Buffer.from(secret).toString('hex');
    const numbers = [...secret.subarray(0, 8)].join(',');
    const key = ownKey(crypto, pair);
    const shown = [
      inspect(key, { depth: Infinity, showHidden: true, getters: true, maxArrayLength: null }),
      JSON.stringify(key),
      // eslint-disable-next-line typescript/no-base-to-string
      String(key),
      Object.entries(key).join(' '),
      Object.values(key).map(String).join(' '),
    ].join('\n');
    expect(shown).toContain(key.address);
    expect(shown.replaceAll(/\s/g, '')).not.toContain(numbers);
    expect(shown).not.toContain(hex.slice(0, 16));

    key.forget();
    expect(key.sign(new Uint8Array([1]))).toBeUndefined();
    expect([...secret].every((byte) => byte === 0)).toBe(true);
    key.forget();
  });

  it('knows good words from bad', () => {
    const phrase = crypto.newPhrase();
    expect(phrase.split(' ')).toHaveLength(12);
    expect(crypto.newPhrase()).not.toBe(phrase);
    expect(crypto.seedOf(phrase)).toHaveLength(32);
    for (const bad of ['', 'abandon', `${phrase} abandon`, phrase.toUpperCase(), 'x '.repeat(12)]) {
      expect(crypto.seedOf(bad)).toBeUndefined();
    }
  });
});

const ALICE_PRIVATE =
  '33a6f3093f158a7109f679410bef1a0c54168145e0cecb4df006c1c2fffb1f09925a225d97aa00682d6a59b95b18780c10d7032336e88f3442b42361f4a66011';

function numbered(count: number): Uint8Array {
  const key = new Uint8Array(32);
  new DataView(key.buffer).setUint32(0, count);
  return key;
}
