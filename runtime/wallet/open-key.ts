/**
 * A key of a wallet, opened: read, decrypted, and closed up in an `OwnKey`.
 *
 *     file ──▶ seal ──(password)──▶ JSON ──▶ words, seed or private key ──▶ pair ──▶ OwnKey
 *
 * All bytes on the way are overwritten. Words and JSON are text, which the engine can only collect.
 */
import { UsageError } from '../cli/trouble.ts';
import { ownKey, type OwnKey } from '../identity/own-key.ts';
import { loadSr25519, type Pair, type Sr25519 } from '../identity/sr25519.ts';
import { readSecretFile, type SecretKind, type Warn } from '../secret-file.ts';
import { parseKeyDocument, type KeySource } from './key-document.ts';
import { unsealed } from './seal.ts';

/** Brings the password of a file, for the taker to overwrite. */
export type PasswordSource = (file: string) => Promise<Buffer>;

export interface Opening {
  /** Asked only where the file is encrypted. */
  readonly password: PasswordSource;
  readonly warn: Warn;
}

export const KEY_FILE: SecretKind = {
  what: 'a key file',
  remedy:
    'name another with --wallet.name, --wallet.hotkey or --wallet.path, or make one: leadpoet wallet create',
};

/**
 * Opens a coldkey's or hotkey's file. Throws a `WorldError` where the file cannot be read and a
 * `UsageError` where the password or what is in it is wrong; both name the file and what to do.
 */
export async function openKey(file: string, { password, warn }: Opening): Promise<OwnKey> {
  const bytes = await readSecretFile(file, KEY_FILE, warn);
  const json = await unsealed(bytes, file, () => password(file));
  try {
    const { source, address } = parseKeyDocument(json, file);
    const crypto = await loadSr25519();
    const key = ownKey(crypto, pairOf(crypto, source, file));
    if (address !== undefined && address !== key.address) {
      warn(
        `${file} says that it is ${JSON.stringify(address)}, but its secret is of ${key.address}`,
      );
    }
    return key;
  } finally {
    json.fill(0);
    bytes.fill(0);
  }
}

function pairOf(crypto: Sr25519, source: KeySource, file: string): Pair {
  const pair = pairOrNone(crypto, source);
  if (pair !== undefined) return pair;
  const [came, allowed] = WRONG[source.is];
  throw new UsageError({ field: file, came, allowed });
}

function pairOrNone(crypto: Sr25519, source: KeySource): Pair | undefined {
  switch (source.is) {
    case 'phrase': {
      const seed = crypto.seedOf(source.phrase);
      return seed === undefined ? undefined : pairAndForget(crypto, seed);
    }
    case 'seed':
      return pairAndForget(crypto, source.seed);
    case 'privateKey': {
      const pair = crypto.pairOfPrivateKey(source.privateKey);
      source.privateKey.fill(0);
      return pair;
    }
    case 'address':
      return undefined;
  }
}

function pairAndForget(crypto: Sr25519, seed: Uint8Array): Pair {
  const pair = crypto.pairOfSeed(seed);
  seed.fill(0);
  return pair;
}

const WRONG = {
  phrase: ['of words that are no key', 'the words of BIP-39, English, in secretPhrase'],
  seed: ['of a seed that is no key', '32 bytes in secretSeed'],
  privateKey: ['of a private key that is none', 'a secret of sr25519 in privateKey'],
  address: [
    'an address without its secret',
    'the file of the secret key; this one is enough to look, not to sign',
  ],
} as const;
