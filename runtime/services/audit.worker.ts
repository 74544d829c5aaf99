/**
 * What a worker thread does: it takes bytes and gives back numbers. Several batches make one task,
 * since the trip here and back costs as much as a few dozen leads do.
 *
 * No piscina and no state here: the same functions are called in line, so that both ways agree.
 */
import { createPublicKey, verify } from 'node:crypto';
import { decodeLeads } from '../../protocols/batch.ts';
import type { Want } from '../../protocols/query.ts';
import { auditOffline } from '../../protocols/rules/audit.ts';
import type { Verdict } from '../../protocols/verdict.ts';

/** One batch of a task: how many of the task's bytes are its leads, and what to look at. */
export interface Lot {
  readonly bytes: number;
  readonly want: Want;
  readonly sample: readonly number[];
}

export interface AuditTask {
  /** The leads of all lots, one after the other. */
  readonly bytes: Uint8Array;
  readonly lots: readonly Lot[];
}

export interface AuditResult {
  /** A verdict a lead, lot after lot. */
  readonly verdicts: Uint32Array;
  /** How many of the verdicts are each lot's. */
  readonly counts: Uint32Array;
  /** How long the work itself took, in milliseconds. */
  readonly took: number;
}

/** The audit of one batch, wherever it is done. */
export const auditLeads = (
  leads: Uint8Array,
  want: Want,
  sample: readonly number[],
): readonly Verdict[] => auditOffline(decodeLeads(leads), want, sample);

export function audit({ bytes, lots }: AuditTask): AuditResult {
  const from = performance.now();
  const counts = new Uint32Array(lots.length);
  const verdicts: Verdict[] = [];
  let at = 0;
  for (const [index, lot] of lots.entries()) {
    const leads = bytes.subarray(at, (at += lot.bytes));
    const found = auditLeads(leads, lot.want, lot.sample);
    counts[index] = found.length;
    for (const verdict of found) verdicts.push(verdict);
  }
  return { verdicts: Uint32Array.from(verdicts), counts, took: performance.now() - from };
}

export interface SignatureTask {
  /** Of each check: an ed25519 key, a signature, and the statement, one after the other. */
  readonly bytes: Uint8Array;
  /** How long each statement is. */
  readonly lengths: Uint32Array;
}

export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;
/** What stands before the 32 bytes of an ed25519 key in the form that node:crypto reads. */
const KEY_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/** 1 for each good signature, 0 for each other one. */
export function signatures({ bytes, lengths }: SignatureTask): Uint8Array {
  let at = 0;
  const take = (count: number): Uint8Array => bytes.subarray(at, (at += count));
  return Uint8Array.from(lengths, (length) =>
    isSigned(take(KEY_BYTES), take(SIGNATURE_BYTES), take(length)) ? 1 : 0,
  );
}

function isSigned(key: Uint8Array, signature: Uint8Array, statement: Uint8Array): boolean {
  try {
    const der = Buffer.concat([KEY_HEAD, key]);
    const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return verify(null, statement, publicKey, signature);
  } catch {
    return false;
  }
}

/** Asked for to have a thread begin before there is work for it. */
export const warm = (): null => null;
