/**
 * Where a wallet's files lie: as btcli and all of Bittensor have them.
 *
 *     PATH/NAME/coldkey                   usually encrypted
 *     PATH/NAME/coldkeypub.txt            its address
 *     PATH/NAME/hotkeys/HOTKEY            usually plain
 *     PATH/NAME/hotkeys/HOTKEYpub.txt     its address
 */
import { homedir } from 'node:os';
import { show } from '../../protocols/query.ts';
import { UsageError } from '../cli/trouble.ts';

export interface WalletNames {
  readonly name: string;
  readonly hotkey: string;
  /** A leading `~` is the home of whoever runs this. */
  readonly path: string;
}

export const DEFAULT_WALLET: WalletNames = {
  name: 'default',
  hotkey: 'default',
  path: '~/.bittensor/wallets',
};

export interface WalletFiles {
  readonly coldkey: string;
  readonly coldkeypub: string;
  readonly hotkey: string;
  readonly hotkeypub: string;
}

/** Throws a `UsageError` where a name is none that a file could bear. */
export function walletFiles(names: WalletNames, home: string = homedir()): WalletFiles {
  const wallet = `${walletsFolder(names.path, home)}/${soundName('--wallet.name', names.name)}`;
  const hotkey = `${wallet}/${HOTKEYS}/${soundName('--wallet.hotkey', names.hotkey)}`;
  return {
    coldkey: `${wallet}/${COLDKEY}`,
    coldkeypub: `${wallet}/${COLDKEY}${PUBLIC_END}`,
    hotkey,
    hotkeypub: `${hotkey}${PUBLIC_END}`,
  };
}

/**
 * The folder of all wallets. Beside `~` and a slash at its end it is taken as it is written, since
 * the variable of a password is named by it.
 */
export function walletsFolder(path: string, home: string = homedir()): string {
  if (path === '' || path.length > MOST_PATH || UNSOUND.test(path)) {
    const allowed = `a folder, 1 to ${MOST_PATH} characters`;
    throw new UsageError({ field: '--wallet.path', came: show(path), allowed });
  }
  const whole = path === '~' || path.startsWith('~/') ? home + path.slice(1) : path;
  return whole.replace(/(?<=[^/])\/+$/, '');
}

export const COLDKEY = 'coldkey';
export const HOTKEYS = 'hotkeys';
/** How the name of a file ends that holds an address alone. */
export const PUBLIC_END = 'pub.txt';
/** How it ends while it is written. */
export const PART_END = '.part';

/** Names of files are at most 255 bytes long, and `pub.txt.part` goes behind. */
const MOST_NAME = 200;
/** Systems take 4 096 bytes with the rest. */
const MOST_PATH = 3_000;
/** What a terminal would obey, and what ends a name. */
const UNSOUND = /\p{C}/u;

/** Whether a wallet or hotkey may be called so: one name in a folder, and not that of another file. */
export const isSoundName = (name: string): boolean =>
  name !== '' &&
  !name.startsWith('.') &&
  Buffer.byteLength(name) <= MOST_NAME &&
  !/[/\\]/.test(name) &&
  !UNSOUND.test(name) &&
  !name.endsWith(PUBLIC_END) &&
  !name.endsWith(PART_END);

function soundName(field: string, name: string): string {
  if (isSoundName(name)) return name;
  const allowed = `1 to ${MOST_NAME} characters without slashes, no dot first, no ${PUBLIC_END} or ${PART_END} last`;
  throw new UsageError({ field, came: show(name), allowed });
}
