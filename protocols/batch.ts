/**
 * A batch's leads on the wire, and the digest that names them.
 *
 *     leads = CBOR [ [salt, lead], [salt, lead], … ]     a lead is itself a CBOR byte string
 *     leaf  = H(salt, lead)                              what stands for a lead that was erased
 *     id    = H(query, miner, leaf, leaf, …)
 *
 * The outer list can be walked without decoding a single lead, so a batch is hashed, stored and
 * handed on as bytes. Since every lead is hashed with a salt of its own, one can be erased and the
 * id still verifies, and nobody can find out by trial which lead the leaf stood for.
 */
import { decode, encode, encodeInto, Token, Type, type EncodeOptions } from 'cborg';
import { bytesOf, digest, digestBytes } from './hash.ts';
import { LEAD_KEYS, type Lead } from './lead.ts';
import type { Batch } from './messages.ts';
import { MAX_LEADS } from './query.ts';
import { remembered } from './remembered.ts';
import { invariant, type BatchId, type Digest, type Hotkey, type QueryId } from './units.ts';
import { STRICT_CBOR } from './strict-cbor.ts';

/** A lead and its salt; or, after erasure, the leaf that stood for it. */
export type SealedLead =
  | { readonly salt: Uint8Array; readonly lead: Uint8Array }
  | { readonly erased: Uint8Array };

const SALT_BYTES = 16;
const LEAF_BYTES = 32;
/** Of one lead's bytes on the wire: above the 8 KiB that a good lead may have, for a bad one to be judged. */
const MAX_SEALED_LEAD = 16_384;
/** 100 leads of 1 KiB and some; one of 25 KiB is usual. The wire refuses a larger one. */
export const MAX_BATCH_BYTES = 262_144;

/** Leads, salted and packed. A salt a lead, 16 bytes of chance each. */
export const packLeads = (leads: readonly object[], salts: readonly Uint8Array[]): Uint8Array =>
  packEncoded(
    leads.map((lead) => written(lead).bytes),
    salts,
  );

/**
 * As many of the leads as one message may carry: a hundred of usual size are a tenth of that. One
 * that is too long to be carried at all would take the others with it, and stays out.
 */
export function packFitting(
  leads: readonly object[],
  salts: readonly Uint8Array[],
): { readonly count: number; readonly bytes: Uint8Array } {
  const portable = leads.map(written).filter(({ bytes }) => bytes.length <= MAX_SEALED_LEAD);
  for (let count = portable.length; ; count--) {
    const fitting = portable.slice(0, count);
    const packed = fitting.map((one) => one.bytes);
    const bytes = packEncoded(packed, salts);
    if (bytes.length > MAX_BATCH_BYTES && count > 0) continue;
    if (count <= MAX_LEADS) {
      const read = fitting.map((one) => one.usual ?? decodeOrUndefined(one.bytes));
      decoded.set(bytes, read);
      leavesPacked.set(bytes, leavesOver(packed, salts));
    }
    return { count, bytes };
  }
}

/** What was packed in this process, as it will be read. */
const decoded = new WeakMap<Uint8Array, readonly unknown[]>();

/** The leaves of what was packed in this process, until its name is asked for. */
const leavesPacked = new WeakMap<Uint8Array, readonly Uint8Array[]>();

const leavesOver = (
  leads: readonly Uint8Array[],
  salts: readonly Uint8Array[],
): readonly Uint8Array[] =>
  leads.map((lead, index) => {
    const salt = salts[index];
    invariant(salt?.length === SALT_BYTES, 'each lead has a salt of its own');
    return leafOf({ salt, lead });
  });

/** The nine keys as CBOR sorts them: the shorter first. */
const IN_ORDER = LEAD_KEYS.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));

/**
 * What decoding the bytes of a usual lead gives: nine texts. Undefined of any other, for what a
 * source takes for a lead may be anything.
 */
function asDecoded(lead: unknown): Lead | undefined {
  if (typeof lead !== 'object' || lead === null) return undefined;
  const fields = lead as Readonly<Record<string, unknown>>;
  if (Object.keys(lead).length !== IN_ORDER.length) return undefined;
  const read: Record<string, string> = {};
  for (const key of IN_ORDER) {
    const text = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (typeof text !== 'string' || !text.isWellFormed()) return undefined;
    read[key] = text;
  }
  return read as Lead;
}

/** A lead's bytes; and what reading them gives, where that is known without. */
interface Written {
  readonly bytes: Uint8Array;
  readonly usual?: Lead;
}

/** The keys of a usual lead need not be sorted, nor be encoded, each time anew. */
function written(lead: object): Written {
  const usual = asDecoded(lead);
  if (usual === undefined) return { bytes: encode(lead) };
  const length = IN_ORDER.reduce((sum, key) => sum + usual[key].length, 0);
  if (length > MAX_USUAL) return { bytes: encode(lead), usual };
  const { written: size } = encodeInto(usual, scratch, BY_KEYS);
  return { bytes: scratch.slice(0, size), usual };
}

/** Of the texts of a usual lead, in characters: three bytes each at the most, and some for the keys. */
const MAX_USUAL = 4_096;
const scratch = new Uint8Array(4 * MAX_USUAL);

/** The head of nine pairs, and the keys, each of which keeps its bytes. */
const NINE = new Token(Type.map, IN_ORDER.length);
const KEYS = IN_ORDER.map((key) => [key, new Token(Type.string, key)] as const);

/** Of a lead with nine texts the tokens in the order of the wire. */
function tokensOf(lead: Lead): Token[] {
  const tokens = [NINE];
  for (const [key, token] of KEYS) tokens.push(token, new Token(Type.string, lead[key]));
  return tokens;
}
const BY_KEYS: EncodeOptions = { typeEncoders: { Object: tokensOf } };

const packEncoded = (leads: readonly Uint8Array[], salts: readonly Uint8Array[]): Uint8Array =>
  ownBytes(encode(leads.map((lead, index) => [salts[index], lead])));

/**
 * What cborg writes may be a Buffer, and a small one lies in a pool that node shares among many: who
 * hands on its memory hands on theirs.
 */
const ownBytes = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

/** The sealed leads, none of them decoded; undefined where the bytes are not a list of such. */
export const unpackLeads: (bytes: Uint8Array) => readonly SealedLead[] | undefined =
  remembered(unpacked);

function unpacked(bytes: Uint8Array): readonly SealedLead[] | undefined {
  if (bytes.length > MAX_BATCH_BYTES) return undefined;
  const list = decodeOrUndefined(bytes);
  if (!Array.isArray(list) || list.length > MAX_LEADS) return undefined;
  const leads = list.map(readSealedLead);
  return leads.every((lead) => lead !== undefined) ? leads : undefined;
}

function readSealedLead(item: unknown): SealedLead | undefined {
  if (!Array.isArray(item)) return undefined;
  const [first, second]: unknown[] = item;
  if (!(first instanceof Uint8Array)) return undefined;
  if (item.length === 1 && first.length === LEAF_BYTES) return { erased: first };
  if (item.length !== 2 || first.length !== SALT_BYTES) return undefined;
  if (!(second instanceof Uint8Array) || second.length > MAX_SEALED_LEAD) return undefined;
  return { salt: first, lead: second };
}

/** The batch's name, or undefined where the bytes are no list of leads. */
export const batchId = (query: QueryId, miner: Hotkey, bytes: Uint8Array): BatchId | undefined =>
  named(query, miner, bytes)?.id;

/** What bytes are to a query and a miner. */
interface Named {
  readonly query: QueryId;
  readonly miner: Hotkey;
  readonly id: BatchId;
  readonly count: number;
}

function named(query: QueryId, miner: Hotkey, bytes: Uint8Array): Named | undefined {
  const known = names.get(bytes);
  if (known?.query === query && known.miner === miner) return known;
  const leaves = leavesPacked.get(bytes) ?? unpackLeads(bytes)?.map(leafOf);
  if (leaves === undefined) return undefined;
  const id = digest('leadpoet.batch/1', query, miner, ...leaves) as BatchId;
  const found = { query, miner, id, count: leaves.length };
  names.set(bytes, found);
  leavesPacked.delete(bytes);
  return found;
}
/** Each miner names its own batch, and everyone else looks whether that is its name. */
const names = new WeakMap<Uint8Array, Named>();

/** Whether a batch's leads are what its name and its count say. */
export function isWhole({ id, query, miner, leads, count }: Batch): boolean {
  const found = named(query.id, miner, leads);
  return found?.count === count && found.id === id;
}

/** The hash that stands for a lead, in its batch's name and in its place once it was erased. */
export const leafOf = (lead: SealedLead): Uint8Array =>
  'erased' in lead ? lead.erased : digestBytes('leadpoet.lead/1', lead.salt, lead.lead);

/** The same leads without the one at `index`: its leaf stays, so that the id does. */
export function eraseLead(bytes: Uint8Array, index: number): Uint8Array {
  const leads = unpackLeads(bytes) ?? [];
  return packSealed(leads.map((lead, at) => (at === index ? { erased: leafOf(lead) } : lead)));
}

/** The bytes that `unpackLeads` reads as these: there is one way to write them. */
export const packSealed = (leads: readonly SealedLead[]): Uint8Array =>
  ownBytes(
    encode(leads.map((lead) => ('erased' in lead ? [lead.erased] : [lead.salt, lead.lead]))),
  );

/**
 * Each lead as whatever its bytes say: undefined where they say nothing, or it was erased. The same
 * objects each time, for as long as someone holds the bytes.
 */
export const decodeLeads: (bytes: Uint8Array) => readonly unknown[] = remembered(
  (bytes) =>
    decoded.get(bytes) ??
    (unpackLeads(bytes) ?? []).map((lead) =>
      'erased' in lead ? undefined : decodeOrUndefined(lead.lead),
    ),
);

function decodeOrUndefined(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, STRICT_CBOR);
  } catch {
    return undefined;
  }
}

/** A salt a lead, from 128 bits of chance that the miner keeps to itself. A hash is two of them. */
export function saltsFrom(secret: Digest, count: number): readonly Uint8Array[] {
  const key = bytesOf(secret);
  const pairs = Array.from({ length: Math.ceil(count / 2) }, (_, index) =>
    digestBytes('leadpoet.salt/1', key, index),
  );
  return pairs
    .flatMap((pair) => [pair.subarray(0, SALT_BYTES), pair.subarray(SALT_BYTES)])
    .slice(0, count);
}
