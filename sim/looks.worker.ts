/**
 * Looks at the leads of a lot of batches, in a thread of its own: bytes come in, numbers go back.
 */
import type { Want } from '../protocols/query.ts';
import { packedLook } from './looks.ts';

export interface LookTask {
  /** The leads of all batches, one after the other. */
  readonly bytes: Uint8Array;
  readonly batches: readonly { readonly bytes: number; readonly want: Want }[];
}

/** A packed look a batch. */
export type LookReply = readonly Int32Array[];

export function look({ bytes, batches }: LookTask): LookReply {
  let at = 0;
  return batches.map((batch) => packedLook(bytes.slice(at, (at += batch.bytes)), batch.want));
}
