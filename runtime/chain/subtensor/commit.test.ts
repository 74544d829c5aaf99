import { cryptoWaitReady } from '@polkadot/util-crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hotkey } from '../../../protocols/units.ts';
import { littleRuntime } from '../testing/little-metadata.ts';
import { commitHash, MOST_COMMITS, newSalt, type Commit } from './commit.ts';
import { CommitFile } from './commit-file.ts';

beforeAll(async () => void (await cryptoWaitReady()));
const ALICE = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY' as Hotkey;

describe('the hash of a commit', () => {
  it('is that which a real runtime took', () => {
    const sealed = {
      hotkey: ALICE,
      netuid: 343,
      uids: [1, 3],
      values: [100, 300],
      salt: [7, 11, 13],
      versionKey: 0n,
    };
    expect(commitHash(littleRuntime().registry, sealed)).toBe(
      '575409e28f4427b134ebfceaee47e52fd386da9f3e16ef45e9fc77f4c27248b3',
    );
  });

  it('is salted with eight numbers of 16 bits, each time others', () => {
    const salts = Array.from({ length: 20 }, newSalt);
    expect(new Set(salts.map((salt) => salt.join())).size).toBe(20);
    for (const salt of salts) {
      expect(salt).toHaveLength(8);
      expect(salt.every((part) => Number.isInteger(part) && part >= 0 && part < 65_536)).toBe(true);
    }
  });
});

describe('a file of commits', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leadpoet-commits-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const GENESIS = '45'.repeat(32);
  let files = 0;
  const newFile = (): string => join(folder, `${files++}.json`);

  it('has what was put and not removed, also for another process', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 5 })), { maxLength: 12 }),
        async (steps) => {
          const file = newFile();
          const model = new Map<string, Commit>();
          for (const [isPut, number] of steps) {
            const commit = commitOf(number);
            const store = new CommitFile(file, GENESIS);
            if (isPut) {
              model.delete(commit.hash);
              model.set(commit.hash, commit);
              await store.put(commit);
            } else {
              model.delete(commit.hash);
              await store.remove(commit.hash);
            }
          }
          expect(await new CommitFile(file, GENESIS).all()).toEqual([...model.values()]);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('is for nobody else to read, and holds no more than can be open', async () => {
    const file = newFile();
    const store = new CommitFile(file, GENESIS);
    await Promise.all(
      Array.from({ length: MOST_COMMITS + 3 }, (_, number) => store.put(commitOf(number))),
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const kept = await store.all();
    expect(kept.map(({ madeAt }) => madeAt)).toEqual(
      Array.from({ length: MOST_COMMITS }, (_, at) => at + 3),
    );
  });

  it('is refused by name and left alone where it is damaged or of another chain', async () => {
    const file = newFile();
    await new CommitFile(file, GENESIS).put(commitOf(1));
    const before = readFileSync(file, 'utf8');
    const other = new CommitFile(file, '00'.repeat(32));
    await expect(other.put(commitOf(2))).rejects.toThrow(
      `${file} cannot be kept: it is of the chain`,
    );
    expect(readFileSync(file, 'utf8')).toBe(before);

    for (const text of [before.slice(0, -5), '{}', before.replace('"salt"', '"__proto__"')]) {
      writeFileSync(file, text);
      await expect(new CommitFile(file, GENESIS).all()).rejects.toThrow(
        'it is no leadpoet.commits/1',
      );
      await expect(new CommitFile(file, GENESIS).put(commitOf(2))).rejects.toThrow(file);
      expect(readFileSync(file, 'utf8')).toBe(text);
    }
    chmodSync(file, 0o600);
  });
});

const commitOf = (number: number): Commit => ({
  hash: number.toString(16).padStart(64, '0'),
  hotkey: ALICE,
  netuid: 343,
  uids: [number],
  values: [65_535],
  salt: [1, 2],
  versionKey: 18_446_744_073_709_551_615n,
  madeAt: number,
});
