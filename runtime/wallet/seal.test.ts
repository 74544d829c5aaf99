import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boxed, unboxed } from './nacl-seal.ts';
import { sealOf, unsealed } from './seal.ts';
import { COUNTING_NONCE, DEV_FILE, sealVault, TESTING_KEY } from './testing/sealing.ts';
import { openVault, parseVault } from './vault-seal.ts';

describe('a NaCl seal', () => {
  it('is byte for byte what btcli makes', async () => {
    const sealed = await boxed(Buffer.from(DEV_FILE), TESTING_KEY, COUNTING_NONCE);
    expect(sealed).toHaveLength(588);
    expect(createHash('sha256').update(sealed).digest('hex')).toBe(
      'beac17dfdeed6770a0588d8c82416d39d7d8897e5c1827cb80c3a1554ed48087',
    );
  });

  it('opens with its key and as it was written, and never else', async () => {
    await fc.assert(
      fc.asyncProperty(bytes32, fc.uint8Array(), fc.nat(), async (key, plain, pick) => {
        const sealed = await boxed(plain, key, COUNTING_NONCE);
        expect(sealOf(sealed)).toBe('nacl');
        expect(new Uint8Array((await unboxed(sealed, key)) ?? [1])).toEqual(
          plain.length > 0 ? plain : new Uint8Array(),
        );
        const at = 5 + (pick % (sealed.length - 5));
        const bit = 1 << (pick & 7);
        expect(await unboxed(sealed.with(at, (sealed[at] ?? 0) ^ bit), key)).toBeUndefined();
        expect(
          await unboxed(sealed, key.with(pick % 32, (key[pick % 32] ?? 0) ^ bit)),
        ).toBeUndefined();
        expect(await unboxed(sealed.subarray(0, at), key)).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });
});

describe('an Ansible vault', () => {
  it('opens with its password alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), fc.string({ minLength: 1 }), async (plain, password) => {
        const vault = parseVault(sealVault(plain, password));
        expect(vault).toBeDefined();
        if (vault === undefined) return;
        expect(new Uint8Array((await openVault(vault, Buffer.from(password))) ?? [1, 2])).toEqual(
          plain,
        );
        expect(await openVault(vault, Buffer.from(`${password}.`))).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  it('is read with either end of line and without the last', () => {
    const sealed = sealVault(Buffer.from('x'), 'p', { end: '\r\n' });
    expect(parseVault(sealed)).toBeDefined();
    expect(parseVault(sealed.subarray(0, -2))).toBeDefined();
  });

  it.each([0, 17, 255])('is refused where it is padded by %i', async (padBy) => {
    const vault = parseVault(sealVault(new Uint8Array(16), 'p', { padBy }));
    expect(vault).toBeDefined();
    if (vault !== undefined) expect(await openVault(vault, Buffer.from('p'))).toBeUndefined();
  });

  it('has a check on every part of it', async () => {
    const good = parseVault(sealVault(Buffer.from(DEV_FILE), 'p'));
    if (good === undefined) throw new Error('no vault');
    for (const part of ['salt', 'hmac', 'ciphertext'] as const) {
      const bad = Buffer.from(good[part]);
      bad[0] = (bad[0] ?? 0) ^ 1;
      expect(await openVault({ ...good, [part]: bad }, Buffer.from('p'))).toBeUndefined();
    }
  });

  it.each([
    '$ANSIBLE_VAULT;1.2;AES256;dev\n6162',
    '$ANSIBLE_VAULT;1.1;AES\n6162',
    '$ANSIBLE_VAULT;1.1;AES256\n',
    '$ANSIBLE_VAULT;1.1;AES256\nzz',
    `$ANSIBLE_VAULT;1.1;AES256\n${Buffer.from('aa\nbb\ncc').toString('hex')}`,
    `$ANSIBLE_VAULT;1.1;AES256\n${Buffer.from(`aa\n${'b'.repeat(64)}\n${'c'.repeat(31)}`).toString('hex')}`,
    `$ANSIBLE_VAULT;1.1;AES256\n${Buffer.from(`aa\n${'b'.repeat(64)}\n`).toString('hex')}`,
  ])('is refused where it is written otherwise: %j', async (text) => {
    expect(parseVault(Buffer.from(text))).toBeUndefined();
    await expect(unsealed(Buffer.from(text), 'w/coldkey', never)).rejects.toThrow(
      /^w\/coldkey is a damaged vault, or one of another kind; allowed: /,
    );
  });
});

describe('a seal', () => {
  it('is told by how the file starts', () => {
    expect(sealOf(Buffer.from(DEV_FILE))).toBe('plain');
    expect(sealOf(Buffer.from('$NACLx'))).toBe('nacl');
    expect(sealOf(sealVault(Buffer.from('x'), 'p'))).toBe('vault');
    expect(sealOf(Buffer.from('gAAAAABk'))).toBe('fernet');
    for (const text of ['', '$NAC', 'gAAAA', ' $NACL', '{}']) {
      expect(sealOf(Buffer.from(text))).toBe('plain');
    }
  });

  it('of the legacy kind is named and refused, with no password asked', async () => {
    await expect(unsealed(Buffer.from('gAAAAABk'), 'w/coldkey', never)).rejects.toThrow(
      'w/coldkey is encrypted by Fernet, the legacy way; allowed: NaCl or Ansible’s vault; make it again from its words',
    );
  });

  it('names the file where the password is another, and overwrites the password', async () => {
    const password = Buffer.from('wrong');
    const sealed = sealVault(Buffer.from(DEV_FILE), 'right');
    await expect(unsealed(sealed, 'w/coldkey', async () => password)).rejects.toThrow(
      'the password of w/coldkey is another; allowed: the one it was encrypted with',
    );
    expect([...password]).toEqual([0, 0, 0, 0, 0]);
    expect((await unsealed(sealed, 'w', async () => Buffer.from('right'))).toString()).toBe(
      DEV_FILE,
    );
    expect((await unsealed(Buffer.from(DEV_FILE), 'w', never)).toString()).toBe(DEV_FILE);
  });
});

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const never = (): Promise<Buffer> => Promise.reject(new Error('nobody was to be asked'));
