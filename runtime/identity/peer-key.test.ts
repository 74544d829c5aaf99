import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { openPeerKey } from './peer-key.ts';

describe('a peer key', () => {
  it('is made once, and is the same from then on', async () => {
    const file = join(folder, 'node', 'peer-key');
    const first = await openPeerKey(file, none);
    const again = await openPeerKey(file, none);
    expect(again.publicKey).toEqual(first.publicKey);
    expect(again.seed()).toEqual(first.seed());
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const other = await openPeerKey(join(folder, 'other'), none);
    expect(other.publicKey).not.toEqual(first.publicKey);
  });

  it('is what libp2p makes of the same seed', async () => {
    const key = await openPeerKey(join(folder, 'libp2p'), none);
    const theirs = await generateKeyPairFromSeed('Ed25519', key.seed());
    expect(key.publicKey).toEqual(new Uint8Array(theirs.publicKey.raw));
  });

  it('is refused by name wherever one character is another, and the file is left as it is', async () => {
    const file = join(folder, 'damaged');
    await openPeerKey(file, none);
    const good = readFileSync(file, 'latin1');
    for (let at = 0; at < good.length - 1; at++) {
      const letter = good[at] === '1' ? '2' : '1';
      const bad = good.slice(0, at) + letter + good.slice(at + 1);
      writeFileSync(file, bad, 'latin1');
      await expect(openPeerKey(file, none)).rejects.toThrow(/damaged (is|.*bring it back)/);
      expect(readFileSync(file, 'latin1')).toBe(bad);
    }
    for (const bad of ['', '\n', good.slice(0, 90), good + good, `${good}x`]) {
      writeFileSync(file, bad, 'latin1');
      await expect(openPeerKey(file, none)).rejects.toThrow(`${file} is damaged`);
    }
    writeFileSync(file, good.trimEnd(), 'latin1');
    await openPeerKey(file, none);
  });

  it('of another format is refused by that format', async () => {
    const file = join(folder, 'newer');
    writeFileSync(file, 'leadpoet.peer-key/2\nabc\n');
    await expect(openPeerKey(file, none)).rejects.toThrow(
      'newer is leadpoet.peer-key/2, which this release cannot read',
    );
  });

  it('that others may read is warned of, and none shows its seed', async () => {
    const file = join(folder, 'wide');
    await openPeerKey(file, none);
    chmodSync(file, 0o644);
    const warned: string[] = [];
    const key = await openPeerKey(file, (text) => warned.push(text));
    expect(warned[0]).toContain(`chmod 600 ${file}`);
    const shown = inspect(key, { depth: Infinity, showHidden: true }) + JSON.stringify(key);
    const [a, b, c] = key.seed();
    expect(shown.replaceAll(/\s/g, '')).not.toContain(`[${a},${b},${c}`);
    expect(shown).not.toContain(Buffer.from(key.seed()).toString('hex'));
    key.seed().fill(0);
    expect(key.seed().some((byte) => byte > 0)).toBe(true);
  });
});

const none = (): void => undefined;
const folder = mkdtempSync(join(tmpdir(), 'leadpoet-peer-key-'));
afterAll(() => rmSync(folder, { recursive: true }));
