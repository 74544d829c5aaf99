/**
 * How key files were encrypted before: Ansible's vault, in lines of hex.
 *
 *     $ANSIBLE_VAULT;1.1;AES256
 *     hex of: hex(salt) ⏎ hex(hmac) ⏎ hex(ciphertext)
 *
 *     PBKDF2-SHA256, 10 000 rounds, 80 bytes = key of AES (32) ‖ key of HMAC (32) ‖ IV (16)
 *     AES-256-CTR, padded as by PKCS#7; HMAC-SHA256 of the ciphertext
 */
import { createDecipheriv, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

export const VAULT_START = '$ANSIBLE_VAULT';
export const VAULT_HEADER: string = `${VAULT_START};1.1;AES256`;

/** The three parts; undefined where the file is not written so. */
export interface Vault {
  readonly salt: Buffer;
  readonly hmac: Buffer;
  readonly ciphertext: Buffer;
}

export function parseVault(sealed: Uint8Array): Vault | undefined {
  const [header, ...lines] = Buffer.from(sealed).toString('latin1').split(/\r?\n/);
  if (header?.trimEnd() !== VAULT_HEADER) return undefined;
  const inner = bytesOfHex(lines.join(''))?.toString('latin1').split('\n') ?? [];
  const [salt, hmac, ciphertext, ...rest] = inner.map(bytesOfHex);
  if (salt === undefined || hmac === undefined || ciphertext === undefined) return undefined;
  if (rest.length > 0 || hmac.length !== HMAC_BYTES) return undefined;
  if (ciphertext.length === 0 || ciphertext.length % BLOCK_BYTES !== 0) return undefined;
  return { salt, hmac, ciphertext };
}

/** The JSON; undefined where the password is another. Some 10 ms, on a thread of libuv. */
export async function openVault(vault: Vault, password: Uint8Array): Promise<Buffer | undefined> {
  const { salt, hmac, ciphertext } = vault;
  const keys = await derive(password, salt, 10_000, 80, 'sha256');
  const expected = createHmac('sha256', keys.subarray(32, 64)).update(ciphertext).digest();
  const isRight = timingSafeEqual(expected, hmac);
  if (!isRight) {
    keys.fill(0);
    return undefined;
  }
  const decipher = createDecipheriv('aes-256-ctr', keys.subarray(0, 32), keys.subarray(64));
  const padded = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  keys.fill(0);
  return unpadded(padded);
}
const derive = promisify(pbkdf2);

const HMAC_BYTES = 32;
const BLOCK_BYTES = 16;

/** Undefined where the padding is none: then whoever sealed it did so otherwise. */
function unpadded(padded: Buffer): Buffer | undefined {
  const count = padded.at(-1) ?? 0;
  const start = padded.length - count;
  if (count < 1 || count > BLOCK_BYTES) return undefined;
  return padded.subarray(start).every((byte) => byte === count)
    ? padded.subarray(0, start)
    : undefined;
}

function bytesOfHex(text: string): Buffer | undefined {
  const hex = text.trim();
  return hex.length % 2 === 0 && /^[0-9a-f]*$/i.test(hex) ? Buffer.from(hex, 'hex') : undefined;
}
