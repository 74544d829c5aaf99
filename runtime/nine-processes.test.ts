/**
 * Four miners, three validators, a pool and a buyer, each a process of its own, on one mock network:
 * a query is answered; and while one process after the other is killed without warning and started
 * again, nothing is lost, and nothing happens twice.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PoolState } from '../actors/pool.ts';
import { pool } from '../actors/pool.ts';
import type { ValidatorState } from '../actors/validator.ts';
import { validator } from '../actors/validator.ts';
import type { Following } from '../actors/following.ts';
import { enter, newLedger, standingAt } from '../protocols/ledger.ts';
import { emailKey, type Lead } from '../protocols/lead.ts';
import { linksBetween } from '../protocols/links.ts';
import { addressOf, attemptOf, type Answered, type Entry } from '../protocols/messages.ts';
import { recordOfFeedback, recordsOfCase } from '../protocols/records.ts';
import { heldIn, openLeads } from '../protocols/rules/held.ts';
import { entryDigest } from '../protocols/seals.ts';
import { BLOCKS_PER_DAY, type BatchId } from '../protocols/units.ts';
import type { AnyActor } from './cell.ts';
import { SharedFileChain } from './chain/shared-file.ts';
import { replay } from './cli/replay.ts';
import { WallClock } from './clock.ts';
import { openMockKeys } from './identity/mock-keys.ts';
import { below, randomFrom } from './random.ts';
import { openNodeStore } from './store/node-store.ts';
import { Fleet, type End, type Started } from './testing/fleet.ts';

/** Five in every check; fifty by `FLEET_QUERIES=50`, which takes some ten minutes. */
const QUERIES = Number(process.env['FLEET_QUERIES'] ?? 5);
/** Where who is killed, and when, begins. */
const SEED = process.env['FLEET_SEED'] ?? 'nine processes';

const NODES = [
  ...['m1', 'm2', 'm3', 'm4'].map((name) => ['miner', name] as const),
  ...['v1', 'v2', 'v3'].map((name) => ['validator', name] as const),
  ['pool', 'p1'] as const,
];

/** Nine processes start on a machine that may have much else to do. */
const START_TIME = 300_000;
/** A query that lost a miner for good would take five minutes: then this says so. */
const QUERY_TIME = 240_000;

describe('nine processes', () => {
  const dir = mkdtempSync(join(tmpdir(), 'leadpoet-nine-'));
  const fleet = new Fleet(dir);
  const running = new Map<string, Started>();
  const start = async (role: string, name: string): Promise<void> => {
    const started = fleet.start(role, name);
    running.set(name, started);
    await started.says('ready');
  };
  const buy = (): Started => fleet.start('buy', 'b1', '--num-leads', '100', '--json');
  /** Of every lead that was delivered. */
  const emails: string[] = [];
  const take = ({ out }: End): Answer => {
    const answer = JSON.parse(out) as Answer;
    emails.push(...answer.leads.map((lead) => emailKey(lead['Owner(s) Email'])));
    return answer;
  };

  beforeAll(async () => {
    await Promise.all(NODES.map(([role, name]) => start(role, name)));
    await Promise.all([...running.values()].map((node) => node.says('has standing')));
  }, START_TIME);
  afterAll(async () => {
    await fleet.sweep();
    rmSync(dir, { recursive: true });
  });

  it(
    'answer a query of a hundred leads, and hear what its buyer has to say of it',
    async () => {
      const end = await buy().end;
      expect(end).toMatchObject({ code: 0, signal: null });
      const { query_id: query, leads } = take(end);
      expect(leads).toHaveLength(100);

      const rated = await fleet.start('rate', 'b1', query, '9').end;
      expect(rated).toMatchObject({ code: 0, out: 'rated: 4 of 4 have it\n' });
      const again = await fleet.start('rate', 'b1', query, '8').end;
      expect(again).toMatchObject({ code: 1, out: '' });
      expect(again.err.join()).toContain('refused: it was said before');
    },
    QUERY_TIME,
  );

  it(
    'take errands while they run, and no second process under their hotkey',
    async () => {
      const appealed = await fleet.start('appeal', 'v1').end;
      expect(appealed).toMatchObject({ code: 1, out: '' });
      expect(appealed.err.join()).toContain('refused: this validator is not flagged');

      const second = await fleet.start('validator', 'v1').end;
      expect(second).toMatchObject({ code: 3, out: '' });
      expect(second.err.at(-1)).toContain(`runs already as process ${running.get('v1')?.pid}`);
    },
    QUERY_TIME,
  );

  it(
    'end every query in a delivery or a stated refusal, whoever of them is killed',
    async () => {
      const random = randomFrom(SEED);
      const kill = async (victim: (typeof NODES)[number] | undefined, buying: Started) => {
        const process = victim === undefined ? buying : running.get(victim[1]);
        process?.signal('SIGKILL');
        await process?.end;
        if (victim !== undefined) await start(victim[0], victim[1]);
      };
      let delivered = 0;
      for (let query = 1; query < QUERIES; query++) {
        const chance = random.fork(String(query));
        let buying = buy();
        for (let left = 1 + below(chance, 3); left > 0; left--) {
          // A query takes some three seconds, a node's start one.
          const moment = pause(below(chance, 2_500), 'time');
          if ((await Promise.race([buying.end, moment])) !== 'time') break;
          const victim = NODES[below(chance, NODES.length + 1)];
          await kill(victim, buying);
          if (victim === undefined && (await buying.end).signal === null) break;
          if (victim === undefined) buying = buy();
        }
        const began = performance.now();
        const end = await buying.end;
        expect({ query, ...end }).toMatchObject({ code: expect.toBeOneOf([0, 1, 3]) });
        const { leads, attempts } = take(end);
        tell(
          `query ${query}: ${leads.length} leads, ${Math.round(performance.now() - began)} ms after the last kill`,
        );
        expect(leads.length > 0 || attempts.every(({ failure }) => failure !== null)).toBe(true);
        if (leads.length > 0) delivered++;
      }
      // A kill costs seconds, and with them next to no query.
      expect(delivered).toBeGreaterThan((QUERIES - 1) / 2);
    },
    QUERY_TIME * QUERIES,
  );

  it(
    'have lost nothing then, and done nothing twice',
    async () => {
      for (const node of running.values()) node.signal('SIGTERM');
      for (const [name, node] of running) {
        expect({ name, ...(await node.end) }).toMatchObject({ name, code: 143 });
      }
      expect(new Set(emails).size).toBe(emails.length);
      for (const [role, name] of [...NODES, ['buyer', 'b1']]) replaysAlike(dir, role, name);

      const state = await poolState(dir);
      nothingIsLost(state, emails);
      const entries = chainOf(state);
      onceEach(entries);
      ledgerIsFold(state, entries);
      for (const name of ['v1', 'v2', 'v3']) {
        const following = await validatorState(dir, name);
        const followed = chainOf(following);
        // The pool's own links lack its signature, which is no part of their names.
        const names = entries.slice(0, followed.length).map(entryDigest);
        expect(followed.map(entryDigest)).toEqual(names);
        ledgerIsFold(following, followed);
      }
    },
    START_TIME,
  );
});

interface Answer {
  readonly query_id: string;
  readonly leads: readonly Lead[];
  readonly attempts: readonly { readonly failure: unknown }[];
}

/** For who watches a long run. */
const tell = (line: string): void => {
  if (process.env['FLEET_TELL'] !== undefined) process.stderr.write(`${line}\n`);
};

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
  const [chain] = chains.values();
  return chain === undefined ? [] : linksBetween(chain.links);
}

/** Handed its journal again, each actor of a node asks for what it has asked for. */
function replaysAlike(dir: string, role: string, name: string): void {
  let said = '';
  const io = { out: (text: string) => (said += text), err: (text: string) => (said += text) };
  const code = replay(join(dir, 'mock', role, name), {}, io);
  expect({ role, name, said, code }).toMatchObject({ role, name, code: 0 });
}

/** All leads that a settled case says have passed lie in the pool, and all that was delivered does. */
function nothingIsLost(state: PoolState, delivered: readonly string[]): void {
  const held = (batch: BatchId): readonly Lead[] => openLeads(heldIn(state.stock, batch));
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
    if (record.kind === 'rated') expect(enter(fresh, recordOfFeedback(record.feedback))).toBe(true);
    if (record.kind !== 'settled') continue;
    for (const one of recordsOfCase(record.case)) expect(enter(fresh, one)).toBe(true);
  }
  expect(ledger.size).toBe(fresh.size);
  expect(standingAt(ledger, Infinity)).toEqual(standingAt(fresh, Infinity));
}
