/**
 * The ed25519 key that a node's peers know it by, in a file of its own: made when the node first
 * starts, and the same from then on. It is no hotkey and moves no money, but who has it can speak
 * in the node's place until another is announced.
 *
 *     leadpoet.peer-key/1
 *     <seed, 64 hex digits>
 *     <public key, 64 hex digits, by which damage shows>
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { WorldError } from '../cli/trouble.ts';
import { privateKeyOf, publicBytesOf } from '../ed25519.ts';
import { readSecretFile, writeSecretFile, type Warn } from '../secret-file.ts';

export interface PeerKey {
  /** 32 bytes, a new copy each time, for who makes the node's key of it: no log shows it. */
  seed(): Uint8Array;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

const FORMAT = 'leadpoet.peer-key/1';
const KIND = {
  what: 'a peer key',
  remedy: 'bring it back from a backup; without it the node starts under a new key',
};

/**
 * Of the file, which is made where it is not there. Throws a `WorldError` that names the file where
 * it is damaged, of another format, or cannot be read or made: a node that took another key
 * unasked would not be found any more.
 */
export async function openPeerKey(file: string, warn: Warn): Promise<PeerKey> {
  const seed = randomBytes(SEED_BYTES);
  // Of two nodes that start at once one makes the file, and the other reads it.
  if (!existsSync(file) && (await made(file, seed))) return peerKey(seed);
  return peerKey(parse(await readSecretFile(file, KIND, warn), file));
}
const SEED_BYTES = 32;

/** False where there is one already. */
async function made(file: string, seed: Uint8Array): Promise<boolean> {
  const lines = [FORMAT, seed, publicBytesOf(privateKeyOf(seed))].map(
    (line) => `${typeof line === 'string' ? line : Buffer.from(line).toString('hex')}\n`,
  );
  const bytes = Buffer.from(lines.join(''));
  const isNew = await writeSecretFile(file, bytes);
  bytes.fill(0);
  return isNew;
}

function parse(bytes: Buffer, file: string): Uint8Array {
  const text = bytes.toString('latin1');
  bytes.fill(0);
  const [format = '', seedHex = '', publicHex = '', ...rest] = text.split('\n');
  if (format !== FORMAT && IS_FORMAT.test(format)) {
    const todo = 'run the release that made it, or a newer one';
    throw new WorldError(`${file} is ${format}, which this release cannot read; ${todo}`);
  }
  const isWhole = format === FORMAT && IS_HEX.test(seedHex) && rest.join('') === '';
  const seed = new Uint8Array(Buffer.from(isWhole ? seedHex : '', 'hex'));
  if (!isWhole || Buffer.from(publicBytesOf(privateKeyOf(seed))).toString('hex') !== publicHex) {
    const todo = 'bring it back from a backup, or remove it to start under a new key';
    throw new WorldError(`${file} is damaged: it is no ${FORMAT}; ${todo}`);
  }
  return seed;
}
const IS_FORMAT = /^leadpoet\.peer-key\/\d{1,6}$/;
const IS_HEX = /^[0-9a-f]{64}$/;

const peerKey = (seed: Uint8Array): PeerKey => ({
  seed: () => new Uint8Array(seed),
  publicKey: publicBytesOf(privateKeyOf(seed)),
});
