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
import { decode, encode } from 'cborg';
import { bytesOf, digest, digestBytes } from './hash.ts';
import { LEAD_KEYS } from './lead.ts';
import type { Batch } from './messages.ts';
import { MAX_LEADS } from './query.ts';
import { remembered } from './remembered.ts';
import type { BatchId, Digest, Hotkey, QueryId } from './units.ts';

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

const STRICT = {
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
  strict: true,
  useMaps: false,
} as const;

/** Leads, salted and packed. A salt a lead, 16 bytes of chance each. */
export const packLeads = (leads: readonly object[], salts: readonly Uint8Array[]): Uint8Array =>
  packEncoded(leads.map(encoded), salts);

/**
 * As many of the leads as one message may carry: a hundred of usual size are a tenth of that. One
 * that is too long to be carried at all would take the others with it, and stays out.
 */
export function packFitting(
  leads: readonly object[],
  salts: readonly Uint8Array[],
): { readonly count: number; readonly bytes: Uint8Array } {
  const portable = leads
    .map((lead) => ({ lead, bytes: encoded(lead) }))
    .filter(({ bytes }) => bytes.length <= MAX_SEALED_LEAD);
  for (let count = portable.length; ; count--) {
    const fitting = portable.slice(0, count);
    const bytes = packEncoded(
      fitting.map((one) => one.bytes),
      salts,
    );
    if (bytes.length > MAX_BATCH_BYTES && count > 0) continue;
    if (count <= MAX_LEADS) {
      const read = fitting.map((one) => asDecoded(one.lead) ?? decodeOrUndefined(one.bytes));
      decoded.set(bytes, read);
    }
    return { count, bytes };
  }
}

/** What was packed in this process, as it will be read. */
const decoded = new WeakMap<Uint8Array, readonly unknown[]>();

/** The nine keys as CBOR sorts them: the shorter first. */
const IN_ORDER = LEAD_KEYS.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));

/** What decoding the bytes of a usual lead gives: nine texts. Undefined of any other. */
function asDecoded(lead: object): object | undefined {
  const fields = lead as Readonly<Record<string, unknown>>;
  if (Object.keys(lead).length !== IN_ORDER.length) return undefined;
  const read: Record<string, string> = {};
  for (const key of IN_ORDER) {
    const text = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (typeof text !== 'string' || !text.isWellFormed()) return undefined;
    read[key] = text;
  }
  return read;
}

const encoded = (lead: object): Uint8Array => encode(lead);

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
export function batchId(query: QueryId, miner: Hotkey, bytes: Uint8Array): BatchId | undefined {
  const leaves = leavesOf(bytes);
  if (leaves === undefined) return undefined;
  return digest('leadpoet.batch/1', query, miner, ...leaves) as BatchId;
}

/** A hash a lead; undefined where the bytes are no list of leads. */
const leavesOf = remembered((bytes: Uint8Array) => unpackLeads(bytes)?.map(leafOf));

/** Whether a batch's leads are what its name and its count say. */
export const isWhole = ({ id, query, miner, leads, count }: Batch): boolean =>
  unpackLeads(leads)?.length === count && batchId(query.id, miner, leads) === id;

const leafOf = (lead: SealedLead): Uint8Array =>
  'erased' in lead ? lead.erased : digestBytes('leadpoet.lead/1', lead.salt, lead.lead);

/** The same leads without the one at `index`: its leaf stays, so that the id does. */
export function eraseLead(bytes: Uint8Array, index: number): Uint8Array {
  const leads = unpackLeads(bytes) ?? [];
  return ownBytes(
    encode(
      leads.map((lead, at) =>
        at === index || 'erased' in lead ? [leafOf(lead)] : [lead.salt, lead.lead],
      ),
    ),
  );
}

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
    return decode(bytes, STRICT);
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
