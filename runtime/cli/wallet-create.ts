/**
 * `leadpoet wallet create`: makes what a wallet still lacks, a coldkey and a hotkey, as the files
 * that btcli makes.
 *
 *     what is there? ──▶ password ──▶ twelve words each ──▶ files ──▶ the words, once, to a person
 *
 * The words go to a terminal and to nothing that keeps them: not to stdout, not to a log.
 */
import { existsSync } from 'node:fs';
import { loadSr25519 } from '../identity/sr25519.ts';
import { writeSecretFile } from '../secret-file.ts';
import { keyFilesOf } from '../wallet/key-document.ts';
import { PUBLIC_END, walletFiles } from '../wallet/layout.ts';
import { isEncrypted, lookAtKey, type SeenKey } from '../wallet/look.ts';
import { sealNacl } from '../wallet/nacl-seal.ts';
import type { Environment } from '../wallet/password-variable.ts';
import { newPassword, type Terminal } from './passwords.ts';
import { table } from './table.ts';
import { EXIT, UsageError, WorldError, type Console } from './trouble.ts';
import { walletNames, type WalletFlags } from './wallet-flags.ts';

export interface CreateOptions extends WalletFlags {
  readonly json?: true;
  /** Makes both keys anew, in the place of those that are there. */
  readonly overwrite?: true;
  /** False by `--no-password`: the coldkey lies there in plain. */
  readonly password: boolean;
}

interface Made {
  readonly key: 'coldkey' | 'hotkey';
  readonly file: string;
  readonly isMade: boolean;
  readonly seen: SeenKey;
  /** The words of a new one. */
  readonly phrase?: string;
}

/** Exit 0 where both keys are there now and at least one of them is new. */
export async function walletCreate(
  options: CreateOptions,
  io: Console,
  { terminal, env }: { readonly terminal: Terminal; readonly env: Environment },
): Promise<number> {
  const names = walletNames(options);
  const { coldkey, hotkey } = walletFiles(names);
  const isLacking = (file: string): boolean =>
    options.overwrite === true || !(existsSync(file) || existsSync(`${file}${PUBLIC_END}`));
  if (!isLacking(coldkey) && !isLacking(hotkey)) {
    const allowed = 'another --wallet.name or --wallet.hotkey, or --overwrite to lose these two';
    throw new UsageError({ field: `${coldkey} with ${hotkey}`, came: 'there already', allowed });
  }

  const isSealed = isLacking(coldkey) && options.password;
  const password = isSealed ? await newPassword(coldkey, terminal, env) : undefined;
  const overwrite = options.overwrite === true;
  const warn = (text: string): void => io.err(`leadpoet: ${text}\n`);
  const made: Made[] = [];
  for (const [key, file] of [['coldkey', coldkey] as const, ['hotkey', hotkey] as const]) {
    const phrase = isLacking(file)
      ? await makeKey(file, overwrite, key === 'coldkey' ? password : undefined)
      : undefined;
    const seen = await lookAtKey(file, warn);
    if (seen === undefined)
      throw new WorldError(`${file} is gone again: see who removes it, and run this once more`);
    made.push({ key, file, seen, isMade: phrase !== undefined, ...(phrase && { phrase }) });
  }
  showPhrases(made, terminal, io);
  io.out(options.json ? jsonOf(names, made) : table(COLUMNS, made.map(rowOf)));
  return EXIT.done;
}

/** Writes a new key's two files; its words. */
async function makeKey(
  file: string,
  overwrite: boolean,
  password: Buffer | undefined,
): Promise<string> {
  const crypto = await loadSr25519();
  const phrase = crypto.newPhrase();
  const files = keyFilesOf(crypto, phrase);
  if (files === undefined) throw new Error('new words make no key');
  const secret =
    password === undefined
      ? files.secret
      : await sealNacl(files.secret, password).finally(() => password.fill(0));
  const isWritten = await writeSecretFile(file, secret, { overwrite });
  files.secret.fill(0);
  secret.fill(0);
  const isWhole =
    isWritten && (await writeSecretFile(`${file}${PUBLIC_END}`, files.open, { overwrite }));
  if (isWhole) return phrase;
  const allowed = 'a name that nobody else is making a key under';
  throw new UsageError({ field: file, came: 'there by now', allowed });
}

function showPhrases(made: readonly Made[], { canShow }: Terminal, io: Console): void {
  for (const { key, file, phrase } of made) {
    if (phrase === undefined) continue;
    io.err(
      canShow
        ? `\nThe words of the new ${key}. Whoever has them has the key; write them down and keep them\noff this machine. They are not shown again.\n\n  ${phrase}\n\n`
        : `leadpoet: the words of the new ${key} are not shown, since this is no terminal; they are in ${file}: keep a copy of it\n`,
    );
  }
}

const COLUMNS = [{ title: '' }, { title: 'key' }, { title: 'address' }, { title: 'file' }];
const rowOf = ({ key, isMade, seen, file }: Made): readonly string[] => [
  isMade ? 'made' : 'kept',
  key,
  seen.address ?? '-',
  `${file}${isEncrypted(seen) ? ' (encrypted)' : ''}`,
];

function jsonOf(
  { name, hotkey }: { readonly name: string; readonly hotkey: string },
  made: readonly Made[],
): string {
  const keys = made.map(({ key, file, isMade, seen }) => [
    key,
    { address: seen.address ?? null, file, made: isMade, encrypted: isEncrypted(seen) },
  ]);
  const document = { format: 'leadpoet.wallet/1', name, hotkey_name: hotkey };
  return `${JSON.stringify({ ...document, ...Object.fromEntries(keys) }, null, 2)}\n`;
}
