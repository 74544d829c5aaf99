import fc from 'fast-check';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PoolState } from '../actors/pool.ts';
import { emailKey, type Lead } from '../protocols/lead.ts';
import { roleOf, type Role } from '../protocols/messages.ts';
import { heldIn, openLeads } from '../protocols/rules/held.ts';
import { bestFor, counts } from '../protocols/rules/pool.ts';
import { later, minutes, type Hotkey } from '../protocols/units.ts';
import { actorFor } from './actor-for.ts';
import { Addresses } from './erasure/addresses.ts';
import type { NodeRecorder } from './recorder.ts';
import { readSnapshot } from './journal-file.ts';
import { replayAll } from './replayed.ts';
import { Replaying } from './replaying.ts';
import { NODE_FILE, openNodeStore, type NodeStore } from './store/node-store.ts';
import { asideOf, entriesOf } from './testing/journals.ts';
import { recordedSubnet, type Recorded, type RecordedSubnet } from './testing/recorded-subnet.ts';

const ROLES = ['miner', 'validator', 'pool', 'buyer'] as const;

let subnet: RecordedSubnet;
let dir: string;
let delivered: readonly Lead[];
let emails: readonly string[];
const files = new Map<Role, string>();
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'erasing-'));
  subnet = await recordedSubnet({
    seed: 'erasing',
    queries: 2,
    queryEvery: 0,
    limits: { snapshotInputs: 30 },
  });
  delivered = subnet.answers.flatMap(({ leads }) => leads.map(({ lead }) => lead));
  emails = delivered.map(emailOf);
  for (const role of ROLES) {
    const file = join(dir, `${role}.sqlite`);
    recorded(role).tables.database.prepare('VACUUM INTO ?').run(file);
    files.set(role, file);
  }
}, 120_000);
afterAll(() => rmSync(dir, { recursive: true }));

describe('a person who is erased', () => {
  it.each(ROLES)('is found in no byte of the store of a %s, which replays', (role) => {
    const { own, store } = opened(role);
    const there = emails.filter((email) => isIn(own, email));
    expect(there.length).toBeGreaterThan(2);
    const gone = there.slice(0, 2);
    const erased = store.erase(new Addresses(gone.map((email) => email.toUpperCase())));
    expect([...erased.keys()].toSorted()).toEqual(gone.toSorted());
    // Also while it runs: the log beside the file is looked through too.
    expect(gone.filter((email) => isIn(own, email))).toEqual([]);
    expect(there.slice(2).filter((email) => !isIn(own, email))).toEqual([]);
    store.close();

    const { tables, again } = reopened(own);
    const replayed = replayAll(tables);
    expect(replayed.flatMap(({ differs }) => differs ?? [])).toEqual([]);
    expect(replayed.reduce((sum, one) => sum + one.erased, 0)).toBeGreaterThan(0);
    for (const { inputs, untold } of replayed) expect(untold).toBeLessThan(inputs);
    again.close();
  });

  it('leaves everyone else as they were, whoever it is and however they are spelt', () => {
    fc.assert(
      fc.property(
        fc.subarray([...Array(20).keys()], { minLength: 1 }),
        fc.boolean(),
        (which, upper) => {
          const { own, store } = opened('pool');
          const gone = which.map((index) => emails[index] ?? '');
          const before = rowsOf(store);
          const total = [
            ...store
              .erase(new Addresses(gone.map((one) => (upper ? one.toUpperCase() : one))))
              .values(),
          ].reduce((sum, count) => sum + count, 0);
          const after = rowsOf(store);
          let lost = 0;
          for (const [name, bytes] of before) {
            if (after.get(name) === null) lost++;
            else expect(after.get(name)).toBe(bytes);
          }
          expect(lost).toBe(total);
          expect(gone.filter((email) => isIn(own, email))).toEqual([]);
          const { stock } = poolIn(store);
          const held = openLeads(heldIn(stock)).map(emailOf);
          const kept = heldBefore().filter((email) => !gone.includes(email));
          expect(held.toSorted()).toEqual(kept.toSorted());
          store.close();
          rmSync(own, { recursive: true });
        },
      ),
      { numRuns: 5 },
    );
  });

  it('is sold and counted by the pool no more, as it goes on and after it was started again', () => {
    const { own, store } = opened('pool');
    const [gone = ''] = heldBefore();
    store.erase(new Addresses([gone]));
    const demand = { want: { leads: 100 }, buyer: 'new' as Hotkey, now: subnet.clock.now() };
    const sells = (state: PoolState) => openLeads(bestFor(state.stock, demand)).map(emailOf);
    const state = poolIn(store);
    expect(sells(state)).not.toContain(gone);
    expect(sells(state)).toHaveLength(Math.min(100, heldBefore().length - 1));
    const count = counts(state.stock, demand.now).reduce((sum, { leads }) => sum + leads, 0);
    expect(count).toBe(heldBefore().length - 1);
    store.close();
    const { again } = reopened(own);
    expect(sells(poolIn(again))).toEqual(sells(state));
    again.close();
  });

  it('is erased again to the same end where the process ended before it was overwritten', () => {
    const { own, store } = opened('pool');
    const [gone = ''] = emails;
    // All that is written before the file is written anew; then the process is no more.
    (store.recorder as NodeRecorder).erase(new Addresses([gone]));
    const copy = mkdtempSync(join(dir, 'killed-'));
    for (const file of readdirSync(own)) copyFileSync(join(own, file), join(copy, file));
    const unswept = "SELECT 1 FROM facts WHERE name = 'unswept'";
    expect((store.recorder as NodeRecorder).tables.one(unswept)).toBeDefined();
    const { again, tables } = reopened(copy);
    expect(tables.one(unswept)).toBeUndefined();
    expect(isIn(copy, gone)).toBe(false);
    expect([...again.erase(new Addresses([gone]))]).toEqual([]);
    again.close();
    store.close();
  });

  it('is erased also where the address stands in another field, or in what is no lead', () => {
    const { own, store } = opened('pool');
    const { leads, tables } = store.recorder as NodeRecorder;
    const until = later(subnet.clock.now(), minutes(1));
    const other = {
      ...delivered[0],
      'Owner(s) Email': 'x@y.com',
      Website: 'mailto:Hidden@Acme.com',
    };
    leads.keepOpen(other, until);
    leads.keepOpen(Buffer.from('no lead: hidden@acme.com'), until);
    leads.keepOpen({ ...delivered[0], 'Owner(s) Email': 'unhidden@acme.com' }, until);
    leads.flush();
    expect([...store.erase(new Addresses(['hidden@acme.com']))]).toEqual([['hidden@acme.com', 2]]);
    expect(isIn(own, 'unhidden@acme.com')).toBe(true);
    expect(isIn(own, 'mailto:hidden')).toBe(false);
    expect(isIn(own, 'lead: hidden')).toBe(false);
    expect(tables.one("SELECT 1 FROM facts WHERE name = 'unswept'")).toBeUndefined();
    store.close();
  });

  it('is not erased by halves where an actor cannot be had again: that is said, and nothing is lost', () => {
    const { own, store } = opened('buyer');
    const { tables } = store.recorder as NodeRecorder;
    tables.run("UPDATE actors SET address = 'miner/x' WHERE address LIKE 'buyer/%'");
    const before = rowsOf(store);
    expect(() => store.erase(new Addresses(emails))).toThrow(/journal/);
    expect(rowsOf(store)).toEqual(before);
    store.close();
    expect(isIn(own, emails[0] ?? '')).toBe(true);
  });

  it('is told of in the journal, from where the actor goes on', () => {
    const { store } = opened('validator');
    store.erase(new Addresses(emails.slice(0, 1)));
    const { tables } = store.recorder as NodeRecorder;
    const { self } = recorded('validator');
    expect(entriesOf(tables, self).at(-1)).toMatchObject({ is: 'erased' });
    store.close();
  });
});

const emailOf = (lead: Lead): string => emailKey(lead['Owner(s) Email']);

function recorded(role: Role): Recorded {
  // The last miner is careless and brings nothing; the last buyer is the one that people ask.
  const isOne = ({ self }: Recorded): boolean => roleOf(self) === role;
  const found = role === 'miner' ? subnet.actors.find(isOne) : subnet.actors.findLast(isOne);
  if (found === undefined) throw new Error(`there is no ${role}`);
  return found;
}

/** A copy of a role's store, in a directory of its own. */
function opened(role: Role): { readonly own: string; readonly store: NodeStore } {
  const own = mkdtempSync(join(dir, 'node-'));
  copyFileSync(files.get(role) ?? '', join(own, NODE_FILE));
  return { own, store: openNodeStore(own, { clock: subnet.clock }) };
}

function reopened(own: string) {
  const again = openNodeStore(own, { clock: subnet.clock });
  return { again, tables: (again.recorder as NodeRecorder).tables };
}

/** Whether a text is in any byte of a directory, whatever the case of its letters. */
const isIn = (own: string, text: string): boolean =>
  readdirSync(own).some((file) =>
    readFileSync(join(own, file)).toString('latin1').toLowerCase().includes(text.toLowerCase()),
  );

/** The leads of a store by their names, in hex; null where they were erased. */
function rowsOf({ recorder }: NodeStore): ReadonlyMap<string, string | null> {
  const rows = (recorder as NodeRecorder).tables.all('SELECT name, bytes FROM leads');
  return new Map(
    rows.map(({ name, bytes }) => [
      Buffer.from(name as Uint8Array).toString('hex'),
      bytes === null ? null : Buffer.from(bytes as Uint8Array).toString('hex'),
    ]),
  );
}

/** What the pool goes on from. */
function poolIn({ recorder }: NodeStore): PoolState {
  const { tables } = recorder as NodeRecorder;
  const { self } = recorded('pool');
  const id = Number(tables.one('SELECT actor FROM actors WHERE address = ?', self)?.['actor']);
  const snapshot = readSnapshot(tables, id, asideOf(tables))?.snapshot;
  if (snapshot === undefined) throw new Error('there is no snapshot');
  const replaying = new Replaying(self, (made) => actorFor(self, made));
  replaying.restore(snapshot);
  return replaying.state as PoolState;
}

/** The addresses that the pool had. */
function heldBefore(): readonly string[] {
  const { stock } = recorded('pool').running.state as PoolState;
  return openLeads(heldIn(stock)).map(emailOf);
}
