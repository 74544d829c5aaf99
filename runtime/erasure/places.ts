/**
 * What lies under a data directory: the nodes, of all networks, roles and hotkeys, and every file.
 *
 *     DATA_DIR/mock/ROLE/HOTKEY/            node.sqlite, audit.log, …
 *     DATA_DIR/NETWORK-NETUID/ROLE/WALLET/HOTKEY/
 */
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Role } from '../../protocols/messages.ts';
import { WorldError } from '../cli/trouble.ts';
import { NODE_FILE } from '../store/node-store.ts';
import { LONGEST_ADDRESS, type Addresses } from './addresses.ts';

/** A node's own directory, whether it runs or not. */
export interface NodePlace {
  readonly dir: string;
  readonly role: Role;
  /** `mock`, `finney-343`. */
  readonly network: string;
  /** Of the wallet that has its key; absent on the mock network, whose keys lie with the node. */
  readonly wallet?: { readonly name: string; readonly hotkey: string };
}

/** Deeper than any node lies; whoever nests folders without end is not followed. */
const MOST_DEPTH = 12;
/** More files are none of ours: a hundred nodes with a hundred full audit logs each are a tenth. */
const MOST_FILES = 100_000;

/** Every file under a directory, by its path; links are not followed. Throws a `WorldError`. */
export function filesUnder(dir: string): readonly string[] {
  const files: string[] = [];
  const open = [{ folder: dir, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { folder, depth } = next;
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isFile()) files.push(path);
      else if (entry.isDirectory() && depth < MOST_DEPTH)
        open.push({ folder: path, depth: depth + 1 });
      else if (entry.isDirectory()) {
        throw new WorldError(`${path} lies deeper than any data of ours; name another --data-dir`);
      }
    }
    if (files.length > MOST_FILES) {
      throw new WorldError(`more than ${MOST_FILES} files lie in ${dir}; name another --data-dir`);
    }
  }
  return files.toSorted();
}

function entriesOf(folder: string): ReturnType<typeof listed> {
  try {
    return listed(folder);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WorldError(`${folder} cannot be read: ${why}; name another --data-dir`, { cause });
  }
}
const listed = (folder: string) => readdirSync(folder, { withFileTypes: true });

/** The nodes whose files these are. */
export const nodesIn = (dataDir: string, files: readonly string[]): readonly NodePlace[] =>
  files.filter((file) => basename(file) === NODE_FILE).flatMap((file) => placeOf(dataDir, file));

function placeOf(dataDir: string, file: string): readonly NodePlace[] {
  const dir = dirname(file);
  const [network = '', role, ...names] = relative(dataDir, dir).split(sep);
  if (!isRole(role)) return [];
  const [first, second] = names;
  if (network === 'mock' && names.length === 1) return [{ dir, role, network }];
  if (network === 'mock' || first === undefined || second === undefined || names.length > 2) {
    return [];
  }
  return [{ dir, role, network, wallet: { name: first, hotkey: second } }];
}

const isRole = (text: string | undefined): text is Role =>
  text === 'miner' || text === 'validator' || text === 'pool' || text === 'buyer';

/** What came of a search: how much was looked through, and in which files which addresses are. */
export interface Search {
  readonly files: number;
  readonly bytes: number;
  readonly found: ReadonlyMap<string, readonly string[]>;
}

/** Looks through every byte of every file, also of those that are being written to. */
export async function search(files: readonly string[], addresses: Addresses): Promise<Search> {
  const found = new Map<string, readonly string[]>();
  let [count, bytes] = [0, 0];
  for (const file of files) {
    // What is gone meanwhile is not there.
    if (statSync(file, { throwIfNoEntry: false }) === undefined) continue;
    count++;
    const looked = await searchFile(file, addresses);
    bytes += looked.bytes;
    if (looked.found.length > 0) found.set(file, looked.found);
  }
  return { files: count, bytes, found };
}

async function searchFile(
  file: string,
  addresses: Addresses,
): Promise<{ readonly bytes: number; readonly found: readonly string[] }> {
  const found = new Set<string>();
  let bytes = 0;
  // Some of the last piece: an address may lie across two.
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const piece of createReadStream(file, { highWaterMark: PIECE })) {
      const chunk = Buffer.concat([rest, piece as Buffer]);
      for (const email of addresses.foundIn(chunk)) found.add(email);
      bytes += (piece as Buffer).length;
      rest = Buffer.from(chunk.subarray(-LONGEST_ADDRESS));
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { bytes, found: [...found] };
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WorldError(`${file} cannot be read: ${why}; it may hold what was to be erased`, {
      cause,
    });
  }
  return { bytes, found: [...found] };
}
const PIECE = 1_048_576;
