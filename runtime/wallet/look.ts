/**
 * What wallets there are, looked at from outside: no secret is opened or read as one, and no
 * password asked. Of a file it is said how it is encrypted, and whose it is where that stands in
 * the open.
 */
import { readdir } from 'node:fs/promises';
import { WorldError } from '../cli/trouble.ts';
import { readSecretFile, type Warn } from '../secret-file.ts';
import { COLDKEY, HOTKEYS, isSoundName, PUBLIC_END } from './layout.ts';
import { KEY_FILE } from './open-key.ts';
import { sealOf, type Seal } from './seal.ts';

export interface SeenKey {
  /** Undefined where it stands nowhere in the open. */
  readonly address: string | undefined;
  /** `missing` where only the address is on this machine, which is enough to look. */
  readonly file: Seal | 'missing' | 'unreadable';
}

export const isEncrypted = ({ file }: SeenKey): boolean =>
  file === 'nacl' || file === 'vault' || file === 'fernet';

export interface SeenWallet {
  readonly name: string;
  /** Undefined where neither the coldkey nor its address is there. */
  readonly coldkey: SeenKey | undefined;
  readonly hotkeys: readonly (SeenKey & { readonly name: string })[];
}

/** More wallets, or hotkeys of one, are cut: each is a file or two to read. */
export const MOST_SEEN = 1_000;

/** In the order of their names. Throws a `WorldError` where the folder cannot be read. */
export async function lookAtWallets(folder: string, warn: Warn): Promise<readonly SeenWallet[]> {
  const names = await folderNames(folder, (text) => {
    throw new WorldError(`${text}; name another with --wallet.path, or: leadpoet wallet create`);
  });
  const wallets: SeenWallet[] = [];
  for (const name of cut(names, folder, warn)) {
    wallets.push(await lookAtWallet(`${folder}/${name}`, name, warn));
  }
  return wallets;
}

async function lookAtWallet(folder: string, name: string, warn: Warn): Promise<SeenWallet> {
  const coldkey = await lookAtKey(`${folder}/${COLDKEY}`, warn);
  const files = await fileNames(`${folder}/${HOTKEYS}`, warn);
  const names = new Set(files.map((file) => withoutEnd(file, PUBLIC_END)).filter(isSoundName));
  const hotkeys: (SeenKey & { name: string })[] = [];
  for (const hotkey of cut([...names].toSorted(), `${folder}/${HOTKEYS}`, warn)) {
    const seen = await lookAtKey(`${folder}/${HOTKEYS}/${hotkey}`, warn);
    if (seen !== undefined) hotkeys.push({ name: hotkey, ...seen });
  }
  return { name, coldkey, hotkeys };
}

/** Of one key's two files. Undefined where neither is there. */
export async function lookAtKey(file: string, warn: Warn): Promise<SeenKey | undefined> {
  // Anybody may read an address.
  const open = await bytesOf(`${file}${PUBLIC_END}`, () => undefined, warn);
  const secret = await bytesOf(file, warn, warn);
  const address = addressIn(open) ?? addressIn(secret);
  if (secret === 'missing' && open === 'missing') return undefined;
  if (typeof secret === 'string') return { address, file: secret };
  const seal = sealOf(secret);
  secret.fill(0);
  return { address, file: seal };
}

async function bytesOf(
  file: string,
  warnOfMode: Warn,
  warn: Warn,
): Promise<Buffer | 'missing' | 'unreadable'> {
  try {
    return await readSecretFile(file, KEY_FILE, warnOfMode);
  } catch (error) {
    if (!(error instanceof WorldError)) throw error;
    const { cause } = error;
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return 'missing';
    warn(error.message);
    return 'unreadable';
  }
}

/** Looked for as bytes, so that no text is made of the secrets beside it. */
function addressIn(bytes: Buffer | string): string | undefined {
  if (typeof bytes === 'string') return undefined;
  const at = bytes.indexOf(ADDRESS_FIELD);
  if (at === -1) return undefined;
  const from = at + ADDRESS_FIELD.length;
  return IS_ADDRESS.exec(bytes.subarray(from, from + MOST_ADDRESS).toString('latin1'))?.[1];
}
const ADDRESS_FIELD = '"ss58Address"';
const IS_ADDRESS = /^\s{0,4}:\s{0,4}"([1-9A-HJ-NP-Za-km-z]{46,48})"/;
/** With the colon, the blanks and the quotes. */
const MOST_ADDRESS = 64;

async function folderNames(folder: string, onTrouble: Warn): Promise<readonly string[]> {
  const entries = await entriesOf(folder, onTrouble);
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => name)
    .filter(isSoundName)
    .toSorted();
}

async function fileNames(folder: string, warn: Warn): Promise<readonly string[]> {
  const entries = await entriesOf(folder, warn);
  return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
}

async function entriesOf(folder: string, onTrouble: Warn) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    // A wallet without hotkeys has no folder of them.
    if (code !== 'ENOENT') onTrouble(`cannot read ${folder} (${code})`);
    else if (!folder.endsWith(`/${HOTKEYS}`)) onTrouble(`${folder} is not there`);
    return [];
  }
}

const withoutEnd = (name: string, end: string): string =>
  name.endsWith(end) ? name.slice(0, -end.length) : name;

function cut(names: readonly string[], folder: string, warn: Warn): readonly string[] {
  if (names.length <= MOST_SEEN) return names;
  warn(`${folder} has ${names.length} entries: the first ${MOST_SEEN} are looked at`);
  return names.slice(0, MOST_SEEN);
}
