import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { signatureVerify } from '@polkadot/util-crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { loadSr25519 } from '../identity/sr25519.ts';
import { keyFilesOf } from './key-document.ts';
import { boxed } from './nacl-seal.ts';
import { openKey } from './open-key.ts';
import {
  COUNTING_NONCE,
  DEV_ADDRESS,
  DEV_FILE,
  DEV_PHRASE,
  DEV_SEED,
  sealVault,
  SLOW,
  TESTING_KEY,
  TESTING_PASSWORD,
} from './testing/sealing.ts';

const crypto = await loadSr25519();
const dev = JSON.parse(DEV_FILE) as Readonly<Record<string, string>>;
/** Others' secrets, to tell which field counted. */
const other = (byte: number) => Buffer.alloc(32, byte).toString('hex');
const addressOfSeed = (hex: string) =>
  crypto.addressOf(crypto.pairOfSeed(Buffer.from(hex, 'hex')).publicKey);

describe('keyFilesOf', () => {
  it('are byte for byte those of btcli', () => {
    const files = keyFilesOf(crypto, DEV_PHRASE);
    expect(files?.secret.toString()).toBe(DEV_FILE);
    expect(files?.address).toBe(DEV_ADDRESS);
    expect(JSON.parse(files?.open.toString() ?? '')).toEqual({
      accountId: dev['accountId'],
      publicKey: dev['publicKey'],
      ss58Address: DEV_ADDRESS,
    });
    expect(keyFilesOf(crypto, 'no words')).toBeUndefined();
  });
});

describe('openKey', () => {
  it('opens a plain and an encrypted file, and signs as others verify', async () => {
    for (const bytes of [Buffer.from(DEV_FILE), sealVault(Buffer.from(DEV_FILE), 'pass')]) {
      const key = await open(bytes);
      expect(key.address).toBe(DEV_ADDRESS);
      const signature = key.sign(Buffer.from('x')) ?? new Uint8Array();
      expect(signatureVerify('x', signature, DEV_ADDRESS)).toMatchObject({
        isValid: true,
        crypto: 'sr25519',
      });
      key.forget();
      expect(key.sign(Buffer.from('x'))).toBeUndefined();
    }
  });

  it(
    'opens what btcli has encrypted, and holds up nobody meanwhile',
    { timeout: SLOW },
    async () => {
      const sealed = await boxed(Buffer.from(DEV_FILE), TESTING_KEY, COUNTING_NONCE);
      let turns = 0;
      const ticking = setInterval(() => turns++, 1);
      const key = await open(sealed, none, TESTING_PASSWORD);
      clearInterval(ticking);
      expect(key.address).toBe(DEV_ADDRESS);
      // On the event loop all those seconds would be a turn or two.
      expect(turns).toBeGreaterThan(20);
    },
  );

  it('takes the first of words, seed, private key and address, in any order, others missing or null', async () => {
    const pairs = [
      ['secretPhrase', DEV_PHRASE, DEV_ADDRESS],
      ['secretSeed', `0x${other(7)}`, addressOfSeed(other(7))],
      ['privateKey', dev['privateKey'], DEV_ADDRESS],
    ] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(['secretPhrase', 'secretSeed', 'privateKey', 'x', 'accountId']),
        fc.boolean(),
        async (names, nulls) => {
          const fields: Record<string, unknown> = {};
          for (const name of names) fields[name] = pairs.find(([of]) => of === name)?.[1] ?? 'junk';
          const absent = pairs.filter(([name]) => !names.includes(name));
          if (nulls) for (const [name] of absent) fields[name] = null;
          const expected = pairs.find(([name]) => names.includes(name))?.[2];
          const opening = open(Buffer.from(JSON.stringify(fields)));
          if (expected === undefined) await expect(opening).rejects.toThrow('is without a key');
          else expect((await opening).address).toBe(expected);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('reads hex without 0x and in capitals', async () => {
    const key = await open(Buffer.from(`{"secretSeed":"${DEV_SEED.toUpperCase()}"}`));
    expect(key.address).toBe(DEV_ADDRESS);
  });

  it('warns of an address that is not the secret’s, and takes the secret', async () => {
    const warned: string[] = [];
    const text = JSON.stringify({ secretSeed: other(7), ss58Address: DEV_ADDRESS });
    const key = await open(Buffer.from(text), (said) => warned.push(said));
    expect(key.address).toBe(addressOfSeed(other(7)));
    expect(warned).toEqual([
      `${file} says that it is "${DEV_ADDRESS}", but its secret is of ${key.address}`,
    ]);
  });

  it.each([
    ['', 'is no key file'],
    ['not json SECRET', 'is no key file'],
    ['{"secretPhrase":"SECRET', 'is no key file'],
    ['[]', 'is no key file'],
    ['null', 'is no key file'],
    ['"SECRET"', 'is no key file'],
    ['\u0000', 'is no key file'],
    ['{}', 'is without a key'],
    ['{"__proto__":{"secretSeed":"SECRET"}}', 'is without a key'],
    ['{"secretPhrase":7}', 'is secretPhrase of another type'],
    ['{"secretPhrase":"SECRET words"}', 'is of words that are no key'],
    ['{"secretPhrase":""}', 'is of words that are no key'],
    ['{"secretSeed":"0xSECRET"}', 'is a damaged secretSeed'],
    [`{"secretSeed":"0x${'5'.repeat(63)}"}`, 'is a damaged secretSeed'],
    [`{"privateKey":"0x${'5'.repeat(126)}"}`, 'is a damaged privateKey'],
    [`{"privateKey":"0x${'f'.repeat(128)}"}`, 'is of a private key that is none'],
    [`{"privateKey":"0x${'0'.repeat(128)}"}`, 'is of a private key that is none'],
    [`{"ss58Address":"${DEV_ADDRESS}"}`, 'is an address without its secret'],
  ])('refuses %j by the file’s name, and repeats nothing of it', async (text, why) => {
    const trouble: unknown = await open(Buffer.from(text)).catch((error: unknown) => error);
    expect(String(trouble)).toContain(`${file} ${why}; allowed: `);
    expect(inspect(trouble, { depth: Infinity, showHidden: true })).not.toContain('SECRET');
  });

  it('says which file is not there, and what to do', async () => {
    const gone = join(folder, 'gone');
    await expect(
      openKey(gone, { password: async () => Buffer.from('pass'), warn: none }),
    ).rejects.toThrow(
      `${gone} is not there; name another with --wallet.name, --wallet.hotkey or --wallet.path, or make one`,
    );
  });
});

const none = (): void => undefined;
const folder = mkdtempSync(join(tmpdir(), 'leadpoet-open-key-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'key');

function open(bytes: Uint8Array, warn: (text: string) => void = none, word = 'pass') {
  writeFileSync(file, bytes, { mode: 0o600 });
  return openKey(file, { password: async () => Buffer.from(word), warn });
}
