/**
 * Four miners, three validators, a pool and a buyer, each a process of its own, on one mock network:
 * a query is answered; and while one process after the other is killed without warning and started
 * again, nothing is lost, and nothing happens twice.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { PoolState } from '../actors/pool.ts';
import { pool } from '../actors/pool.ts';
import type { ValidatorState } from '../actors/validator.ts';
import { validator } from '../actors/validator.ts';
import type { Following } from '../actors/following.ts';
import { enter, newLedger, standingAt } from '../protocols/ledger.ts';
import { emailKey, type Lead } from '../protocols/lead.ts';
import { addressOf, attemptOf, type Answered, type Entry } from '../protocols/messages.ts';
import { recordsOfCase } from '../protocols/records.ts';
import { openLeads } from '../protocols/rules/pool.ts';
import { BLOCKS_PER_DAY, type BatchId } from '../protocols/units.ts';
import type { AnyActor } from './cell.ts';
import { SharedFileChain } from './chain/shared-file.ts';
import { WallClock } from './clock.ts';
import { openMockKeys } from './identity/mock-keys.ts';
import { below, randomFrom } from './random.ts';
import { openNodeStore } from './store/node-store.ts';
import { Fleet, type Started } from './testing/fleet.ts';

/** Five in every check; fifty by `FLEET_QUERIES=50`, which takes some ten minutes. */
const QUERIES = Number(process.env['FLEET_QUERIES'] ?? 5);
/** Where who is killed, and when, begins. */
const SEED = process.env['FLEET_SEED'] ?? 'nine processes';

const NODES = [
  ...['m1', 'm2', 'm3', 'm4'].map((name) => ['miner', name] as const),
  ...['v1', 'v2', 'v3'].map((name) => ['validator', name] as const),
  ['pool', 'p1'] as const,
];

describe('nine processes', () => {
  it(
    'answer queries whoever of them is killed, lose nothing and do nothing twice',
    async () => {
      const dir = mkdtempSync(join(DIRECTORY, 'fleet-'));
      const fleet = new Fleet(dir);
      fleets.push(fleet);
      const running = new Map<string, Started>();
      const start = async (role: string, name: string): Promise<void> => {
        const started = fleet.start(role, name);
        running.set(name, started);
        await started.says('ready');
      };
      await Promise.all(NODES.map(([role, name]) => start(role, name)));
      await Promise.all([...running.values()].map((node) => node.says('has standing')));

      const random = randomFrom(SEED);
      const emails: string[] = [];
      const ends: unknown[] = [];
      let isAsked = false;
      for (let query = 0; query < QUERIES; query++) {
        const chance = random.fork(String(query));
        let buying = fleet.start('buy', 'b1', '--num-leads', '100', '--json');
        // The first query is left in peace: nine processes that nobody disturbs.
        const kills = query === 0 ? 0 : 1 + below(chance, 3);
        const over = { is: false };
        for (let kill = 0; kill < kills && !over.is; kill++) {
          const mine = buying;
          void mine.end.then(({ signal }) => (over.is ||= signal === null && mine === buying));
          // A query takes some three seconds, a node's start one.
          await pause(below(chance, 2_500));
          const victim = NODES[below(chance, NODES.length + 1)];
          if (over.is) break;
          if (victim === undefined) {
            buying.signal('SIGKILL');
            const { signal } = await buying.end;
            if (signal === null) break;
            buying = fleet.start('buy', 'b1', '--num-leads', '100', '--json');
          } else {
            const [role, name] = victim;
            running.get(name)?.signal('SIGKILL');
            await running.get(name)?.end;
            await start(role, name);
          }
        }
        const { code, out, err } = await buying.end;
        isAsked = true;
        expect({ query, code, err }).toMatchObject({ query, code: expect.toBeOneOf([0, 1, 3]) });
        const answer = JSON.parse(out) as {
          readonly leads: readonly Lead[];
          readonly attempts: readonly { readonly failure: unknown }[];
        };
        // A delivery, or every attempt says why it was none.
        const isStated = answer.attempts.every(({ failure }) => failure !== null);
        expect(answer.leads.length > 0 || isStated).toBe(true);
        if (query === 0) expect(answer.leads).toHaveLength(100);
        emails.push(...answer.leads.map((lead) => emailKey(lead['Owner(s) Email'])));
        ends.push(code);
        if (process.env['FLEET_TELL'])
          process.stderr.write(
            `${query} kills ${kills} code ${code} ${answer.leads.length} ${answer.attempts.map((a) => a.failure)} ${err.filter((l) => l.startsWith('leadpoet')).join(' | ')}\n`,
          );
      }
      expect(isAsked).toBe(true);
      expect(new Set(emails).size).toBe(emails.length);
      expect(ends.filter((code) => code === 0).length).toBeGreaterThan(0);

      for (const node of running.values()) node.signal('SIGTERM');
      for (const [name, node] of running) {
        const { code, err } = await node.end;
        expect({ name, code, err }).toMatchObject({ name, code: 143 });
      }

      const state = await poolState(dir);
      nothingIsLost(state, emails);
      const entries = chainOf(state);
      onceEach(entries);
      ledgerIsFold(state, entries);
      for (const name of ['v1', 'v2', 'v3']) {
        const following = await validatorState(dir, name);
        const followed = following.chains.size === 0 ? [] : chainOf(following);
        expect(followed.map(({ number }) => number)).toEqual([...followed.keys()]);
        expect(entries.slice(0, followed.length)).toEqual(followed);
        ledgerIsFold(following, followed);
      }
    },
    (120 + 60 * QUERIES) * 1_000,
  );
});

const DIRECTORY = mkdtempSync(join(tmpdir(), 'leadpoet-nine-'));
const fleets: Fleet[] = [];
afterAll(async () => {
  for (const fleet of fleets) await fleet.sweep();
  rmSync(DIRECTORY, { recursive: true });
});

/** What the journal of a node that is off makes of its actor. */
async function stateIn(dir: string, role: 'pool' | 'validator', name: string): Promise<unknown> {
  const own = join(dir, 'mock', role, name);
  const { hot } = await openMockKeys(join(own, 'mock-seed'), () => undefined);
  const clock = new WallClock();
  const store = openNodeStore(own, { clock });
  const file = join(dir, 'mock', 'chain.sqlite');
  const chain = new SharedFileChain({ file, clock, netuid: 343 });
  try {
    store.recorder.watch(chain);
    const actor = (role === 'pool' ? pool : validator) as unknown as AnyActor;
    const revived = store.recorder.log(addressOf(role, hot.hotkey), actor).revive();
    return revived?.state;
  } finally {
    store.close();
    await chain.close();
    clock.stop();
  }
}
const poolState = async (dir: string): Promise<PoolState> =>
  (await stateIn(dir, 'pool', 'p1')) as PoolState;
const validatorState = async (dir: string, name: string): Promise<ValidatorState> =>
  (await stateIn(dir, 'validator', name)) as ValidatorState;

/** The one pool's chain. */
function chainOf({ chains }: Following): readonly Entry[] {
  expect(chains.size).toBe(1);
  return [...chains.values()][0]?.entries ?? [];
}

/** All leads that a settled case says have passed lie in the pool, and all that was delivered does. */
function nothingIsLost(state: PoolState, delivered: readonly string[]): void {
  const held = (batch: BatchId): readonly Lead[] => openLeads(state.stock.batches.get(batch) ?? []);
  const passed = chainOf(state)
    .flatMap(({ record }) => (record.kind === 'settled' ? record.case.answers : []))
    .filter((answer): answer is Answered => answer.kind === 'answered')
    .filter(({ checks }) => checks?.outcome === 'passed');
  expect(passed.length).toBeGreaterThan(0);
  for (const { batch, checks } of passed) {
    expect(held(batch)).toHaveLength((checks?.leads ?? []).filter((byte) => byte === 0).length);
  }
  const all = [...state.stock.batches.keys()].flatMap((batch) => held(batch));
  const emails = new Set(all.map((lead) => emailKey(lead['Owner(s) Email'])));
  expect(delivered.filter((email) => !emails.has(email))).toEqual([]);
}

/** No attempt at a query was settled twice. */
function onceEach(entries: readonly Entry[]): void {
  const settled = entries.flatMap(({ record }) =>
    record.kind === 'settled' ? [`${record.case.query.id}/${attemptOf(record.case.query)}`] : [],
  );
  expect(settled.length).toBeGreaterThan(0);
  expect(new Set(settled).size).toBe(settled.length);
}

/** The ledger is what the chain's records come to, each of them entered once. */
function ledgerIsFold({ ledger }: Following, entries: readonly Entry[]): void {
  const fresh = newLedger({ day: BLOCKS_PER_DAY });
  for (const { record } of entries) {
    if (record.kind !== 'settled') continue;
    for (const one of recordsOfCase(record.case)) expect(enter(fresh, one)).toBe(true);
  }
  expect(ledger.size).toBe(fresh.size);
  expect(standingAt(ledger, Infinity)).toEqual(standingAt(fresh, Infinity));
}
