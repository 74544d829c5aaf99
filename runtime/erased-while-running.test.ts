/**
 * A miner, a validator, a pool and a buyer, each a process of its own: somebody is erased while they
 * run, and is found in no byte of what they keep.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Lead } from '../protocols/lead.ts';
import { deliveries } from './cli/deliveries.ts';
import { replay } from './cli/replay.ts';
import type { Console } from './cli/trouble.ts';
import { verifyLog } from './cli/verify-log.ts';
import { filesUnder } from './erasure/places.ts';
import { Fleet, type Started } from './testing/fleet.ts';

const BIN = fileURLToPath(new URL('../leadpoet.cjs', import.meta.url));
const NODES = [
  ['miner', 'm1'],
  ['validator', 'v1'],
  ['pool', 'p1'],
] as const;

/** Four processes start on a machine that may have much else to do. */
const TIME = 300_000;

describe('nodes that run', () => {
  const dir = mkdtempSync(join(tmpdir(), 'leadpoet-erased-'));
  const fleet = new Fleet(dir);
  afterAll(async () => {
    await fleet.sweep();
    rmSync(dir, { recursive: true });
  });

  it(
    'erase somebody by themselves, sell them no more, and go on',
    async () => {
      const nodes = NODES.map(([role, name]) => fleet.start(role, name));
      await Promise.all(nodes.map((node) => node.says('has standing')));
      const bought = (await fleet.start('buy', 'b1', '--num-leads', '10', '--json').end).out;
      const { query_id: query, leads } = JSON.parse(bought) as Answer;
      const [gone = '', other = ''] = leads.map((lead) => lead['Owner(s) Email'].toLowerCase());
      expect(filesWith(dir, gone).length).toBeGreaterThan(2);

      const asking = (email: string) =>
        said((io) => deliveries({ email, json: true, dataDir: dir }, io));
      const who = await asking(gone);
      const told = JSON.parse(who.out) as { readonly deliveries: readonly Told[] };
      expect(told.deliveries.map(({ role }) => role).toSorted()).toEqual(['buyer', 'pool']);
      for (const one of told.deliveries) {
        expect(one).toMatchObject({ query, leads: leads.length });
        expect(one.lead_hashes).toHaveLength(1);
      }
      expect((await asking('no@body.com')).code).toBe(1);

      const list = join(dir, '..', `${dir.split('/').at(-1)}.list`);
      const erased = leadpoet('erase', gone.toUpperCase(), '--data-dir', dir, '--suppress', list);
      expect(erased).toMatchObject({ code: 0 });
      expect(filesWith(dir, gone)).toEqual([]);
      expect(filesWith(dir, other).length).toBeGreaterThan(2);
      rmSync(list);

      // Whoever asks next is answered.
      const next = await fleet.start('buy', 'b2', '--num-leads', '20', '--json').end;
      expect(next).toMatchObject({ code: 0 });
      expect(next.out.toLowerCase()).not.toContain(gone);

      await stopped(nodes);
      for (const [role, name] of [...NODES, ['buyer', 'b1']]) {
        const own = join(dir, 'mock', role, name);
        const again = await said((io) => replay(own, {}, io));
        expect({ name, ...again }).toMatchObject({ name, code: 0 });
        const log = await said((io) => verifyLog([join(own, 'audit.log')], {}, io));
        expect(log).toMatchObject({ code: 0, out: expect.stringContaining('persons were erased') });
        if (role === 'pool') expect(again.out).toContain('were erased');
      }
    },
    TIME,
  );
});

interface Answer {
  readonly query_id: string;
  readonly leads: readonly Lead[];
}
interface Told {
  readonly role: string;
  readonly lead_hashes: readonly string[];
}

async function stopped(nodes: readonly Started[]): Promise<void> {
  for (const node of nodes) node.signal('SIGTERM');
  for (const { code } of await Promise.all(nodes.map(({ end }) => end))) expect(code).toBe(143);
}

function leadpoet(...args: readonly string[]): {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

/** What a command of this process says. */
async function said(
  command: (io: Console) => number | Promise<number>,
): Promise<{ readonly code: number; readonly out: string }> {
  let out = '';
  const code = await command({ out: (text) => (out += text), err: () => undefined });
  return { code, out };
}

/** The files in which a text is, in whatever case. */
const filesWith = (dir: string, text: string): readonly string[] =>
  filesUnder(dir).filter((file) =>
    readFileSync(file).toString('latin1').toLowerCase().includes(text.toLowerCase()),
  );
