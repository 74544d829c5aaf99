import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { roleOf, type Role } from '../protocols/messages.ts';
import { actorFor } from './actor-for.ts';
import { below, randomFrom } from './random.ts';
import { NODE_STORE, NodeTables, openNodeTables } from './store/node-tables.ts';
import { openSqlite } from './store/sqlite.ts';
import { Driver } from './testing/driver.ts';
import { entriesOf, inputsOf, replayed, written } from './testing/journals.ts';
import { recordedSubnet, type RecordedSubnet } from './testing/recorded-subnet.ts';

/** Each starts a process: three seconds on a busy machine. */
const KILLS = Number(process.env['KILLS'] ?? 3);
const CHILD = join(import.meta.dirname, 'testing', 'journal-child.ts');

let subnet: RecordedSubnet;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'recorder-killed-'));
  subnet = await recordedSubnet({ seed: 'killed', queries: 2 });
});
afterAll(() => rmSync(dir, { recursive: true }));

describe('an actor whose process is killed again and again', () => {
  it.each(['validator', 'pool', 'buyer'] as const)(
    'has lost nothing that was acknowledged, and was handed nothing twice: a %s',
    async (role) => {
      const { file, script, self, state } = prepared(role);
      const random = randomFrom(role);
      const acknowledged = new Set<string>();
      for (let kills = 0; ; kills++) {
        const after = kills < KILLS ? 1 + below(random, 20) : Infinity;
        const isAll = await run([file, script, `${role} ${kills}`], after, acknowledged);
        const tables = openNodeTables(file);
        const inputs = inputsOf(tables, self);
        const names = inputs.flatMap((one) => (one.is === 'message' ? [one.name ?? ''] : []));
        expect(new Set(names).size).toBe(names.length);
        for (const name of acknowledged) expect(names).toContain(name);
        tables.database.close();
        if (isAll) break;
      }

      expect(acknowledged.size).toBeGreaterThan(2);
      const tables = openNodeTables(file);
      const { state: again, at, ...questions } = replayed(tables, self);
      expect(at).toBe(inputsOf(subnetTables(role), self).length);
      expect(written(tables, again)).toBe(state);
      const options = {
        outside: { done: [], sent: [] },
        script: entriesOf(subnetTables(role), self),
      };
      const actor = actorFor(self, made(role));
      const revived = new Driver({ ...options, self, actor, tables }, at, questions);
      expect(written(tables, revived.state)).toBe(state);
      tables.database.close();
    },
  );
});

const found = (role: Role) => {
  // The last buyer is the person's: it is asked for leads.
  const one = subnet.actors.findLast(({ self }) => roleOf(self) === role);
  if (one === undefined) throw new Error(`there is no ${role}`);
  return one;
};
const subnetTables = (role: Role): NodeTables => found(role).tables;
function made(role: Role) {
  const [begin] = entriesOf(subnetTables(role), found(role).self);
  return begin?.is === 'begin' ? begin.made : {};
}

/** The script as a file, and a store of the same secret that is new. */
function prepared(role: Role) {
  const { self, tables, running } = found(role);
  const script = join(dir, `${role}-script.sqlite`);
  tables.database.prepare('VACUUM INTO ?').run(script);
  // Of the actors that share a store the script is of one.
  const copy = openSqlite(script, NODE_STORE);
  copy.prepare('DELETE FROM actors WHERE address <> ?').run(self);
  copy.close();
  const file = join(dir, `${role}.sqlite`);
  const database = openSqlite(file, NODE_STORE);
  database.prepare("INSERT INTO facts VALUES ('secret', ?)").run(new Uint8Array(32));
  database.close();
  return { file, script, self, state: written(tables, running.state) };
}

/** Runs the child until it has said so many lines; true where it said that it has done all. */
async function run(
  args: readonly string[],
  lines: number,
  acknowledged: Set<string>,
): Promise<boolean> {
  const child = spawn(process.execPath, ['--no-warnings', CHILD, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  let said = 0;
  let isAll = false;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'all') isAll = true;
    else if (line !== '-') acknowledged.add(line);
    if (++said === lines) child.kill('SIGKILL');
  }
  const [code, signal] = (await ended) as [number | null, string | null];
  expect(isAll ? code === 0 || signal === 'SIGKILL' : signal === 'SIGKILL').toBe(true);
  return isAll;
}
