import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packLeads } from '../../protocols/batch.ts';
import { minutes } from '../../protocols/units.ts';
import { because, PASS } from '../../protocols/verdict.ts';
import { randomFrom } from '../random.ts';
import { synthetic } from '../sources/synthetic.ts';
import { audit, signatures } from './audit.worker.ts';
import { openWorkers, type Signed, type Workers } from './workers.ts';

describe('Workers', () => {
  let workers: Workers;
  beforeAll(() => {
    workers = openWorkers({ threads: 1, taskTime: minutes(10) });
  });
  afterAll(() => workers.close());

  it('gives a verdict a lead, lot after lot, and leaves the bytes to their owner', async () => {
    const [good] = synthetic()(randomFrom(1), { leads: 1 });
    const first = packed([good, good, {}]);
    const batches = [
      { leads: first, want: { leads: 3 }, sample: [0, 1] },
      { leads: packed([]), want: { leads: 1 }, sample: [] },
      { leads: packed([5]), want: { leads: 1 }, sample: [0] },
      { leads: Uint8Array.of(0xff), want: { leads: 1 }, sample: [0] },
    ];
    const { verdicts, counts } = await workers.audit(batches);
    expect([...counts]).toEqual([3, 0, 1, 0]);
    expect([...verdicts]).toEqual([
      PASS,
      because('duplicate_email'),
      PASS,
      because('not_an_object'),
    ]);
    expect(first.length).toBeGreaterThan(0);
  });

  it('tells good signatures from bad ones, each by itself', async () => {
    const good = signed('a settlement');
    const other = signed('another');
    const checks: Signed[] = [
      good,
      { ...good, statement: other.statement },
      { ...good, key: other.key },
      { ...good, key: good.key.subarray(1) },
      { ...good, signature: new Uint8Array(65) },
      { key: new Uint8Array(), signature: new Uint8Array(), statement: new Uint8Array() },
      { key: new Uint8Array(32), signature: new Uint8Array(0), statement: good.statement },
      other,
      { ...good, signature: good.signature.map((byte, at) => (at === 63 ? byte ^ 1 : byte)) },
      signed(''),
    ];
    expect([...(await workers.signatures(checks))]).toEqual([1, 0, 0, 0, 0, 0, 0, 1, 0, 1]);
    expect([...(await workers.signatures([]))]).toEqual([]);
  });

  it('is warm after its first task, and takes no more once it is closed', async () => {
    const own = openWorkers({ threads: 1, taskTime: minutes(10) });
    expect(own.isWarm()).toBe(false);
    await own.warm();
    expect(own.isWarm()).toBe(true);
    expect(own.room()).toBeGreaterThan(0);
    await own.close();
    expect(own.room()).toBe(0);
    await expect(own.audit([])).rejects.toThrow('closed');
  });
});

describe('a worker that fails', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'worker-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    ['throws', 'throw new TypeError("no")'],
    ['leaves', 'process.exit(3)'],
    ['eats all memory', 'const all = []; for (;;) all.push(new Array(1e6).fill({}))'],
  ])('takes its one task with it where it %s', async (how, deed) => {
    const file = join(folder, `${how.replaceAll(' ', '-')}.mjs`);
    await writeFile(
      file,
      `export const audit = ({ lots }) => { if (lots.length > 1) { ${deed} } return 'fine'; };`,
    );
    const workers = openWorkers({ threads: 1, worker: pathToFileURL(file), taskTime: minutes(10) });
    try {
      const one = { leads: packed([]), want: { leads: 1 }, sample: [] };
      const [bad, good] = await Promise.allSettled([
        workers.audit([one, one]),
        workers.audit([one]),
      ]);
      expect(bad.status).toBe('rejected');
      expect(good).toEqual({ status: 'fulfilled', value: 'fine' });
    } finally {
      await workers.close();
    }
  });
});

describe('the functions of a worker', () => {
  it('are the ones that run in line', () => {
    const leads = packed([{}, 5]);
    const lot = { bytes: leads.length, want: { leads: 2 }, sample: [1] };
    const { verdicts, counts } = audit({ bytes: leads, lots: [lot] });
    expect([[...verdicts], [...counts]]).toEqual([[PASS, because('not_an_object')], [2]]);

    const { key, signature, statement } = signed('x');
    const bytes = Buffer.concat([key, signature, statement]);
    expect([...signatures({ bytes, lengths: Uint32Array.of(1) })]).toEqual([1]);
    expect([...signatures({ bytes, lengths: Uint32Array.of(0) })]).toEqual([0]);
  });
});

const packed = (leads: readonly unknown[]): Uint8Array =>
  packLeads(
    leads as object[],
    leads.map(() => new Uint8Array(16)),
  );

function signed(text: string): Signed {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const statement = Buffer.from(text);
  return {
    key: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32),
    signature: sign(null, statement, privateKey),
    statement,
  };
}
