/**
 * How a key file is encrypted, told by how it starts, and what is in it once it is open.
 */
import { UsageError } from '../cli/trouble.ts';
import { NACL_START, openNacl } from './nacl-seal.ts';
import { openVault, parseVault, VAULT_HEADER, VAULT_START } from './vault-seal.ts';

/** `fernet` is what wallets before 2023 used; nothing opens it any more. */
export type Seal = 'plain' | 'nacl' | 'vault' | 'fernet';

export function sealOf(file: Uint8Array): Seal {
  const start = Buffer.from(file.subarray(0, VAULT_START.length)).toString('latin1');
  if (start.startsWith(NACL_START)) return 'nacl';
  if (start.startsWith(VAULT_START)) return 'vault';
  return start.startsWith(FERNET_START) ? 'fernet' : 'plain';
}
const FERNET_START = 'gAAAAA';

/**
 * The JSON of a key file, for the caller to overwrite. The password is asked for where there is a
 * need of one, and overwritten. Throws a `UsageError` that names the file and what to do.
 */
export async function unsealed(
  bytes: Buffer,
  file: string,
  password: () => Promise<Buffer>,
): Promise<Buffer> {
  const seal = sealOf(bytes);
  if (seal === 'plain') return bytes;
  if (seal === 'fernet') {
    const allowed =
      'NaCl or Ansible’s vault; make it again from its words: btcli wallet regen-coldkey (or regen-hotkey)';
    throw new UsageError({ field: file, came: 'encrypted by Fernet, the legacy way', allowed });
  }
  const vault = seal === 'vault' ? parseVault(bytes) : undefined;
  if (seal === 'vault' && vault === undefined) {
    const allowed = `${VAULT_HEADER} and lines of hex, whole; bring it back from a backup`;
    throw new UsageError({ field: file, came: 'a damaged vault, or one of another kind', allowed });
  }

  const secret = await password();
  const opening = vault === undefined ? openNacl(bytes, secret) : openVault(vault, secret);
  const plain = await opening.finally(() => secret.fill(0));
  if (plain !== undefined) return plain;
  const allowed = 'the one it was encrypted with; where that is sure, the file is damaged';
  throw new UsageError({ field: `the password of ${file}`, came: 'another', allowed });
}
