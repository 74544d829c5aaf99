/**
 * `leadpoet wallet overview`: which wallets and hotkeys there are, their addresses, and which are
 * encrypted. Opens none of them.
 */
import { walletFiles, walletsFolder } from '../wallet/layout.ts';
import { isEncrypted, lookAtWallets, type SeenKey, type SeenWallet } from '../wallet/look.ts';
import { table } from './table.ts';
import { EXIT, WorldError, type Console } from './trouble.ts';
import { walletNames, type WalletFlags } from './wallet-flags.ts';

export interface OverviewOptions extends WalletFlags {
  readonly json?: true;
}

/** Exit 0; all wallets of the path, or the one that is named, with the one hotkey that is named. */
export async function walletOverview(options: OverviewOptions, io: Console): Promise<number> {
  const names = walletNames(options);
  // Refuses a name that is none.
  walletFiles(names);
  const folder = walletsFolder(names.path);
  const all = await lookAtWallets(folder, (text) => io.err(`leadpoet: ${text}\n`));
  const { 'wallet.name': name, 'wallet.hotkey': hotkey } = options;
  const wallets = all
    .filter((wallet) => name === undefined || wallet.name === name)
    .map((wallet) => (hotkey === undefined ? wallet : withOne(wallet, hotkey)));
  if (name !== undefined && wallets.length === 0) {
    const there = all.length === 0 ? 'none' : all.map((wallet) => wallet.name).join(', ');
    throw new WorldError(`${folder}/${name} is no wallet; there are: ${there}`);
  }
  io.out(options.json ? jsonOf(folder, wallets) : textOf(folder, wallets));
  return EXIT.done;
}

const withOne = (wallet: SeenWallet, hotkey: string): SeenWallet => ({
  ...wallet,
  hotkeys: wallet.hotkeys.filter(({ name }) => name === hotkey),
});

/** What the file of a key is, for people. */
const FILES: Readonly<Record<SeenKey['file'], string>> = {
  nacl: 'encrypted',
  vault: 'encrypted (Ansible vault)',
  fernet: 'encrypted (Fernet: make it again from its words)',
  plain: 'plain',
  missing: 'address only',
  unreadable: 'cannot be read',
};

const COLUMNS = [
  { title: 'wallet' },
  { title: 'key' },
  { title: 'hotkey' },
  { title: 'address' },
  { title: 'file' },
];

function textOf(folder: string, wallets: readonly SeenWallet[]): string {
  const rows = wallets.flatMap(({ name, coldkey, hotkeys }) => [
    [name, 'coldkey', '', ...cellsOf(coldkey)],
    ...hotkeys.map((hotkey) => [name, 'hotkey', hotkey.name, ...cellsOf(hotkey)]),
  ]);
  return rows.length > 0 ? table(COLUMNS, rows) : `no wallets in ${folder}\n`;
}

const cellsOf = (key: SeenKey | undefined): readonly [string, string] =>
  key === undefined ? ['-', 'not there'] : [key.address ?? '-', FILES[key.file]];

const jsonOf = (path: string, wallets: readonly SeenWallet[]): string =>
  `${JSON.stringify(
    {
      format: 'leadpoet.wallets/1',
      path,
      wallets: wallets.map(({ name, coldkey, hotkeys }) => ({
        name,
        coldkey: coldkey === undefined ? null : keyJson(coldkey),
        hotkeys: hotkeys.map((hotkey) => ({ name: hotkey.name, ...keyJson(hotkey) })),
      })),
    },
    null,
    2,
  )}\n`;

const keyJson = (key: SeenKey): object => ({
  address: key.address ?? null,
  file: key.file,
  encrypted: isEncrypted(key),
});
