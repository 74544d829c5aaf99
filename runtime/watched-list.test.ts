import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { suppressedDigest } from '../protocols/rules/suppression.ts';
import { later, type Instant } from '../protocols/units.ts';
import { addHashes } from './suppression-edit.ts';
import { hashLine, SUPPRESSION_FORMAT } from './suppression.ts';
import { VirtualClock } from './virtual-clock.ts';
import { LOOK_EVERY, watchList } from './watched-list.ts';

describe('a list that is watched', () => {
  it('is taken up when it has changed, whole', async () => {
    const { file, said, list } = await watched('ann@acme.com');
    expect(list.isSuppressed(leadOf('ann@acme.com'))).toBe(true);
    expect(list.isSuppressed(leadOf('bob@x.com'))).toBe(false);
    await addHashes(file, new Set([suppressedDigest('x.com')]));
    await list.look();
    expect(list.isSuppressed(leadOf('bob@x.com'))).toBe(true);
    expect(list.isSuppressed(leadOf('ann@acme.com'))).toBe(true);
    await list.look();
    expect(said).toEqual(['the do-not-contact list has changed: 2 hashes, 1 before']);
  });

  it('is looked at again as time goes by, until it is closed', async () => {
    const { file, said, list, clock } = await watched('ann@acme.com');
    replace(file, 'bob@x.com');
    clock.run(later(clock.now(), LOOK_EVERY)).catch(() => undefined);
    await until(() => said.length === 1);
    expect(list.isSuppressed(leadOf('bob@x.com'))).toBe(true);
    expect(list.isSuppressed(leadOf('ann@acme.com'))).toBe(false);
    list.close();
  });

  it.each([
    ['no list', 'nonsense\n'],
    ['half of one', `${SUPPRESSION_FORMAT}\n${hashLine(suppressedDigest('x.com')).slice(0, 40)}`],
    ['empty', ''],
  ])('stays as it was where what comes is %s, which is said once and loudly', async (_, text) => {
    const { file, said, list } = await watched('ann@acme.com');
    writeFileSync(file, text);
    await list.look();
    await list.look();
    expect(list.isSuppressed(leadOf('ann@acme.com'))).toBe(true);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^THE DO-NOT-CONTACT LIST CANNOT BE READ, the one of before goes on/);
    rmSync(file);
    await list.look();
    expect(list.isSuppressed(leadOf('ann@acme.com'))).toBe(true);
    expect(said).toHaveLength(2);
    replace(file, 'bob@x.com');
    await list.look();
    expect(list.isSuppressed(leadOf('bob@x.com'))).toBe(true);
  });

  it('is not begun with where it cannot be read', async () => {
    const file = join(folder, 'none');
    await expect(watchList(file, new VirtualClock(START), () => undefined)).rejects.toThrow(file);
  });
});

const START = 1_760_000_000_000 as Instant;
const folder = mkdtempSync(join(tmpdir(), 'leadpoet-watched-'));
afterAll(() => rmSync(folder, { recursive: true }));

const leadOf = (email: string) => ({ 'Owner(s) Email': email }) as never;
const lines = (key: string): string => `${SUPPRESSION_FORMAT}\n${hashLine(suppressedDigest(key))}`;

/** As `leadpoet suppress` does it. */
function replace(file: string, key: string): void {
  writeFileSync(`${file}.new`, lines(key));
  renameSync(`${file}.new`, file);
}

let files = 0;
async function watched(key: string) {
  const file = join(folder, `list-${files++}`);
  writeFileSync(file, lines(key));
  const clock = new VirtualClock(START);
  const said: string[] = [];
  const list = await watchList(file, clock, (line) => said.push(line));
  return { file, said, list, clock };
}

/** Reading a file takes as long as it takes. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
