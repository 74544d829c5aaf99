/**
 * How soon a batch of 100 leads is looked at, on servers whose every answer takes its time, and how
 * many batches at once still have their verdicts within two minutes.
 *
 * - *good*: each name and each website takes 50 ms. *hanging*: the same, of which 10 hosts say nothing.
 * - *tail*: 20 ms at least, more seldom the longer, 1 s at most; of a thousand hosts one says nothing.
 *
 * A lead is three answers one after the other for two look-ups: mail, and address and website. The
 * bound is what the limits alone make of it: the same on a clock that jumps, where nothing else
 * takes time. Beside it is printed what nobody could be below: all that the look-ups take, shared by 64,
 * or the longest of them. `--full`: 200 batches of the tail instead of 20, against one look-up after the
 * other on 5 of them instead of 1, all hosts hanging in real time instead of a tenth of it, and
 * batches at once over sockets; without it those run on a clock that jumps, with the same delays.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Lead } from '../protocols/lead.ts';
import { later, seconds, type Duration } from '../protocols/units.ts';
import { outcomeOf, type Outcome3, type Verdict } from '../protocols/verdict.ts';
import { WallClock } from '../runtime/clock.ts';
import { below, randomFrom } from '../runtime/random.ts';
import { memoryFindings } from '../runtime/store/findings.ts';
import { Pace } from '../runtime/verifiers/pace.ts';
import { openReach, type Reach, type ReachTimes } from '../runtime/verifiers/reach.ts';
import { scripted, settled } from '../runtime/verifiers/testing/scripted.ts';
import { slownessOf } from './peers/internet.ts';
import { watchLoop } from './peers/loop.ts';
import { openNames, openWeb } from './peers/looking.ts';
import { median, type Report } from './report.ts';

export const name = 'batch-deadline';

const isFull = process.argv.includes('--full');
const LEADS = 100;
const TOTAL = 64;
const DEADLINE: Duration = seconds(120);
const TAIL_BATCHES = isFull ? 200 : 20;
const COMPARED = isFull ? 5 : 1;
/** How many batches of the tail are looked at side by side. */
const TOGETHER = 10;
const AT_ONCE = [1, 10, 50, 100];
/** The main loop is to be free for others at least so often, in ms. */
const LONGEST_BLOCK = 50;
/** By how much the time of hanging hosts is scaled down without `--full`. */
const SCALE = isFull ? 1 : 10;

export async function run(report: Report): Promise<void> {
  const internet = await openInternet();
  try {
    await good(report, internet);
    await hanging(report, internet);
    await tail(report, internet);
    await atOnce(report, internet);
  } finally {
    internet.close();
  }
}

async function good(report: Report, internet: Internet): Promise<void> {
  const batches = Array.from({ length: 5 }, (_, number) => batchOf(number, () => 'n50w50'));
  const times: number[] = [];
  for (const batch of batches) times.push((await looked(internet, batch)).took);
  const ours = median(times);
  const [first = []] = batches;
  report.add({ title: '100 good leads, 50 ms an answer', unit: 's', ours, goal: { atMost: 2 } });
  const { took: bound } = await virtual([first]);
  const shared = boundOf(first);
  console.log(
    `  all that it takes, shared by ${TOTAL}: ${shared.toFixed(3)} s, ours ${(ours / shared).toFixed(2)} times that`,
  );
  report.add({
    title: 'the same against its bound',
    unit: 's',
    ours,
    peer: bound,
    goal: { atMost: 1.3 },
  });
  const peer = await oneByOne(internet, first);
  report.add({
    title: 'the same, one after the other',
    unit: 's',
    ours,
    peer,
    goal: { atLeast: 5 },
  });
}

async function hanging(report: Report, internet: Internet): Promise<void> {
  const some = batchOf(10, (lead) => (lead % 10 === 0 ? 'nxwx' : 'n50w50'));
  const { took, outcomes } = await looked(internet, some);
  report.add({ title: '10 hosts of 100 hang', unit: 's', ours: took, goal: { atMost: 20 } });
  mustBe(outcomes, { pass: 90, fail: 10 });

  const all = batchOf(11, () => 'nxwx');
  const times = { longest: (8_000 / SCALE) as Duration, margin: (500 / SCALE) as Duration };
  const by = (DEADLINE / SCALE) as Duration;
  const hung = await looked(internet, all, times, by);
  const title = SCALE === 1 ? 'all 100 hang' : `all 100 hang, time scaled down ${SCALE} times`;
  report.add({ title, unit: 's', ours: hung.took, goal: { atMost: by / 1_000 } });
  mustBe(hung.outcomes, { fail: 100 });
}

async function tail(report: Report, internet: Internet): Promise<void> {
  const batches = Array.from({ length: TAIL_BATCHES }, (_, number) => tailBatch(100 + number));
  const queue = [...batches];
  const times: number[] = [];
  const reach = internet.reach();
  const watched = watchLoop();
  await Promise.all(
    Array.from({ length: TOGETHER }, async () => {
      for (let batch = queue.pop(); batch !== undefined; batch = queue.pop()) {
        times.push((await lookedBy(reach, internet, batch, DEADLINE)).took);
      }
    }),
  );
  const { seen, own, idle } = await watched();
  await reach.close();
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? NaN;
  const title = `${TAIL_BATCHES} batches with a heavy tail, ${TOGETHER} at once`;
  report.add({ title: `${title}: p50`, unit: 's', ours: at(0.5) });
  report.add({ title: `${title}: p99`, unit: 's', ours: at(0.99) });
  report.add({ title: `${title}: worst`, unit: 's', ours: at(1), goal: { atMost: 120 } });
  console.log(
    `  the loop was late by ${seen.toFixed(0)} ms, that of an idle process ${idle.toFixed(0)} ms`,
  );
  report.add({
    title: 'the longest that the loop was blocked by us',
    unit: 'ms',
    ours: own,
    goal: { atMost: LONGEST_BLOCK },
  });

  // One that hangs takes as long in either way, and would be all that is compared.
  const compared = batches.filter((batch) => !batch.some(hangs)).slice(0, COMPARED);
  for (const batch of compared) {
    const { took: ours } = await looked(internet, batch);
    const peer = await oneByOne(internet, batch);
    const { took: bound } = await virtual([batch]);
    report.add({
      title: 'one of them, one after the other',
      unit: 's',
      ours,
      peer,
      goal: { atLeast: 5 },
    });
    report.add({
      title: 'the same against its bound',
      unit: 's',
      ours,
      peer: bound,
      goal: { atMost: 1.3 },
    });
  }
}

async function atOnce(report: Report, internet: Internet): Promise<void> {
  for (const count of AT_ONCE) {
    const batches = Array.from({ length: count }, (_, number) => tailBatch(1_000 * count + number));
    const { took, late } = isFull ? await together(internet, batches) : await virtual(batches);
    const how = isFull ? '' : ', on a clock that jumps';
    console.log(`  ${count} at once: ${late} leads not done in time`);
    report.add({
      title: `${count} at once: the last${how}`,
      unit: 's',
      ours: took,
      goal: { atMost: 120 },
    });
  }
}

/** A lead's host, whose name says how slow it is. */
type Batch = readonly string[];

const batchOf = (number: number, slowness: (lead: number) => string): Batch =>
  Array.from({ length: LEADS }, (_, lead) => `${slowness(lead)}i${number * LEADS + lead}.com`);

function tailBatch(number: number): Batch {
  const random = randomFrom(`tail ${number}`);
  const slow = (): number => {
    // Twice as long comes 2^1.3 times as seldom.
    const share = (1 + below(random, 1_000_000)) / 1_000_000;
    return Math.round(Math.min(1_000, 20 * share ** (-1 / 1.3)));
  };
  return batchOf(number, () => {
    const isSilent = below(random, 1_000) === 0;
    return isSilent ? 'nxwx' : `n${slow()}w${slow()}`;
  });
}

const hangs = (host: string): boolean => slownessOf(host, 'n') === undefined;

/** In seconds. A host that hangs takes eight of them at each try, and its name is asked twice. */
function boundOf(batch: Batch): number {
  const looks = batch.flatMap((host) => {
    const [mail, page] = [slownessOf(host, 'n'), slownessOf(host, 'w')];
    return mail === undefined || page === undefined ? [16_000, 8_000] : [mail, mail + page];
  });
  const sum = looks.reduce((all, look) => all + look, 0);
  return Math.max(sum / TOTAL, ...looks) / 1_000;
}

const leadOf = (host: string, port: number): Lead =>
  ({ 'Owner(s) Email': `maria@${host}`, Website: `http://${host}:${port}/` }) as Lead;

interface Looked {
  readonly took: number;
  readonly outcomes: readonly Outcome3[];
}

async function looked(
  internet: Internet,
  batch: Batch,
  times: Partial<ReachTimes> = {},
  by: Duration = DEADLINE,
): Promise<Looked> {
  const reach = internet.reach(new Pace({ total: TOTAL }), times);
  const result = await lookedBy(reach, internet, batch, by);
  await reach.close();
  return result;
}

async function lookedBy(
  reach: Reach,
  { clock, web }: Internet,
  batch: Batch,
  time: Duration,
): Promise<Looked> {
  const from = performance.now();
  const by = later(clock.now(), time);
  const verdicts = await Promise.all(batch.map((host) => reach.audit(leadOf(host, web), by)));
  return { took: (performance.now() - from) / 1_000, outcomes: verdicts.map(outcomeOf) };
}

/** One look-up at a time, lead after lead. */
async function oneByOne(internet: Internet, batch: Batch): Promise<number> {
  const reach = internet.reach(new Pace({ total: 1 }));
  const from = performance.now();
  for (const host of batch) {
    await reach.audit(leadOf(host, internet.web), later(internet.clock.now(), DEADLINE));
  }
  await reach.close();
  return (performance.now() - from) / 1_000;
}

interface Together {
  readonly took: number;
  /** Leads that failed though their hosts answer. */
  readonly late: number;
}

async function together(internet: Internet, batches: readonly Batch[]): Promise<Together> {
  const hosts = batches.flat();
  const { took, outcomes } = await looked(internet, hosts);
  return { took, late: lateOf(hosts, outcomes) };
}

async function virtual(batches: readonly Batch[]): Promise<Together> {
  const hosts = batches.flat();
  const { clock, names, web, controls } = scripted({
    mail: (host) => delayed('accepts', slownessOf(host, 'n')),
    web: (url) => delayed('there', (slownessOf(url, 'n') ?? NaN) + (slownessOf(url, 'w') ?? NaN)),
    isOnline: () => [true, 50],
  });
  const reach = openReach({ names, web, controls, clock, findings: memoryFindings() });
  const from = clock.now();
  const by = later(from, DEADLINE);
  const all = Promise.all(hosts.map((host) => reach.audit(leadOf(host, 80), by)));
  const verdicts: readonly Verdict[] = await settled(clock, all);
  return { took: (clock.now() - from) / 1_000, late: lateOf(hosts, verdicts.map(outcomeOf)) };
}

const delayed = <T>(value: T, delay: number | undefined): readonly [T, number] | 'hangs' =>
  delay === undefined || Number.isNaN(delay) ? 'hangs' : [value, delay];

const lateOf = (hosts: Batch, outcomes: readonly Outcome3[]): number =>
  hosts.filter((host, at) => !hangs(host) && outcomes[at] !== 'pass').length;

function mustBe(
  outcomes: readonly Outcome3[],
  wanted: Partial<Readonly<Record<Outcome3, number>>>,
): void {
  for (const outcome of ['pass', 'fail', 'unknown'] as const) {
    const count = outcomes.filter((one) => one === outcome).length;
    if (count === (wanted[outcome] ?? 0)) continue;
    throw new Error(`${count} of ${outcomes.length} are ${outcome}, not ${wanted[outcome] ?? 0}`);
  }
}

interface Internet {
  readonly clock: WallClock;
  /** The port of all websites. */
  readonly web: number;
  readonly reach: (pace?: Pace, times?: Partial<ReachTimes>) => Reach;
  readonly close: () => void;
}

async function openInternet(): Promise<Internet> {
  const script = new URL('peers/internet.ts', import.meta.url).pathname;
  const child: ChildProcess = spawn(process.execPath, [script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  const ports = JSON.parse(String(line)) as { readonly names: number; readonly web: number };
  const clock = new WallClock();
  const isOnline = (): Promise<boolean> => Promise.resolve(true);
  return {
    clock,
    web: ports.web,
    reach: (pace = new Pace({ total: TOTAL }), times = {}) => {
      const names = openNames({ servers: [`127.0.0.1:${ports.names}`] });
      return openReach({
        names,
        web: openWeb({ names }),
        controls: { names: isOnline, web: isOnline },
        findings: memoryFindings(),
        pace,
        clock,
        times,
      });
    },
    close: () => {
      clock.stop();
      child.stdin?.end();
    },
  };
}
