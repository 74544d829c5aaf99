import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError, WorldError } from '../../runtime/cli/trouble.ts';
import { figuresOf } from './figures.ts';
import { checkVersion, readManifest, readSummary, writeRecord } from './manifest.ts';
import { summaryOf } from './summary.ts';
import { believable, MANIFEST } from './testing/believable.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leadpoet-run-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the record of a run', () => {
  it('is read back as it was written', async () => {
    const tables = believable(20);
    const [flag] = tables.flags;
    const lifted = flag && { ...flag, event: 'lifted' as const, at_s: flag.at_s + 4_320 };
    const flags = [...tables.flags, ...(lifted ? [lifted] : [])];
    const summary = summaryOf(await figuresOf({ ...tables, flags }, 86_400));
    expect(summary.caught).toMatchObject([{ lifted: true }, { event: 'restricted' }]);
    writeRecord(folder, MANIFEST, summary);

    expect(readdirSync(folder).toSorted()).toEqual(['manifest.json', 'summary.json']);
    expect(await readManifest(folder)).toEqual(MANIFEST);
    expect(await readSummary(folder)).toEqual(summary);
  });

  it('is refused by name where the run did not finish', async () => {
    await expect(readManifest(folder)).rejects.toThrow(WorldError);
    await expect(readManifest(folder)).rejects.toThrow('has no manifest.json');
    await expect(readSummary(folder)).rejects.toThrow('has no summary.json');
  });

  it.each([
    [{ format: 'leadpoet.run/2' }, /format of .* is "leadpoet\.run\/2"; .*leadpoet\.run\/1/],
    [{ scenario: 'baseline' }, /scenario is "baseline"/],
    [{ scenario: { name: 'x' } }, /scenario\.text/],
    [{ seed: 1.5 }, /seed is 1\.5/],
    [{ seed: -1 }, /seed is -1/],
    [{ digest: 'ABC' }, /digest is "ABC"/],
    [{ digest: `${'0'.repeat(64)}\n` }, /digest/],
    [{ events: null }, /events is null/],
    [{ virtual_s: -1 }, /virtual_s is -1/],
    [{ version: 1 }, /version is 1/],
    [{ node: [] }, /node is a list/],
  ])('is refused by the field that is wrong: %j', async (parts, message) => {
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...MANIFEST, ...parts }));
    await expect(readManifest(folder)).rejects.toThrow(UsageError);
    await expect(readManifest(folder)).rejects.toThrow(message);
  });

  it('is refused where it is no JSON, or no object', async () => {
    for (const content of ['', '{', '[]', 'null', '"x"', '['.repeat(100)]) {
      writeFileSync(join(folder, 'manifest.json'), content);
      await expect(readManifest(folder)).rejects.toThrow(UsageError);
    }
  });
});

describe('checkVersion', () => {
  it('refuses a run of another version by name', () => {
    expect(() => checkVersion(MANIFEST, MANIFEST.version)).not.toThrow();
    expect(() => checkVersion(MANIFEST, '0.2.0')).toThrow(/version is "?0\.1\.0"?; .*0\.2\.0/);
  });
});
