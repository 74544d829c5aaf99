/**
 * The flags that name a wallet, the same for every command that has one, and the keys behind them.
 * Opening one loads what opens it only then.
 */
import { Option } from '@commander-js/extra-typings';
import type { OwnKey } from '../identity/own-key.ts';
import { DEFAULT_WALLET, type WalletNames } from '../wallet/layout.ts';
import type { Environment } from '../wallet/password-variable.ts';
import type { Console } from './trouble.ts';

/** As commander hands them over; absent where neither the flag nor its variable is there. */
export interface WalletFlags {
  readonly 'wallet.name'?: string;
  readonly 'wallet.hotkey'?: string;
  readonly 'wallet.path'?: string;
}

export const walletNameFlag = (): Option<'--wallet.name <name>'> =>
  new Option('--wallet.name <name>', `the wallet (${DEFAULT_WALLET.name} unless told)`).env(
    'LEADPOET_WALLET_NAME',
  );

export const walletHotkeyFlag = (): Option<'--wallet.hotkey <name>'> =>
  new Option('--wallet.hotkey <name>', `its hotkey (${DEFAULT_WALLET.hotkey} unless told)`).env(
    'LEADPOET_WALLET_HOTKEY',
  );

export const walletPathFlag = (): Option<'--wallet.path <folder>'> =>
  new Option(
    '--wallet.path <folder>',
    `where wallets lie (${DEFAULT_WALLET.path} unless told)`,
  ).env('LEADPOET_WALLET_PATH');

export const walletNames = (flags: WalletFlags): WalletNames => ({
  name: flags['wallet.name'] ?? DEFAULT_WALLET.name,
  hotkey: flags['wallet.hotkey'] ?? DEFAULT_WALLET.hotkey,
  path: flags['wallet.path'] ?? DEFAULT_WALLET.path,
});

/**
 * Opens the wallet's hotkey or coldkey, with a password from its `BT_PW_…` variable or a prompt
 * where it has one. Throws `UsageError` and `WorldError` as `openKey` does. To be forgotten by the
 * caller.
 */
export async function openWalletKey(
  which: 'coldkey' | 'hotkey',
  flags: WalletFlags,
  { err }: Pick<Console, 'err'>,
  env: Environment = process.env,
): Promise<OwnKey> {
  const { walletFiles } = await import('../wallet/layout.ts');
  const { openKey } = await import('../wallet/open-key.ts');
  const { passwordOf, thisTerminal } = await import('./passwords.ts');
  const files = walletFiles(walletNames(flags));
  return openKey(files[which], {
    password: passwordOf(thisTerminal(), env),
    warn: (text) => err(`leadpoet: ${text}\n`),
  });
}
