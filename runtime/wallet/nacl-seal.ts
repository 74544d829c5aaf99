/**
 * How key files are encrypted today: a box of NaCl under a key that Argon2i makes of the password.
 *
 *     $NACL ‖ nonce (24) ‖ xsalsa20-poly1305 of the JSON, tag first
 *     key = Argon2i 1.3 (password, a fixed salt; 8 passes, 512 MiB, 1 lane), 32 bytes
 *
 * The salt is the same for everybody, so that the password alone stands between a stolen file and
 * its key.
 */
import { argon2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { WorldError } from '../cli/trouble.ts';

export const NACL_START = '$NACL';
export const NONCE_BYTES = 24;
const TAG_BYTES = 16;

/** The JSON; undefined where the password is another, or the file not as it was written. */
export async function openNacl(
  sealed: Uint8Array,
  password: Uint8Array,
): Promise<Buffer | undefined> {
  const key = await naclKey(password);
  const plain = await unboxed(sealed, key);
  key.fill(0);
  return plain;
}

/** Under a new nonce, unless a test brings one. */
export async function sealNacl(
  plain: Uint8Array,
  password: Uint8Array,
  nonce: Uint8Array = randomBytes(NONCE_BYTES),
): Promise<Buffer> {
  const key = await naclKey(password);
  const sealed = await boxed(plain, key, nonce);
  key.fill(0);
  return sealed;
}

/** The file of a box under a key. */
export async function boxed(
  plain: Uint8Array,
  key: Uint8Array,
  nonce: Uint8Array,
): Promise<Buffer> {
  const { naclEncrypt } = await import('@polkadot/util-crypto/nacl');
  const { encrypted } = naclEncrypt(plain, key, nonce);
  return Buffer.concat([Buffer.from(NACL_START), nonce, encrypted]);
}

/** What is in the box; undefined where the key is another, or anything of the file. */
export async function unboxed(sealed: Uint8Array, key: Uint8Array): Promise<Buffer | undefined> {
  const body = sealed.subarray(NACL_START.length);
  if (body.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const { naclDecrypt } = await import('@polkadot/util-crypto/nacl');
  const plain = naclDecrypt(body.subarray(NONCE_BYTES), body.subarray(0, NONCE_BYTES), key);
  return plain === null ? undefined : Buffer.from(plain.buffer, plain.byteOffset, plain.length);
}

const SALT = Buffer.from('137183dff15a09bc9c90b5518739e9b1', 'hex');
/** In KiB. */
const MEMORY = 524_288;
const derive = promisify(argon2);

/**
 * Some three seconds of one processor, on a thread of libuv: the event loop goes on. One at a time,
 * since each takes 512 MiB.
 */
export async function naclKey(password: Uint8Array): Promise<Buffer> {
  const before = turn;
  const { promise, resolve } = Promise.withResolvers<void>();
  turn = promise;
  await before;
  try {
    return await derive('argon2i', {
      message: password,
      nonce: SALT,
      parallelism: 1,
      tagLength: 32,
      memory: MEMORY,
      passes: 8,
    });
  } catch (error) {
    const todo = 'free some, or let this process have more';
    throw new WorldError(`the password takes ${MEMORY / 1_024} MiB of memory to try: ${todo}`, {
      cause: error,
    });
  } finally {
    resolve();
  }
}
let turn: Promise<void> = Promise.resolve();
