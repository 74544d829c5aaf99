/**
 * Digests side by side, 32 bytes each: outside the heap, where a million of them are looked at by no
 * collection of garbage and take half the room of a set of texts.
 */
import { addTo, findIn, newTable, type Table } from './table.ts';
import type { TightDigest } from './units.ts';

const BYTES = 32;

export function packDigests(digests: readonly TightDigest[]): Uint8Array {
  const packed = new Uint8Array(digests.length * BYTES);
  for (const [at, one] of digests.entries()) write(packed, at, one);
  return packed;
}

function write(packed: Uint8Array, at: number, one: TightDigest): void {
  for (let byte = 0; byte < BYTES; byte++) packed[at * BYTES + byte] = one.charCodeAt(byte);
}

export const digestAt = (packed: Uint8Array, at: number): TightDigest =>
  String.fromCharCode(...packed.subarray(at * BYTES, (at + 1) * BYTES)) as TightDigest;

/** Whether it is the one at a place. */
export function isDigestAt(packed: Uint8Array, at: number, one: TightDigest): boolean {
  const from = at * BYTES;
  for (let byte = 0; byte < BYTES; byte++) {
    if (packed[from + byte] !== one.charCodeAt(byte)) return false;
  }
  return true;
}

/** Below 0 where the first sorts before the second, as their hex does. */
export function compareDigests(a: Uint8Array, at: number, b: Uint8Array, bt: number): number {
  for (let byte = 0; byte < BYTES; byte++) {
    const difference = (a[at * BYTES + byte] ?? 0) - (b[bt * BYTES + byte] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** For a table: 32 bits of what is as good as chance. */
export const hashOfDigest = (one: TightDigest): number =>
  bitsOf(one.charCodeAt(0), one.charCodeAt(1), one.charCodeAt(2), one.charCodeAt(3));

export const hashAt = (packed: Uint8Array, at: number): number =>
  bitsOf(
    packed[at * BYTES],
    packed[at * BYTES + 1],
    packed[at * BYTES + 2],
    packed[at * BYTES + 3],
  );

const bitsOf = (a = 0, b = 0, c = 0, d = 0): number => ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;

/** A set of digests, in the order in which they came. */
export interface DigestSet {
  /** There is room for more behind the last. */
  packed: Uint8Array;
  size: number;
}

export const newDigestSet = (): DigestSet => ({ packed: new Uint8Array(0), size: 0 });

export const hasDigest = (set: DigestSet, one: TightDigest): boolean =>
  findIn(tableOf(set), hashOfDigest(one), (at) => isDigestAt(set.packed, at, one)) !== undefined;

/** The same of one that is packed elsewhere. */
export const hasDigestAt = (set: DigestSet, packed: Uint8Array, at: number): boolean =>
  findIn(
    tableOf(set),
    hashAt(packed, at),
    (own) => compareDigests(set.packed, own, packed, at) === 0,
  ) !== undefined;

/** Puts one in, if it is not there. */
export function addDigest(set: DigestSet, one: TightDigest): void {
  if (hasDigest(set, one)) return;
  if ((set.size + 1) * BYTES > set.packed.length) {
    const wider = new Uint8Array(BYTES * Math.ceil((set.size + 1) * GROWTH));
    wider.set(set.packed);
    set.packed = wider;
  }
  write(set.packed, set.size, one);
  addTo(tableOf(set), set.size++);
}
const GROWTH = 1.25;

/** Where each of a set is: made of the set when it is first asked for, and kept up with it. */
function tableOf(set: DigestSet): Table {
  let table = tables.get(set);
  if (table === undefined) {
    table = newTable((at) => hashAt(set.packed, at));
    for (let at = 0; at < set.size; at++) addTo(table, at);
    tables.set(set, table);
  }
  return table;
}
const tables = new WeakMap<DigestSet, Table>();
