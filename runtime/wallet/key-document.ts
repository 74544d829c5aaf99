/**
 * What a key file says, as JSON: any field may be missing, and of those that say who it is the first
 * counts.
 *
 *     secretPhrase ▷ secretSeed ▷ privateKey ▷ ss58Address
 */
import { UsageError } from '../cli/trouble.ts';
import { toCanonical, type Pair, type Sr25519 } from '../identity/sr25519.ts';

/** Where a key comes from. Bytes are for who reads it to overwrite. */
export type KeySource =
  | { readonly is: 'phrase'; readonly phrase: string }
  | { readonly is: 'seed'; readonly seed: Buffer }
  | { readonly is: 'privateKey'; readonly privateKey: Buffer }
  /** No secret at all: what a `pub.txt` holds. */
  | { readonly is: 'address'; readonly address: string };

export interface KeyDocument {
  readonly source: KeySource;
  /** What the file says its address is. */
  readonly address: string | undefined;
}

/** Throws a `UsageError` that names file and field, and nothing of what they hold. */
export function parseKeyDocument(json: Uint8Array, file: string): KeyDocument {
  const fields = parsed(json, file);
  const text = (name: string): string | undefined => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string') return value;
    throw trouble(file, `${name} of another type`, `text or null in ${name}`);
  };
  const bytes = (name: string, length: number): Buffer | undefined => {
    const hex = text(name)?.replace(/^0x/, '');
    if (hex === undefined) return undefined;
    if (hex.length === 2 * length && /^[0-9a-f]*$/i.test(hex)) return Buffer.from(hex, 'hex');
    throw trouble(file, `a damaged ${name}`, `0x and ${2 * length} hex digits in ${name}`);
  };

  const address = text('ss58Address');
  const phrase = text('secretPhrase');
  if (phrase !== undefined) return { source: { is: 'phrase', phrase }, address };
  const seed = bytes('secretSeed', 32);
  if (seed !== undefined) return { source: { is: 'seed', seed }, address };
  const privateKey = bytes('privateKey', 64);
  if (privateKey !== undefined) return { source: { is: 'privateKey', privateKey }, address };
  if (address !== undefined) return { source: { is: 'address', address }, address };
  throw trouble(file, 'without a key', 'secretPhrase, secretSeed, privateKey or ss58Address');
}

function parsed(json: Uint8Array, file: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch {
    // Its reason would quote the file.
    throw trouble(file, 'no key file', 'JSON, or one encrypted by btcli; bring back a backup');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw trouble(file, 'no key file', 'a JSON object');
}

const trouble = (field: string, came: string, allowed: string): UsageError =>
  new UsageError({ field, came, allowed });

/** A new key's two files: the secret one is for the caller to overwrite. */
export interface KeyFiles {
  readonly address: string;
  readonly secret: Buffer;
  readonly open: Buffer;
}

/** The files of the key that these words stand for, byte for byte as btcli reads and writes them. */
export function keyFilesOf(crypto: Sr25519, phrase: string): KeyFiles | undefined {
  const seed = crypto.seedOf(phrase);
  if (seed === undefined) return undefined;
  const pair = crypto.pairOfSeed(seed);
  const address = crypto.addressOf(pair.publicKey);
  const { accountId, publicKey } = publicFields(pair);
  const privateKey = toCanonical(pair);
  const secret = {
    accountId,
    publicKey,
    privateKey: hexOf(privateKey),
    secretPhrase: phrase,
    secretSeed: hexOf(seed),
    ss58Address: address,
  };
  for (const bytes of [seed, pair.secretKey, privateKey]) bytes.fill(0);
  const open = { accountId, publicKey, ss58Address: address };
  return {
    address,
    secret: Buffer.from(JSON.stringify(secret)),
    open: Buffer.from(JSON.stringify(open)),
  };
}

function publicFields(pair: Pair): { readonly accountId: string; readonly publicKey: string } {
  const publicKey = hexOf(pair.publicKey);
  return { accountId: publicKey, publicKey };
}
const hexOf = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`;
