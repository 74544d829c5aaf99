/**
 * `leadpoet erase`: takes a person out of everything under a data directory, and gives a receipt.
 *
 *     address ──▶ (do-not-contact list) ──▶ each node: by itself where it runs ──▶ caches, copies
 *             ──▶ every byte looked through ──▶ receipt, signed by each node's hotkey
 *
 * Whatever ends it in its midst: done again it comes to the same end.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { relative, sep } from 'node:path';
import type { Hotkey } from '../../protocols/units.ts';
import { Addresses } from '../erasure/addresses.ts';
import { KEPT } from '../erasure/kept.ts';
import { eraseFromNode } from '../erasure/node-erasing.ts';
import { filesUnder, nodesIn, search, type NodePlace, type Search } from '../erasure/places.ts';
import {
  addressHash,
  RECEIPT_FORMAT,
  statementOf,
  type Receipt,
  type ReceiptNode,
} from '../erasure/receipt.ts';
import { signerOf, type Signer } from '../erasure/signers.ts';
import type { Erasing } from '../errands.ts';
import { NODE_FILE } from '../store/node-store.ts';
import { emailsIn } from './addresses-in.ts';
import { addToList } from './suppress.ts';
import { nodeSettings, type RawOptions } from './node-settings.ts';
import { EXIT, WorldError, type Console } from './trouble.ts';

export interface EraseOptions extends RawOptions {
  readonly suppress?: string;
  readonly json?: true;
}

/** Exit 0 where nothing of them is left, 1 where something is that is not ours, 3 where a node could not. */
export async function erase(
  entries: readonly string[],
  options: EraseOptions,
  io: Console,
  stdin: AsyncIterable<Uint8Array> = process.stdin,
): Promise<number> {
  const emails = await emailsIn(entries, stdin);
  const { suppress, ...flags } = options;
  const { dataDir, wallet } = nodeSettings('buyer', flags, process.env);
  const dir = directoryAt(dataDir);
  const say = (line: string): void => io.err(`leadpoet erase: ${line}\n`);
  const nodes = nodesIn(dir, filesUnder(dir));
  // Before anything else: whoever sends the person again meanwhile finds the list in place.
  if (suppress !== undefined) {
    const { count } = await addToList(suppress, emails);
    say(`${count} added to ${suppress}, which the nodes that have it take up by themselves`);
  }
  // Keys are opened first: a password that is not known is found out before anything is done.
  const signers = await openSigners(nodes, wallet.path, say);
  try {
    const addresses = new Addresses(emails);
    const persons = addresses.emails.map((email) => {
      const salt = randomBytes(32).toString('hex');
      return { email, salt, hash: addressHash(salt, email) };
    });
    const done = await eraseAll(dir, nodes, persons, addresses, say);
    const receipts = persons.map((person, index) =>
      signed(receiptOf(person, index, { dir, nodes, signers, done }), signers),
    );
    const shown = receipts.length === 1 ? receipts[0] : receipts;
    io.out(`${JSON.stringify(shown, null, options.json === true ? 0 : 2)}\n`);
    return tell(done, dir, say);
  } finally {
    for (const signer of signers.values()) signer.forget();
  }
}

function directoryAt(dataDir: string): string {
  if (!existsSync(dataDir)) {
    throw new WorldError(`${dataDir} is not there, so nobody is in it; name another --data-dir`);
  }
  return realpathSync(dataDir);
}

async function openSigners(
  nodes: readonly NodePlace[],
  walletPath: string,
  say: (line: string) => void,
): Promise<ReadonlyMap<NodePlace, Signer>> {
  const signers = new Map<NodePlace, Signer>();
  for (const node of nodes) signers.set(node, await signerOf(node, walletPath, say));
  return signers;
}

type Persons = readonly (Erasing['persons'][number] & { readonly salt: string })[];

interface Done {
  /** By node, then by person. */
  readonly leads: ReadonlyMap<NodePlace, readonly number[]>;
  readonly others: Readonly<Record<string, number>>;
  readonly searched: Search;
}

/** A person may come again while this runs, by a batch that was on its way: so often it is seen to. */
const MOST_ROUNDS = 3;

/** Of all places; where one could not be seen to the others are first, and then it is named. */
async function eraseAll(
  dir: string,
  nodes: readonly NodePlace[],
  persons: Persons,
  addresses: Addresses,
  say: (line: string) => void,
): Promise<Done> {
  const leads = new Map<NodePlace, readonly number[]>();
  const others: Record<string, number> = {};
  const plain = persons.map(({ email, hash }) => ({ email, hash }));
  let todo = nodes;
  for (let round = 1; ; round++) {
    const troubles: WorldError[] = [];
    const eraseOne = async (node: NodePlace): Promise<void> => {
      try {
        const found = await eraseFromNode(node, plain, say);
        const before = leads.get(node) ?? [];
        const sum = found.map((count, index) => count + (before[index] ?? 0));
        leads.set(node, sum);
      } catch (cause) {
        if (!(cause instanceof WorldError)) throw cause;
        troubles.push(cause);
      }
    };
    // Those that run do it by themselves, all at once.
    await Promise.all(todo.map(eraseOne));
    for (const { name, isOne, forget } of KEPT) {
      for (const file of filesUnder(dir).filter(isOne)) {
        others[name] = (others[name] ?? 0) + (await forget(file, addresses));
      }
    }
    const [first, ...more] = troubles;
    if (first !== undefined) {
      for (const { message } of more) say(message);
      throw new WorldError(`not all of it was erased: ${first.message}`, { cause: first });
    }
    const searched = await search(filesUnder(dir), addresses);
    todo = nodes.filter(({ dir: own }) =>
      [...searched.found.keys()].some((file) => file.startsWith(`${own}${sep}${NODE_FILE}`)),
    );
    if (todo.length === 0 || round === MOST_ROUNDS) return { leads, others, searched };
  }
}

function receiptOf(
  { email, salt, hash }: Persons[number],
  index: number,
  {
    dir,
    nodes,
    signers,
    done: { leads, others, searched },
  }: {
    readonly dir: string;
    readonly nodes: readonly NodePlace[];
    readonly signers: ReadonlyMap<NodePlace, Signer>;
    readonly done: Done;
  },
): Receipt {
  const named = nodes.flatMap((node): readonly ReceiptNode[] => {
    const hotkey = signers.get(node)?.hotkey;
    const { network, role } = node;
    return hotkey === undefined
      ? []
      : [{ network, role, hotkey, leads: leads.get(node)?.[index] ?? 0 }];
  });
  return {
    format: RECEIPT_FORMAT,
    erased_at: new Date().toISOString(),
    address: { salt, hash },
    nodes: named,
    others,
    searched: { files: searched.files, bytes: searched.bytes },
    left: [...searched.found]
      .filter(([, found]) => found.includes(email))
      .map(([file]) => relative(dir, file)),
    signatures: [],
  };
}

/** By each hotkey once, however many nodes it has had. */
function signed(receipt: Receipt, signers: ReadonlyMap<NodePlace, Signer>): Receipt {
  const statement = statementOf(receipt);
  const byHotkey = new Map<Hotkey, Signer>();
  for (const signer of signers.values()) byHotkey.set(signer.hotkey, signer);
  return {
    ...receipt,
    signatures: [...byHotkey].map(([hotkey, signer]) => ({
      hotkey,
      signature: Buffer.from(signer.sign(statement)).toString('hex'),
    })),
  };
}

function tell({ leads, others, searched }: Done, dir: string, say: (line: string) => void): number {
  const count = [...leads.values()].flat().reduce((sum, one) => sum + one, 0);
  const copies = (others['damaged copies'] ?? 0) + (others['errands'] ?? 0);
  const gone = copies === 0 ? '' : ` and ${copies} files`;
  say(
    `${count} leads${gone} erased from ${leads.size} nodes; ${searched.files} files, ${searched.bytes} bytes looked through`,
  );
  if (searched.found.size === 0) return EXIT.done;
  for (const file of searched.found.keys()) {
    say(`still found in ${relative(dir, file)}: that is not ours to change, see to it yourself`);
  }
  return EXIT.no;
}
