/**
 * What only tests need of key files: a known one, and Ansible's way of sealing, from its description.
 */
import { createCipheriv, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** Substrate's well-known development words. */
export const DEV_PHRASE = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';
export const DEV_ADDRESS = '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV';
export const DEV_SEED = 'fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e';
/** As btcli writes it for those words. */
export const DEV_FILE =
  '{"accountId":"0x46ebddef8cd9bb167dc30878d7113b7e168e6f0646beffd77d69d39bad76b47a","publicKey":"0x46ebddef8cd9bb167dc30878d7113b7e168e6f0646beffd77d69d39bad76b47a","privateKey":"0x05d65584630d16cd4af6d0bec10f34bb504a5dcb62dba2122d49f5a663763d0afd190cce74df356432b410bd64682309d6dedb27c76845daf388557cbac3ca34","secretPhrase":"bottom drive obey lake curtain smoke basket hold race lonely fit walk","secretSeed":"0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e","ss58Address":"5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV"}';

/** What Argon2i makes of this password, by libsodium. */
export const TESTING_PASSWORD = 'testing 123';
export const TESTING_KEY: Uint8Array = Buffer.from(
  '32d54de0cdcb384ccc694ae8e76e1e94afa279ed6acbd7b8ec402fdf8a900eee',
  'hex',
);
/** 00 01 02 … 17, of the known file. */
export const COUNTING_NONCE: Uint8Array = Uint8Array.from({ length: 24 }, (_, at) => at);

/** Argon2i of 512 MiB takes some 3 s of a quiet core, and 30 s of a busy one. */
export const SLOW = 300_000;

/** A vault file, in lines of 80 as Ansible breaks them. */
export function sealVault(
  plain: Uint8Array,
  password: string,
  { end = '\n', padBy }: { readonly end?: string; readonly padBy?: number } = {},
): Buffer {
  const salt = randomBytes(32);
  const keys = pbkdf2Sync(password, salt, 10_000, 80, 'sha256');
  const pad = 16 - (plain.length % 16);
  const padded = Buffer.concat([plain, Buffer.alloc(pad, padBy ?? pad)]);
  const cipher = createCipheriv('aes-256-ctr', keys.subarray(0, 32), keys.subarray(64));
  const ciphertext = Buffer.concat([cipher.update(padded), cipher.final()]);
  const hmac = createHmac('sha256', keys.subarray(32, 64)).update(ciphertext).digest('hex');
  const inner = [salt.toString('hex'), hmac, ciphertext.toString('hex')].join('\n');
  const lines =
    Buffer.from(inner)
      .toString('hex')
      .match(/.{1,80}/g) ?? [];
  return Buffer.from(['$ANSIBLE_VAULT;1.1;AES256', ...lines, ''].join(end));
}
