import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emailKey } from '../../protocols/lead.ts';
import { roleOf } from '../../protocols/messages.ts';
import { suppressedDigest } from '../../protocols/rules/suppression.ts';
import { later, minutes, type Instant } from '../../protocols/units.ts';
import { PASS } from '../../protocols/verdict.ts';
import { filesUnder } from '../erasure/places.ts';
import type { Receipt } from '../erasure/receipt.ts';
import { openMockKeys } from '../identity/mock-keys.ts';
import { below, randomFrom } from '../random.ts';
import { replayAll } from '../replayed.ts';
import { sqliteFindings } from '../store/findings.ts';
import { lockNode } from '../store/node-lock.ts';
import { NODE_FILE } from '../store/node-store.ts';
import { readNodeTables } from '../store/node-tables.ts';
import { readSuppressionFile } from '../suppression.ts';
import { recordedSubnet, type Recorded } from '../testing/recorded-subnet.ts';
import { erase } from './erase.ts';
import { replay } from './replay.ts';
import type { Console } from './trouble.ts';
import { verifyLog } from './verify-log.ts';
import { verifyReceipt } from './verify-receipt.ts';

/** A data directory as the nodes of a mock network leave it. */
let template: string;
let folder: string;
/** Delivered to the buyer, so that everyone on its road has it. */
let [email, another]: [string, string] = ['', ''];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leadpoet-erase-'));
  template = join(folder, 'template');
  const { actors, answers } = await recordedSubnet({
    seed: 'erase',
    queries: 1,
    queryEvery: 0,
  });
  for (const [index, { self, tables }] of onePerRole(actors).entries()) {
    const own = join(template, 'mock', roleOf(self), `n${index}`);
    mkdirSync(own, { recursive: true });
    tables.database.prepare('VACUUM INTO ?').run(join(own, NODE_FILE));
    await openMockKeys(join(own, 'mock-seed'), () => undefined);
  }
  const emails = answers.flatMap(({ leads }) => leads.map(({ lead }) => lead['Owner(s) Email']));
  [email = '', another = ''] = emails.map(emailKey);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('leadpoet erase', () => {
  it('takes a person out of every node, cache and copy, and gives a receipt that holds', async () => {
    const dir = newDir();
    const node = join(dir, 'mock', 'pool', poolOf(dir));
    const findings = sqliteFindings(join(node, 'findings.sqlite'));
    findings.put('a hash of an address', PASS, later(Date.now() as Instant, minutes(5)));
    findings.close();
    writeFileSync(join(node, `${NODE_FILE}.damaged`), `torn ${email.toUpperCase()} torn`);
    mkdirSync(join(node, 'errands'));
    writeFileSync(join(node, 'errands', 'old.errand'), JSON.stringify({ is: 'erase', email }));
    const list = join(folder, 'list');

    const { code, out, err } = await run(dir, [` ${email.toUpperCase()} `], { suppress: list });
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(filesWith(dir, email)).toEqual([]);
    expect(filesWith(dir, another)).toHaveLength(4);
    const receipt = JSON.parse(out) as Receipt;
    expect(out + err).not.toContain(email);
    expect(receipt.nodes.filter(({ leads }) => leads > 0).length).toBe(4);
    expect(receipt.others).toEqual({ findings: 1, 'damaged copies': 1, errands: 1 });
    expect((await readSuppressionFile(list)).has(suppressedDigest(email))).toBe(true);

    for (const own of nodesOf(dir)) {
      expect(await silent((io) => Promise.resolve(replay(own, {}, io)))).toMatchObject({ code: 0 });
      const log = await silent((io) => verifyLog([join(own, 'audit.log')], {}, io));
      expect(log).toMatchObject({ code: 0, out: expect.stringContaining('persons were erased') });
    }
    expect((await silent((io) => Promise.resolve(replay(node, {}, io)))).out).toContain('erased');
    const told = readFileSync(join(node, 'audit.log'), 'utf8');
    expect(told).toContain(receipt.address.hash);

    const file = join(folder, 'receipt');
    writeFileSync(file, out);
    expect(await verified(file, email.toUpperCase())).toMatchObject({ code: 0 });
    expect(await verified(file)).toMatchObject({ code: 0 });
    const other = await verified(file, another);
    expect(other).toMatchObject({ code: 1, out: expect.stringContaining('about another address') });
  });

  it('signs what it says: a receipt in which anything was changed does not hold', async () => {
    const dir = newDir();
    const { out } = await run(dir, [email, another]);
    const receipts = JSON.parse(out) as readonly Receipt[];
    expect(receipts).toHaveLength(2);
    const [receipt] = receipts;
    if (receipt === undefined) throw new Error('there is no receipt');
    const [first, ...others] = receipt.nodes;
    const [signature, ...more] = receipt.signatures;
    const changed: readonly object[] = [
      { ...receipt, erased_at: '2020-01-01T00:00:00.000Z' },
      { ...receipt, address: { ...receipt.address, salt: '0'.repeat(64) } },
      { ...receipt, nodes: [{ ...first, leads: (first?.leads ?? 0) + 1 }, ...others] },
      { ...receipt, nodes: others },
      { ...receipt, nodes: [] },
      { ...receipt, note: 'and more' },
      { ...receipt, signatures: more },
      { ...receipt, signatures: [{ ...signature, signature: '0'.repeat(128) }, ...more] },
    ];
    for (const one of changed) {
      const file = join(folder, 'changed');
      writeFileSync(file, JSON.stringify([receipts[1], one]));
      expect({ one, ...(await verified(file)) }).toMatchObject({ code: 1 });
    }
    const file = join(folder, 'both');
    writeFileSync(file, out);
    expect(await verified(file, another)).toMatchObject({ code: 0 });
    writeFileSync(file, JSON.stringify({ ...receipt, format: 'leadpoet.erasure-receipt/2' }));
    await expect(verified(file)).rejects.toThrow('allowed: leadpoet.erasure-receipt/1');
    writeFileSync(file, JSON.stringify({ ...receipt, address: {} }));
    await expect(verified(file)).rejects.toThrow('receipt.address');
  });

  it('names what is not ours and leaves it to its owner: exit 1, and the receipt says so', async () => {
    const dir = newDir();
    writeFileSync(join(dir, 'mine.csv'), `Email\n${email.toUpperCase()}\n`);
    const { code, out, err } = await run(dir, [email]);
    expect(code).toBe(1);
    expect(err).toContain('still found in mine.csv');
    expect(existsSync(join(dir, 'mine.csv'))).toBe(true);
    expect((JSON.parse(out) as Receipt).left).toEqual(['mine.csv']);
    const file = join(folder, 'left');
    writeFileSync(file, out);
    expect(await verified(file, email)).toMatchObject({ code: 1 });
  });

  it('does the others where one cannot be done, says which, and gives no receipt', async () => {
    const dir = newDir();
    const node = join(dir, 'mock', 'pool', poolOf(dir));
    appendFileSync(join(node, 'audit.log'), 'no line of ours\n');
    await expect(run(dir, [email])).rejects.toThrow(/not all of it was erased: .*audit\.log/);
    expect(filesWith(dir, email)).toEqual([join(node, NODE_FILE)]);
    rmSync(join(node, 'audit.log'));
    expect(await run(dir, [email])).toMatchObject({ code: 0 });
    expect(filesWith(dir, email)).toEqual([]);
  });

  it.each([
    [[], 'the address is missing'],
    [['acme.com'], 'argument 1 is "acme.com"; allowed: an address'],
    [['ann@acme.com', 'no body'], 'argument 2 is "no body"'],
    [['-'], 'line 2 of stdin is "x"'],
  ])('refuses %j', async (entries, message) => {
    await expect(run(template, entries, {}, '\nx\n')).rejects.toThrow(message);
    await expect(run(join(folder, 'none'), [email])).rejects.toThrow('is not there');
  });

  it('comes to the same end when it is done again, wherever it was killed', async () => {
    const dir = newDir();
    const random = randomFrom('killed');
    let ended = false;
    for (let kills = 0; kills < 2 && !ended; kills++) {
      const child = spawn(process.execPath, [BIN, 'erase', email, '--data-dir', dir], {
        stdio: 'ignore',
      });
      const end = once(child, 'close').then(([code]) => code === 0);
      // It is at work from 0.4 to 0.8 s after its start; where it ends before, nothing is left to do.
      const killed = pause(400 + below(random, 400)).then(() => child.kill('SIGKILL'));
      ended = await end;
      await killed;
      for (const own of nodesOf(dir)) isWhole(own);
    }
    expect(await run(dir, [email])).toMatchObject({ code: 0 });
    expect(filesWith(dir, email)).toEqual([]);
    expect(filesWith(dir, another)).toHaveLength(4);
    for (const own of nodesOf(dir)) isWhole(own);
  });
});

const BIN = fileURLToPath(new URL('../../leadpoet.cjs', import.meta.url));

/** Its journal is as it was written, whatever has ended the process that wrote it. */
function isWhole(own: string): void {
  // Whoever opens it first takes in what the log beside it has.
  lockNode(own).release();
  const tables = readNodeTables(join(own, NODE_FILE));
  expect(replayAll(tables).flatMap(({ differs }) => differs ?? [])).toEqual([]);
  tables.database.close();
}

/** The first miner that was asked, a validator, the pool, and the buyer that people ask. */
const onePerRole = (actors: readonly Recorded[]): readonly Recorded[] =>
  ROLES.flatMap((role) => {
    const isOne = ({ self }: Recorded): boolean => roleOf(self) === role;
    return (role === 'miner' ? actors.find(isOne) : actors.findLast(isOne)) ?? [];
  });
const ROLES = ['miner', 'validator', 'pool', 'buyer'] as const;

let dirs = 0;
function newDir(): string {
  const dir = join(folder, `data-${dirs++}`);
  cpSync(template, dir, { recursive: true });
  return dir;
}

const poolOf = (dir: string): string => readdirSync(join(dir, 'mock', 'pool'))[0] ?? '';
const nodesOf = (dir: string): readonly string[] =>
  filesUnder(dir)
    .filter((file) => file.endsWith(`/${NODE_FILE}`))
    .map((file) => file.slice(0, -NODE_FILE.length - 1));

/** The files in which a text is, in whatever case. */
const filesWith = (dir: string, text: string): readonly string[] =>
  filesUnder(dir).filter((file) =>
    readFileSync(file).toString('latin1').toLowerCase().includes(text.toLowerCase()),
  );

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function silent(command: (io: Console) => Promise<number>): Promise<Said> {
  let [out, err] = ['', ''];
  const io = { out: (text: string) => (out += text), err: (text: string) => (err += text) };
  const code = await command(io);
  return { code, out, err };
}

const run = (
  dataDir: string,
  entries: readonly string[],
  options: { readonly suppress?: string } = {},
  stdin = '',
): Promise<Said> => silent((io) => erase(entries, { dataDir, ...options }, io, input(stdin)));

async function* input(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

const verified = (file: string, ...emails: readonly string[]): Promise<Said> =>
  silent((io) => verifyReceipt(file, emails, {}, io));
