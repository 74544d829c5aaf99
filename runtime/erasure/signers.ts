/**
 * The keys by which nodes sign what was done in their directories, whether they run or not.
 */
import { join } from 'node:path';
import type { Hotkey } from '../../protocols/units.ts';
import { openWalletKey } from '../cli/wallet-flags.ts';
import { openMockKeys } from '../identity/mock-keys.ts';
import type { Notary } from '../host.ts';
import { notary } from '../notary.ts';
import type { NodePlace } from './places.ts';

/** A hotkey that signs, until it is forgotten. */
export interface Signer {
  readonly hotkey: Hotkey;
  /** Throws where it was forgotten. */
  sign(statement: Uint8Array): Uint8Array;
  forget(): void;
}

/** Throws a `UsageError` or `WorldError` where the key is not there, or does not open. */
export async function signerOf(
  { dir, wallet }: NodePlace,
  walletPath: string,
  say: (line: string) => void,
): Promise<Signer> {
  if (wallet === undefined) {
    const { hot } = await openMockKeys(join(dir, 'mock-seed'), say);
    const own = notary([hot]);
    return signerBy(hot.hotkey, (statement) => own.sign(hot.hotkey, statement));
  }
  const { name, hotkey } = wallet;
  const flags = { 'wallet.name': name, 'wallet.hotkey': hotkey, 'wallet.path': walletPath };
  const key = await openWalletKey('hotkey', flags, { err: (text) => say(text.trimEnd()) });
  return signerBy(
    key.address,
    (statement) => key.sign(statement),
    () => key.forget(),
  );
}

function signerBy(
  hotkey: Hotkey,
  sign: (statement: Uint8Array) => Uint8Array | undefined,
  forget: () => void = () => undefined,
): Signer {
  return {
    hotkey,
    sign(statement) {
      const signature = sign(statement);
      if (signature === undefined) throw new Error('the key was forgotten');
      return signature;
    },
    forget,
  };
}

/** Who checks the signatures of hotkeys, of the mock network and of real ones. */
export async function checkers(
  hotkeys: readonly Hotkey[],
): Promise<(hotkey: Hotkey) => Pick<Notary, 'check'>> {
  const mock = notary([]);
  if (hotkeys.every(isMock)) return () => mock;
  const { sr25519Notary } = await import('../identity/sr25519-notary.ts');
  const real = await sr25519Notary([]);
  return (hotkey) => (isMock(hotkey) ? mock : real);
}

/** 64 hex digits; an address of a real chain has 48 characters. */
const isMock = (hotkey: Hotkey): boolean => /^[0-9a-f]{64}$/.test(hotkey);
