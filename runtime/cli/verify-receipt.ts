/**
 * `leadpoet erase --verify`: whether receipts of erasures are what the nodes that they name have signed.
 */
import type { Hotkey } from '../../protocols/units.ts';
import { addressHash, readReceipt, receiptFault, type Receipt } from '../erasure/receipt.ts';
import { checkers } from '../erasure/signers.ts';
import { nameOf, readJsonFile, type JsonKind } from '../json-file.ts';
import { emailIn } from './addresses-in.ts';
import { EXIT, UsageError, type Console } from './trouble.ts';

const RECEIPTS: JsonKind = {
  file: 'a receipt',
  document: 'a receipt of `leadpoet erase`, or a list of them',
  // Ten thousand receipts of a machine with a dozen nodes.
  mostBytes: 67_108_864,
  mostSize: '64 MB',
  mostDepth: 8,
};

export interface VerifyReceiptOptions {
  readonly json?: true;
}

/**
 * Exit 0 where all of them hold and say that nothing was left, and one is about the address where one
 * is given; else 1.
 */
export async function verifyReceipt(
  file: string,
  emails: readonly string[],
  { json }: VerifyReceiptOptions,
  io: Console,
): Promise<number> {
  if (emails.length > 1) {
    const allowed = 'one address, or none';
    throw new UsageError({ field: 'the address', came: `${emails.length} of them`, allowed });
  }
  const [named] = emails;
  const email = named === undefined ? undefined : emailIn(named, 'argument 1');
  const receipts = await receiptsIn(file);
  const about = email === undefined ? receipts : receipts.filter((one) => isAbout(one, email));
  const notaryOf = await checkers(receipts.flatMap(({ nodes }) => nodes.map(hotkeyOf)));
  const faults = receipts.map((receipt) => receiptFault(receipt, notaryOf) ?? leftIn(receipt));
  const wrong = faults.find((fault) => fault !== undefined);
  const why = wrong ?? (about.length === 0 ? 'it is about another address' : undefined);
  const ok = why === undefined;
  if (json === true) {
    io.out(
      `${JSON.stringify({ format: 'leadpoet.verify-receipt/1', ok, receipts: receipts.length, why })}\n`,
    );
    return ok ? EXIT.done : EXIT.no;
  }
  io.out(ok ? told(email === undefined ? receipts : about) : `${nameOf(file)}: ${why}\n`);
  return ok ? EXIT.done : EXIT.no;
}

async function receiptsIn(file: string): Promise<readonly Receipt[]> {
  const document = await readJsonFile(file, RECEIPTS);
  const list: readonly unknown[] = Array.isArray(document) ? document : [document];
  if (list.length === 0) {
    throw new UsageError({
      field: nameOf(file),
      came: 'an empty list',
      allowed: RECEIPTS.document,
    });
  }
  return list.map((one, index) =>
    readReceipt(one, list.length === 1 ? 'receipt' : `receipt ${index + 1}`),
  );
}

const isAbout = ({ address: { salt, hash } }: Receipt, email: string): boolean =>
  addressHash(salt, email) === hash;

const leftIn = ({ left }: Receipt): string | undefined =>
  left.length === 0 ? undefined : `it says that the address was left in ${left.join(', ')}`;

const hotkeyOf = ({ hotkey }: { readonly hotkey: Hotkey }): Hotkey => hotkey;

const told = (receipts: readonly Receipt[]): string =>
  receipts
    .map(({ erased_at: at, nodes }) => {
      const leads = nodes.reduce((sum, node) => sum + node.leads, 0);
      const by = [...new Set(nodes.map(hotkeyOf))].join(', ');
      return `ok: erased ${at}, ${leads} leads, signed by ${by}\n`;
    })
    .join('');
