/**
 * The one hash of the protocol, SHA-256. Every use is named by a tag, and every part is preceded by
 * its length, so that no two different lists of parts are ever hashed alike.
 */
import { hash as hashOf } from 'node:crypto';
import type { Digest, TightDigest } from './units.ts';

/** What can be hashed: text as UTF-8, bytes as they are, whole numbers as decimal text. */
export type Part = string | Uint8Array | number | bigint;

/** The digest of a tagged list of parts. */
export function digest(tag: string, ...parts: readonly Part[]): Digest {
  const text = textOf(tag, parts);
  if (text === undefined) return sha256(tag, parts).toString('hex') as Digest;
  // Most of what is named is text, and needs no bytes of its own.
  return hashOf('sha256', text) as Digest;
}

/**
 * The same digest as 32 characters of eight bits each: half the room of hex, for those who keep a
 * million of them. It sorts as the hex does.
 */
export function tightDigest(tag: string, ...parts: readonly Part[]): TightDigest {
  const text = textOf(tag, parts);
  if (text === undefined) return sha256(tag, parts).toString('latin1') as TightDigest;
  return hashOf('sha256', text, 'binary') as TightDigest;
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

/** The same as 32 bytes. */
export const digestBytes = (tag: string, ...parts: readonly Part[]): Uint8Array =>
  new Uint8Array(sha256(tag, parts));

function sha256(tag: string, parts: readonly Part[]): Buffer {
  const pieces: Uint8Array[] = [Buffer.from(`${tag}\n`)];
  for (const part of parts) {
    const piece = part instanceof Uint8Array ? part : Buffer.from(String(part));
    pieces.push(Buffer.from(`${piece.length}:`), piece);
  }
  // One call of one text: a piece a call costs a third more.
  return hashOf('sha256', Buffer.concat(pieces), 'buffer');
}

/** The bytes that a hex digest stands for. */
export const bytesOf = (hex: Digest): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

/**
 * Numbers from a digest, the same for everyone: 48 bits each, by hashing the seed with a counter.
 * The rules draw from these, never from a random stream.
 */
export function* numbersFrom(seed: Digest): Generator<number, never> {
  for (let counter = 0; ; counter++) {
    const block = sha256('leadpoet.numbers/1', [seed, counter]);
    for (let at = 0; at + 6 <= block.length; at += 6) yield block.readUIntBE(at, 6);
  }
}

/** A number below `count`, from 48 bits: the bias is under one in 2^28 for a million. */
export const below = (count: number, number: number): number =>
  Math.floor((number / 2 ** 48) * count);
