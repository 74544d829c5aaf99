/**
 * The one hash of the protocol, SHA-256. Every use is named by a tag, and every part is preceded by
 * its length, so that no two different lists of parts are ever hashed alike.
 */
import { hash as hashOf } from 'node:crypto';
import type { Digest, TightDigest } from './units.ts';

/** What can be hashed: text as UTF-8, bytes as they are, whole numbers as decimal text. */
export type Part = string | Uint8Array | number | bigint;

/** The digest of a tagged list of parts. */
export const digest = (tag: string, ...parts: readonly Part[]): Digest =>
  hashOf('sha256', textOf(tag, parts) ?? bytesTogether(tag, parts)) as Digest;

/**
 * The same digest as 32 characters of eight bits each: half the room of hex, for those who keep a
 * million of them. It sorts as the hex does.
 */
export const tightDigest = (tag: string, ...parts: readonly Part[]): TightDigest =>
  hashOf('sha256', textOf(tag, parts) ?? bytesTogether(tag, parts), 'binary') as TightDigest;

/** The same as 32 bytes. Node takes longer to make a buffer of them than to hash a lead. */
export function digestBytes(tag: string, ...parts: readonly Part[]): Uint8Array {
  const tight = tightDigest(tag, ...parts);
  const bytes = new Uint8Array(tight.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = tight.charCodeAt(at);
  return bytes;
}

/** All that is hashed as one text; undefined where there are bytes among the parts. */
function textOf(tag: string, parts: readonly Part[]): string | undefined {
  let text = `${tag}\n`;
  for (const part of parts) {
    if (part instanceof Uint8Array) return undefined;
    const piece = String(part);
    text += `${Buffer.byteLength(piece)}:${piece}`;
  }
  return text;
}

/** All that is hashed, side by side, until the next call: one call of the hash costs half of four. */
function bytesTogether(tag: string, parts: readonly Part[]): Uint8Array {
  let length = write(`${tag}\n`, 0);
  for (const part of parts) {
    const piece = part instanceof Uint8Array ? part : String(part);
    const size = typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length;
    length = write(`${size}:`, length);
    length = write(piece, length);
  }
  return together.subarray(0, length);
}
let together: Buffer = Buffer.allocUnsafeSlow(65_536);

/** Where the next piece goes. */
function write(piece: string | Uint8Array, at: number): number {
  const most = at + 3 * piece.length;
  if (most > together.length) together = Buffer.concat([together], 2 * most);
  if (typeof piece === 'string') return at + together.write(piece, at);
  together.set(piece, at);
  return at + piece.length;
}

/** The bytes that a hex digest stands for. */
export const bytesOf = (hex: Digest): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

/**
 * Numbers from a digest, the same for everyone: 48 bits each, by hashing the seed with a counter.
 * The rules draw from these, never from a random stream.
 */
export function* numbersFrom(seed: Digest): Generator<number, never> {
  for (let counter = 0; ; counter++) {
    const block = Buffer.from(digestBytes('leadpoet.numbers/1', seed, counter));
    for (let at = 0; at + 6 <= block.length; at += 6) yield block.readUIntBE(at, 6);
  }
}

/** A number below `count`, from 48 bits: the bias is under one in 2^28 for a million. */
export const below = (count: number, number: number): number =>
  Math.floor((number / 2 ** 48) * count);
