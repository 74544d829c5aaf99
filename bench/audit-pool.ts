/**
 * Audits in line against audits in the pool, and what the choice between them makes of it.
 *
 * - *choice*: 1 to 100 000 leads in batches of 100, all at once, from the first question to the last
 *   answer. The three ways take turns in one process, on a warm pool, and the better of the two
 *   fixed ones is the peer.
 * - *two workers*: the same tasks on a pool of two threads and on one of one. Tasks that carry next
 *   to nothing (signatures, 3 ms each) and tasks that carry 16 batches.
 * - *control*: the same with threads that only burn. On a machine with two cores to itself it is near
 *   2; where it falls short, the two workers are shown but not judged.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { forkJoin, lastValueFrom } from 'rxjs';
import { packLeads } from '../protocols/batch.ts';
import { addressOf, type Batch } from '../protocols/messages.ts';
import type { Block, Hotkey, Instant } from '../protocols/units.ts';
import type { Asker, ServicePort } from '../runtime/host.ts';
import { randomFrom } from '../runtime/random.ts';
import { measuredCosts } from '../runtime/services/audit-costs.ts';
import { auditPort } from '../runtime/services/audit.ts';
import { openWorkers, type Audited, type Workers } from '../runtime/services/workers.ts';
import { synthetic } from '../runtime/sources/synthetic.ts';
import { burn, QUIET } from './peers/burn.ts';
import { median, type Goal, type Report } from './report.ts';

export const name = 'audit-pool';

const SIZES = [1, 10, 100, 300, 1_000, 3_000, 10_000, 100_000];
const ROUNDS = 15;
/** Of what takes a third of a second each. */
const LONG_ROUNDS = 5;

export async function run(report: Report): Promise<void> {
  const [one, two] = [openWorkers({ threads: 1 }), openWorkers({ threads: 2 })];
  await Promise.all([one.warm(), two.warm()]);
  try {
    for (const leads of SIZES) await compareChoice(report, two, leads);
    const isQuiet = (await controlOf(report)) >= QUIET;
    // With the second core somebody else's, two workers have nothing to be faster with.
    const [bare, lots] = isQuiet ? [1.8, 1.6] : [undefined, undefined];
    await compareThreads(report, 'tasks of 3 ms that carry nothing', bare, one, two, checkAll);
    await compareThreads(report, 'tasks of 16 batches', lots, one, two, auditAll);
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
}

type Way = () => Promise<unknown>;

interface Contest {
  readonly title: string;
  readonly goal: Goal | undefined;
  readonly ours: Way;
  /** The best of these counts. */
  readonly peers: readonly Way[];
  readonly rounds?: number;
}

/** Takes turns, so that a busy machine slows all ways alike; once more where the goal is missed. */
async function compare(
  report: Report,
  { title, goal, ours, peers, rounds = ROUNDS }: Contest,
): Promise<number> {
  for (const isLast of [false, true]) {
    const ways = [ours, ...peers];
    const times: number[][] = ways.map(() => []);
    for (let round = 0; round < rounds; round++) {
      // Another one begins each round: who comes second finds the caches as the first left them.
      for (let turn = 0; turn < ways.length; turn++) {
        const index = (round + turn) % ways.length;
        times[index]?.push(await timed(ways[index] ?? ours));
      }
    }
    const [own = 0, ...others] = times.map(median);
    const peer = Math.min(...others);
    const isMet = goal === undefined || !('atLeast' in goal) || peer / own >= goal.atLeast;
    if (!isMet && !isLast) continue;
    report.add({ title, unit: 'ms', ours: own, peer, ...(goal === undefined ? {} : { goal }) });
    return peer / own;
  }
  return 0;
}

/** How much sooner two threads are done that share nothing but the machine. */
const controlOf = (report: Report): Promise<number> =>
  compare(report, {
    title: 'control: two burning threads, against one',
    goal: undefined,
    ours: () => burn(2, 1),
    peers: [() => burn(1, 2)],
    rounds: LONG_ROUNDS,
  });

/** Repeats what is short, so that the timer is not what is measured. */
async function timed(way: Way): Promise<number> {
  let times = 0;
  const from = performance.now();
  do {
    await way();
    times++;
  } while (performance.now() - from < 5);
  return (performance.now() - from) / times;
}

async function compareChoice(report: Report, workers: Workers, leads: number): Promise<void> {
  const batches = batchesOf(leads);
  const inLine = auditPort();
  const pooled = auditPort({ workers, costs: { ...measuredCosts(), pooled: () => -1 } });
  const chosen = auditPort({ workers });
  // The choice goes by what it measured: it has a second to learn in.
  const until = performance.now() + 1_000;
  while (performance.now() < until) await answers(chosen, batches);
  await compare(report, {
    title: `the choice, of ${leads} leads, against the better way`,
    goal: { atLeast: 0.95 },
    ours: () => answers(chosen, batches),
    peers: [() => answers(inLine, batches), () => answers(pooled, batches)],
    rounds: leads > 10_000 ? LONG_ROUNDS : ROUNDS,
  });
}

async function compareThreads(
  report: Report,
  title: string,
  atLeast: number | undefined,
  one: Workers,
  two: Workers,
  work: (workers: Workers) => Promise<unknown>,
): Promise<void> {
  await compare(report, {
    title: `two workers against one, ${title}`,
    goal: atLeast === undefined ? undefined : { atLeast },
    ours: () => work(two),
    peers: [() => work(one)],
  });
}

const checkAll = (workers: Workers): Promise<unknown> =>
  Promise.all(Array.from({ length: 16 }, () => workers.signatures(CHECKS)));

const auditAll = (workers: Workers): Promise<unknown> =>
  Promise.all(Array.from({ length: 16 }, () => workers.audit(TASK)));

/** All asked at once; a port answers each by itself. */
const answers = (
  port: ServicePort<'audit'>,
  batches: readonly Parameters<ServicePort<'audit'>>[0][],
): Promise<unknown> => lastValueFrom(forkJoin(batches.map((batch) => port(batch, ASKER))));

const ASKER: Asker = {
  self: addressOf('validator', '5V' as Hotkey),
  by: 0 as Instant,
  random: randomFrom('bench'),
};

const packed = (count: number): Audited => {
  const leads = synthetic()(randomFrom(count), { leads: count });
  const bytes = packLeads(
    leads,
    leads.map(() => new Uint8Array(16)),
  );
  // Every fifth, and at least ten: what a validator looks at.
  const step = Math.max(1, Math.floor(count / Math.max(10, count / 5)));
  const sample = leads.flatMap((_, index) => (index % step === 0 ? [index] : []));
  return { leads: bytes, want: { leads: count }, sample };
};

function batchesOf(leads: number): readonly Parameters<ServicePort<'audit'>>[0][] {
  const { leads: bytes, want, sample } = packed(Math.min(leads, 100));
  const count = Math.ceil(leads / 100);
  return Array.from({ length: count }, () => ({
    batch: { leads: bytes, query: { want } } as unknown as Batch,
    sample,
    block: 0 as Block,
  }));
}

const TASK: readonly Audited[] = Array.from({ length: 16 }, () => packed(100));

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const STATEMENT = Buffer.from('a settlement');
const CHECKS = Array.from({ length: 24 }, () => ({
  key: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32),
  signature: sign(null, STATEMENT, privateKey),
  statement: STATEMENT,
}));
