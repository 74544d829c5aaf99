/**
 * The receipt of an erasure: that an address was erased, when, where, and by whose word; never which.
 *
 *     { "format": "leadpoet.erasure-receipt/1", "erased_at": "…", "address": { "salt", "hash" },
 *       "nodes": […], "searched": { "files", "bytes" }, …, "signatures": [{ "hotkey", "signature" }] }
 *     hash = H(salt, address)            signed = CBOR [format, all of it but the signatures]
 *
 * Who has the address sees by the hash that the receipt is about it; who has not learns nothing.
 */
import { digest } from '../../protocols/hash.ts';
import { emailKey } from '../../protocols/lead.ts';
import { show } from '../../protocols/query.ts';
import type { Hotkey } from '../../protocols/units.ts';
import { canonical } from '../../protocols/wire.ts';
import { UsageError } from '../cli/trouble.ts';
import { listIn, objectIn, wrong } from '../fields.ts';
import type { Notary } from '../host.ts';

export const RECEIPT_FORMAT = 'leadpoet.erasure-receipt/1';

export interface ReceiptNode {
  readonly network: string;
  readonly role: string;
  readonly hotkey: Hotkey;
  /** So many leads of the address were here. */
  readonly leads: number;
}

export interface Receipt {
  readonly format: typeof RECEIPT_FORMAT;
  /** In ISO 8601, UTC. */
  readonly erased_at: string;
  readonly address: { readonly salt: string; readonly hash: string };
  readonly nodes: readonly ReceiptNode[];
  /** In how many places other than a node's leads something was forgotten, by what they are. */
  readonly others: Readonly<Record<string, number>>;
  /** What was looked through afterwards, byte by byte. */
  readonly searched: { readonly files: number; readonly bytes: number };
  /** Files in which the address was found even then: they are not ours, and are left to their owner. */
  readonly left: readonly string[];
  readonly signatures: readonly { readonly hotkey: Hotkey; readonly signature: string }[];
}

/** What an address is called in a receipt, and in the audit logs of who erased it. */
export const addressHash = (salt: string, email: string): string =>
  digest('leadpoet.erased-address/1', salt, emailKey(email));

/** What each node signs. */
export function statementOf(receipt: Receipt): Uint8Array {
  const { signatures: _, ...rest } = receipt;
  return canonical([RECEIPT_FORMAT, rest]);
}

/** Why a receipt does not hold; undefined where it does. */
export function receiptFault(
  receipt: Receipt,
  notaryOf: (hotkey: Hotkey) => Pick<Notary, 'check'>,
): string | undefined {
  const { nodes, signatures } = receipt;
  if (nodes.length === 0) return 'it names no node that erased anything';
  const statement = statementOf(receipt);
  for (const { hotkey } of nodes) {
    const signed = signatures.find((one) => one.hotkey === hotkey);
    if (signed === undefined) return `${hotkey} has not signed it`;
    const bytes = Buffer.from(signed.signature, 'hex');
    if (!notaryOf(hotkey).check(hotkey, statement, bytes)) {
      return `it is not what ${hotkey} has signed`;
    }
  }
  return undefined;
}

/** A receipt as it was read from a file. Throws a `UsageError` that names what is wrong with it. */
export function readReceipt(value: unknown, at: string): Receipt {
  const fields = objectIn(value, at);
  const { format, address } = fields;
  if (format !== RECEIPT_FORMAT) {
    throw new UsageError({ field: `${at}.format`, came: show(format), allowed: RECEIPT_FORMAT });
  }
  const { salt, hash } = objectIn(address, `${at}.address`);
  if (!isHex(salt) || !isHex(hash)) throw wrong(`${at}.address`, address, 'a salt and a hash');
  for (const node of bounded(fields, 'nodes')) hotkeyIn(node, `${at}.nodes`);
  for (const one of bounded(fields, 'signatures')) {
    hotkeyIn(one, `${at}.signatures`);
    const { signature } = objectIn(one, `${at}.signatures`);
    if (typeof signature !== 'string' || !/^[0-9a-f]{128}$/.test(signature)) {
      throw wrong(`${at}.signatures`, signature, '64 bytes in hex');
    }
  }
  // Whatever else is in it is signed, and what nobody has signed does not hold.
  return fields as unknown as Receipt;
}

/** One look at a signature takes milliseconds; nobody runs so many nodes on one machine. */
const MOST_NODES = 1_000;

function bounded(fields: ReturnType<typeof objectIn>, name: string): readonly unknown[] {
  const list = listIn(fields, name);
  if (list !== undefined && list.length <= MOST_NODES) return list;
  throw wrong(name, list, `a list of at most ${MOST_NODES}`);
}

function hotkeyIn(value: unknown, at: string): void {
  const { hotkey } = objectIn(value, at);
  if (typeof hotkey !== 'string' || !/^[0-9A-Za-z]{40,64}$/.test(hotkey)) {
    throw wrong(`${at}.hotkey`, hotkey, 'a hotkey');
  }
}

const isHex = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
