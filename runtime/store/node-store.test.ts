import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NEVER, of } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import {
  ask,
  nothing,
  send,
  type Actor,
  type Effect,
  type QueryAnswer,
} from '../../actors/actor.ts';
import { addressOf, type Address, type Envelope } from '../../protocols/messages.ts';
import type { Metagraph } from '../../protocols/metagraph.ts';
import {
  later,
  minutes,
  seconds,
  type BatchId,
  type Block,
  type Digest,
  type Hotkey,
  type Instant,
  type QueryId,
  type Rao,
  type Score,
} from '../../protocols/units.ts';
import { WorldError } from '../cli/trouble.ts';
import { Addresses } from '../erasure/addresses.ts';
import type { Asker, Host, ServicePorts } from '../host.ts';
import { Observer } from '../observe.ts';
import { randomFrom } from '../random.ts';
import { NodeRecorder } from '../recorder.ts';
import { spawn } from '../spawn.ts';
import { TestLine } from '../testing/line.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { NODE_FILE, openNodeStore, type NodeStore } from './node-store.ts';
import { NODE_STORE } from './node-tables.ts';
import { openSqlite, readSqlite } from './sqlite.ts';

describe('a node that is begun again', () => {
  it('is what it was, and has been told nothing twice', async () => {
    const dir = newDir();
    const first = await begun(dir);
    await first.bring('m1', 1);
    await first.bring('m2', 2);
    expect(first.line.done).toEqual(['m1', 'm2']);
    // It is not stopped: its process ends.
    const second = await begun(dir);
    await second.bring('m2', 2);
    await second.bring('m3', 3);
    expect(second.line.done).toEqual(['m2', 'm3']);
    expect(second.state).toEqual({ heard: [1, 2, 3], replies: [] });
  });

  it('says what the handling of each message took, and of none that it had', async () => {
    const dir = newDir();
    const first = await begun(dir);
    await first.bring('m1', 1);
    await first.bring('m1', 1);
    await first.bring('m2', 2);
    expect(first.line.took).toEqual(['m1', 'm2']);
  });

  it('acknowledges nothing and does nothing before it is on the disk', async () => {
    const dir = newDir();
    const node = await begun(dir);
    node.disk('fails');
    await node.bring('m1', 1);
    expect(node.line.done).toEqual([]);
    expect(node.line.sent).toEqual([]);
    node.disk('works');
    await node.bring('m1', 1);
    expect(node.line.done).toEqual(['m1']);
    expect(node.line.sent).toHaveLength(1);
    expect(node.state).toEqual({ heard: [1], replies: [] });
  });

  it('sends again what may not have arrived, under the same names, until it is too old', async () => {
    const dir = newDir();
    const first = await begun(dir);
    await first.bring('m1', 1);
    await first.bring('m2', 2);
    const [one, two] = first.line.sent.map(({ name }) => name);
    expect(new Set([one, two]).size).toBe(2);
    first.line.finished.next(String(one));
    await first.bring('m3', 3);

    const second = await begun(dir);
    expect(second.line.sent.map(({ name }) => name)).toEqual([two, first.line.sent[2]?.name]);
    expect(second.line.sent).toEqual(first.line.sent.slice(1));
    await second.bring('m4', 4);
    expect(new Set(second.line.sent.map(({ name }) => name)).size).toBe(3);

    const late = await begun(dir, { at: later(START, minutes(62)) });
    expect(late.line.sent).toEqual([]);
  });

  it('asks again what has no answer, with what remains of its time, and nothing else', async () => {
    const dir = newDir();
    const asked: Asker[] = [];
    const silent: ServicePorts = { stake: (_, asker) => (asked.push(asker), NEVER) };
    const first = await begun(dir, { services: silent });
    await first.bring('m1', 10);
    await first.bring('m2', 10);
    expect(asked).toHaveLength(2);

    const answers: ServicePorts = { stake: (_, asker) => (asked.push(asker), of(7n as Rao)) };
    const second = await begun(dir, { services: answers, at: later(START, seconds(20)) });
    expect(asked.slice(2).map(({ by }) => by)).toEqual(asked.slice(0, 2).map(({ by }) => by));
    expect(second.state.replies).toEqual(['7', '7']);
    await begun(dir, { services: answers, at: later(START, seconds(21)) });
    expect(asked).toHaveLength(4);

    const dead = newDir();
    await (await begun(dead, { services: silent })).bring('m1', 10);
    const late = await begun(dead, { services: silent, at: later(START, minutes(5)) });
    expect(late.state.replies).toEqual(['timeout']);
  });

  it('goes on from what it was where a message makes its handler throw, and never hears that again', async () => {
    const dir = newDir();
    const node = await begun(dir);
    await node.bring('m1', 1);
    await node.bring('bad', -1);
    expect(node.line.done).toEqual(['m1', 'bad']);
    await node.bring('m2', 2);
    expect(node.state.heard).toEqual([1, 2]);
    const again = await begun(dir);
    await again.bring('bad', -1);
    expect(again.state.heard).toEqual([1, 2]);
    expect(again.observer.counts().crashes.size).toBe(0);
  });

  it('has done what came before such a message, and does what comes after, in one turn', async () => {
    const node = await begun(newDir());
    for (const [index, number] of [1, 2, -1, 3, -1, 4].entries()) node.say(`m${index}`, number);
    await node.bring('last', 5);
    expect(node.state.heard).toEqual([1, 2, 3, 4, 5]);
    expect(new Set(node.line.done).size).toBe(7);
    const sent = node.line.sent.map(({ body }) => (body as { from: number }).from);
    expect([...new Set(sent)]).toEqual([1, 2, 3, 4, 5]);
  });

  it('has nothing to replay where it was stopped, and goes on with its chance', async () => {
    const dir = newDir();
    const first = await begun(dir);
    await first.bring('m1', 20);
    first.store.close();
    const second = await begun(dir);
    await second.bring('m2', 20);

    const straight = await begun(newDir());
    await straight.bring('m1', 20);
    await straight.bring('m2', 20);
    expect(second.state).toEqual(straight.state);
    expect(new Set(second.state.heard).size).toBe(2);
  });

  it('keeps its file from everyone else', async () => {
    const dir = join(newDir(), 'node');
    await begun(dir);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(dir)) expect(statSync(join(dir, file)).mode & 0o077).toBe(0);
  });
});

describe('what a person was answered', () => {
  it('is there once, whatever is asked again', async () => {
    const dir = newDir();
    const first = await begun(dir);
    await first.bring('m1', 30);
    await first.bring('m2', 31);
    const answer = first.store.answers.of(QUERY);
    expect(answer?.leads.map(({ lead }) => lead['Owner(s) Email'])).toEqual([EMAIL]);
    expect(answer?.nonce).toBe(30);
    expect(first.store.answers.latest(5)).toEqual([QUERY]);
    expect((await begun(dir)).store.answers.of(QUERY)).toEqual(answer);
    expect(first.store.answers.of('other' as QueryId)).toBeUndefined();
  });
});

describe('a lead', () => {
  it('lies in one table, and is erased from the file itself', async () => {
    const dir = newDir();
    const node = await begun(dir);
    await node.bring('m1', 30);
    node.store.close();
    expect(bytesWith(dir, EMAIL)).toBe(true);
    expect(tablesWith(dir, EMAIL)).toEqual(['leads']);

    const again = await begun(dir);
    const addresses = new Addresses([` ${EMAIL.toUpperCase()}`]);
    expect([...again.store.erase(addresses)]).toEqual([[EMAIL, 1]]);
    expect(bytesWith(dir, EMAIL)).toBe(false);
    expect(bytesWith(dir, 'Erika')).toBe(false);
    expect(again.store.answers.of(QUERY)).toMatchObject({ nonce: 30, leads: [] });
    expect([...again.store.erase(addresses)]).toEqual([]);
  });
});

describe('a file that is not as it was written', () => {
  it.each(['journal', 'snapshots'])(
    'is refused by name with a copy kept: its %s',
    async (table) => {
      const dir = newDir();
      const node = await begun(dir);
      for (let n = 1; n <= 5; n++) await node.bring(`m${n}`, n);
      if (table === 'snapshots') node.store.close();
      const file = join(dir, NODE_FILE);
      const database = openSqlite(file, NODE_STORE);
      const row = database.prepare(`SELECT rowid, body FROM ${table} ORDER BY rowid DESC`).get();
      const body = row?.['body'] as Uint8Array;
      body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1;
      database
        .prepare(`UPDATE ${table} SET body = ? WHERE rowid = ?`)
        .run(body, Number(row?.['rowid']));
      database.close();
      await expect(begun(dir)).rejects.toThrow(WorldError);
      await expect(begun(dir)).rejects.toThrow(/node\.sqlite is damaged: .* is not what it was/);
      expect(existsSync(`${file}.damaged`)).toBe(true);
    },
  );

  it('of the format before is read, and from then on is of this one', () => {
    const dir = newDir();
    const file = join(dir, NODE_FILE);
    const { schema } = NODE_STORE;
    const before = `${schema} CREATE INDEX leads_by_person ON leads (person);`;
    openSqlite(file, { ...NODE_STORE, name: 'leadpoet.node/1', schema: before }).close();
    readSqlite(file, NODE_STORE).close();
    expect(() =>
      openSqlite(file, { ...NODE_STORE, name: 'leadpoet.node/1' }).close(),
    ).not.toThrow();

    openNodeStore(dir, { clock: new VirtualClock(START) }).close();
    expect(() => openSqlite(file, { ...NODE_STORE, name: 'leadpoet.node/1' })).toThrow(
      /leadpoet\.node\/2; allowed: leadpoet\.node\/1/,
    );
    const now = readSqlite(file, NODE_STORE);
    expect(now.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'leads_by_person'").get()).toBe(
      undefined,
    );
    now.close();
  });

  it('is refused and left alone where it is of another format', async () => {
    const dir = newDir();
    const file = join(dir, NODE_FILE);
    openSqlite(file, { name: 'leadpoet.node/99', schema: '', synchronous: 'FULL' }).close();
    await expect(begun(dir)).rejects.toThrow(/leadpoet\.node\/99; allowed: leadpoet\.node\/2/);
    expect(existsSync(`${file}.damaged`)).toBe(false);
  });
});

const START = 1_760_000_000_000 as Instant;
const SELF = addressOf('pool', 'p' as Hotkey);
const OTHER = addressOf('validator', 'v' as Hotkey);
const QUERY = 'q'.repeat(64) as QueryId;
const EMAIL = 'erika.mustermann@acme-gmbh.de';

type Parrot = Actor<'pool', { heard: number[]; replies: string[] }, 'stake' | 'answer'>;

/** Remembers what it hears; the number says what it does about it. */
const parrot: Parrot = {
  role: 'pool',
  begin: () => [{ heard: [], replies: [] }],
  on: {
    query: () => nothing,
    batch: () => nothing,
    commit: () => nothing,
    report: () => nothing,
    countersign: () => nothing,
    settlement: () => nothing,
    feedback: () => nothing,
    appeal: () => nothing,
    vote: () => nothing,
    missing(state, { body: { from: number } }, { now, random }): readonly Effect[] {
      if (number === 20) state.heard.push(random.next());
      else state.heard.push(number);
      // Its state is half changed when it throws.
      if (number < 0) throw new Error('bad');
      if (number === 10) {
        return [ask('stake', { hotkey: 'h' as Hotkey, about: '' }, later(now, minutes(2)))];
      }
      if (number >= 30) return [ask('answer', answerOf(number), later(now, seconds(1)))];
      return [send('missing', OTHER, { pool: 'p' as Hotkey, from: number, to: number })];
    },
    stakeReply(state, { outcome }) {
      state.replies.push(outcome.ok ? String(outcome.value) : outcome.fault);
      return nothing;
    },
    answerReply: () => nothing,
  },
};

const answerOf = (nonce: number): QueryAnswer => ({
  query: QUERY,
  nonce,
  want: { leads: 1 },
  openedAt: START,
  answeredAt: START,
  leads: [
    {
      lead: {
        Business: 'Acme GmbH',
        'Owner Full name': 'Erika Mustermann',
        First: 'Erika',
        Last: 'Mustermann',
        'Owner(s) Email': EMAIL,
        LinkedIn: 'https://www.linkedin.com/in/erika',
        Website: 'https://acme-gmbh.de',
        Industry: 'Tech & AI',
        Region: 'DE',
      },
      batch: 'b' as BatchId,
      miner: 'm' as Hotkey,
      finalScore: 1_000_000 as Score,
    },
  ],
  batches: [],
  partial: false,
  attempts: [],
  stock: [],
  suppressed: { byPool: 0, byBuyer: 0 },
});

interface Begun {
  readonly store: NodeStore;
  readonly line: TestLine;
  readonly observer: Observer;
  readonly state: { readonly heard: readonly number[]; readonly replies: readonly string[] };
  /** Has the line bring a message, which waits for its turn. */
  say(name: string, number: number): void;
  /** The same, and all that comes of it. */
  bring(name: string, number: number): Promise<void>;
  disk(does: 'works' | 'fails'): void;
}

/** A process that runs the parrot on a directory; those before it are as good as killed. */
async function begun(
  dir: string,
  { services = {}, at = START }: { readonly services?: ServicePorts; readonly at?: Instant } = {},
): Promise<Begun> {
  const clock = new VirtualClock(at);
  const line = new TestLine();
  const observer = new Observer();
  const store = openNodeStore(dir, { clock });
  const host: Host = {
    clock,
    random: randomFrom('parrot'),
    transport: line,
    chain: { view: { latest: METAGRAPH, at: () => METAGRAPH } },
    services: { answer: () => of(null), ...services },
    observer,
    recorder: store.recorder,
  };
  const running = spawn(host, parrot, SELF);
  await clock.run(later(clock.now(), seconds(1)));
  const say = (name: string, number: number): void => {
    const body = { pool: 'p' as Hotkey, from: number, to: number };
    const envelope = { kind: 'missing', from: OTHER, to: SELF as Address, sentAt: at, body };
    line.bring(envelope as Envelope, name);
  };
  return {
    store,
    line,
    observer,
    get state() {
      return running.state ?? { heard: [], replies: [] };
    },
    say,
    async bring(name, number) {
      say(name, number);
      await clock.run(later(clock.now(), seconds(1)));
    },
    disk(does) {
      const { tables } = store.recorder as NodeRecorder;
      tables.database.exec(`PRAGMA query_only = ${does === 'fails' ? 'ON' : 'OFF'}`);
    },
  };
}

const METAGRAPH: Metagraph = {
  head: { number: 1 as Block, hash: 'h' as Digest, time: START },
  epochStart: 0 as Block,
  tempo: 10,
  permitsRequired: false,
  stakeInAlpha: false,
  neurons: [],
};

const dirs: string[] = [];
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true });
});
function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'node-store-'));
  dirs.push(dir);
  return dir;
}

/** Whether a text is anywhere in the files of a store. */
const bytesWith = (dir: string, text: string): boolean =>
  readdirSync(dir).some((file) => readFileSync(join(dir, file)).includes(text));

/** The tables that have a text in any of their columns. */
function tablesWith(dir: string, text: string): readonly string[] {
  const database = openSqlite(join(dir, NODE_FILE), NODE_STORE);
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const found = tables
    .map(({ name }) => String(name))
    .filter((name) =>
      database
        .prepare(`SELECT * FROM ${name}`)
        .all()
        .some((row) => Object.values(row).some((value) => holds(value, text))),
    );
  database.close();
  return found;
}

const holds = (value: unknown, text: string): boolean =>
  value instanceof Uint8Array
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).includes(text)
    : String(value).includes(text);
