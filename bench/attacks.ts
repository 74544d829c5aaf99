/**
 * A running validator under attack: how soon an honest peer is answered meanwhile, what is left of it
 * in memory, and whether it was counted.
 *
 *     core 0   leadpoet validator --mock        an honest pool, fifty questions a second
 *     core 1   the attackers: strangers, and registered peers with and without stake
 *
 * A question goes all the way: sealed, encrypted, its seals looked at, written down, handed to the
 * actor, whose answer comes back likewise. The peer of each figure is the same p99 while nobody attacks.
 * Memory is told before and after each attack, collected; resident memory after a rehearsal and after all,
 * once all pages that can be are given back, and `most` of any tenth of a second during each. Skipped where there are no two cores to pin to.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openMockKeys } from '../runtime/identity/mock-keys.ts';
import { ATTACKS, type Attack, type AttackName } from './peers/attack-list.ts';
import type { AttackQuestion } from './peers/attackers.ts';
import type { Answers, HonestQuestion } from './peers/honest-pool.ts';
import type { Memory, MemoryQuestion } from './peers/memory-told.ts';
import { cannotPin, Pinned } from './peers/pinned.ts';
import { median, type Report } from './report.ts';

export const name = 'attacks';

const QUIET_MS = 8_000;
const REHEARSAL_MS = 1_000;
/** After a collection, and after nodes were made ready, before anything is measured. */
const SETTLE_MS = 1_500;
/** The honest peer is to be answered within this, in ms, and five times the quiet p99. */
const ANSWERED_IN = 1_000;
const SLOWDOWN = 5;

export async function run(report: Report): Promise<void> {
  const why = cannotPin();
  if (why !== undefined) return console.log(`skipped: ${why}`);
  const world = await openWorld();
  try {
    await attackAll(report, world);
  } finally {
    await world.close();
  }
}

async function attackAll(report: Report, world: World): Promise<void> {
  await asked(world, QUIET_MS / 2);
  const atStart = await world.memory({ isLast: true });
  await rehearsed(world);
  const first = await world.memory({ isLast: true });
  await asked(world, QUIET_MS / 2);
  const quiet = await inQuiet(world);
  let [slowest, unanswered, uncounted, left] = [0, 0, 0, 0];
  for (const [which, attack] of wanted()) {
    let made = await attacked(world, which, attack, 1);
    let peer = quiet;
    if (p99(made) > SLOWDOWN * peer || p99(made) > ANSWERED_IN) {
      // Once more, beside what the machine is like now.
      tell(made);
      peer = await inQuiet(world);
      made = await attacked(world, which, attack, 2);
    }
    const goal = { atMost: SLOWDOWN };
    report.add({ title: attack.title, unit: 'ms', ours: p99(made), peer, goal });
    tell(made);
    slowest = Math.max(slowest, p99(made));
    left = Math.max(left, made.after.used / made.before.used);
    unanswered += made.unanswered;
    uncounted += made.counted.filter(([, more]) => more <= 0).length;
  }
  const last = await world.memory({ isLast: true });
  report.add({
    title: 'the slowest p99 of all',
    unit: 'ms',
    ours: slowest,
    goal: { atMost: ANSWERED_IN },
  });
  report.add({
    title: 'the most that one left in use, after over before',
    unit: 'x',
    ours: left,
    goal: { atMost: 1.1 },
  });
  const memory = { unit: 'MB', goal: { atMost: 1.1 } };
  report.add({ ...memory, title: 'resident memory after all', ours: last.rss, peer: first.rss });
  report.add({ ...memory, title: 'memory in use after all', ours: last.used, peer: first.used });
  // Told beside it, and no goal: with what is compiled once, and what the rehearsal's peers left.
  report.add({
    title: 'the same, beside before the rehearsal',
    unit: 'MB',
    ours: last.used,
    peer: atStart.used,
  });
  report.add({
    title: 'of that, compiled code',
    unit: 'MB',
    ours: last.compiled,
    peer: atStart.compiled,
  });
  const none = { atMost: 0 };
  report.add({ title: 'questions without an answer', unit: '', ours: unanswered, goal: none });
  report.add({
    title: 'names under which nothing was counted',
    unit: '',
    ours: uncounted,
    goal: none,
  });
}

/**
 * Each attack for a second, by peers that don't come again: what is compiled on its way is compiled once,
 * and no part of what an attack leaves behind. What an attack leaves for each of its peers it leaves again.
 */
async function rehearsed(world: World): Promise<void> {
  for (const [which] of wanted()) {
    await world.attackers.ask({ prepare: which, attempt: 0 } satisfies AttackQuestion);
    const over = world.attackers.ask({ attack: which, ms: REHEARSAL_MS } satisfies AttackQuestion);
    await asked(world, REHEARSAL_MS);
    await over;
  }
}

/** All of them, or those of `--only=flood,staked`. Throws where one is none. */
function wanted(): readonly (readonly [AttackName, Attack])[] {
  const all = Object.entries(ATTACKS) as [AttackName, Attack][];
  const only = process.argv.find((word) => word.startsWith('--only='))?.slice('--only='.length);
  if (only === undefined) return all;
  return only.split(',').map((word) => {
    const found = all.find(([known]) => known === word);
    if (found !== undefined) return found;
    throw new Error(`the attack is ${word}; allowed: ${Object.keys(ATTACKS).join(', ')}`);
  });
}

const asked = ({ honest }: World, length: number): Promise<Answers> =>
  honest.ask({ measure: length } satisfies HonestQuestion);

/** The p99 while nobody attacks. */
async function inQuiet(world: World): Promise<number> {
  await asked(world, SETTLE_MS);
  const answers = await asked(world, QUIET_MS);
  console.log(
    `  quiet: p50 ${ms(p50(answers))}, p99 ${ms(p99(answers))}, longest ${ms(Math.max(...answers.times))}`,
  );
  return p99(answers);
}

interface Made extends Answers {
  readonly before: Memory;
  readonly after: Memory;
  /** Resident, in MB. */
  readonly most: number;
  /** By how much each figure grew under which the attack is to be counted. */
  readonly counted: readonly (readonly [string, number])[];
}

async function attacked(
  world: World,
  which: AttackName,
  attack: Attack,
  attempt: number,
): Promise<Made> {
  const { attackers, memory, metrics, resident } = world;
  await attackers.ask({ prepare: which, attempt } satisfies AttackQuestion);
  const before = await memory({ isLast: false });
  await asked(world, SETTLE_MS);
  const counts = await metrics();
  const length = attack.seconds * 1_000;
  let most = 0;
  const watching = setInterval(() => (most = Math.max(most, resident())), 100);
  const over = attackers.ask({ attack: which, ms: length } satisfies AttackQuestion);
  const answers = await asked(world, length);
  await over;
  clearInterval(watching);
  const later = await metrics();
  const counted = attack.counted.map(
    (one) => [one, (later.get(one) ?? 0) - (counts.get(one) ?? 0)] as const,
  );
  return { ...answers, before, after: await memory({ isLast: false }), most, counted };
}

function tell(made: Made): void {
  const { before, after, most, unanswered, times } = made;
  const short = ([of, more]: readonly [string, number]): string =>
    `${of.replace('leadpoet_', '')} +${more}`;
  console.log(
    `  p50 ${ms(p50(made))}, longest ${ms(Math.max(...times))}; without an answer: ${unanswered}; ` +
      `resident before ${mb(before.rss)}, most ${mb(most)}, after ${mb(after.rss)}; in use ` +
      `${mb(before.used)}, ${mb(after.used)}\n  ${made.counted.map(short).join(', ')}`,
  );
}

const p50 = ({ times }: Answers): number => median(times);

/** Infinite where one in a hundred was not answered at all. */
function p99({ times, unanswered }: Answers): number {
  const all = [...times, ...Array.from({ length: unanswered }, () => Infinity)];
  return all.toSorted((a, b) => a - b)[Math.ceil(all.length * 0.99) - 1] ?? Infinity;
}

const ms = (time: number): string => `${time.toFixed(1)} ms`;
const mb = (size: number): string => `${size.toFixed(0)} MB`;

interface World {
  readonly honest: Pinned;
  readonly attackers: Pinned;
  /** Of the validator, collected, in MB. */
  readonly memory: (question: MemoryQuestion) => Promise<Memory>;
  /** What it has resident now, in MB. */
  readonly resident: () => number;
  readonly metrics: () => Promise<ReadonlyMap<string, number>>;
  readonly close: () => Promise<void>;
}

async function openWorld(): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'leadpoet-attacks-'));
  const opened: Pinned[] = [];
  const start = (core: 0 | 1, args: readonly string[], errors?: 'pipe'): Pinned => {
    const one = new Pinned(core, args, errors);
    opened.push(one);
    return one;
  };
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((one) => one.end()));
    rmSync(dir, { recursive: true });
  };
  try {
    const validator = start(0, validatorArgs(dir), 'pipe');
    const url = await metricsUrl(validator);
    // Its log has no keys in it; its directory has.
    const seed = join(dir, 'mock', 'validator', 'v1', 'mock-seed');
    const { hotkey } = (await openMockKeys(seed, (text) => console.warn(text))).hot;
    const peer = (file: string): string[] => [pathOf(`peers/${file}.ts`), dir, hotkey];
    const statm = `/proc/${validator.child.pid}/statm`;
    return {
      honest: start(0, peer('honest-pool')),
      attackers: start(1, peer('attackers')),
      close,
      memory: async (question) => {
        const { rss, used, compiled } = await validator.ask<Memory>(question);
        return { rss: rss / 1e6, used: used / 1e6, compiled: compiled / 1e6 };
      },
      resident: () => (Number(readFileSync(statm, 'latin1').split(' ')[1]) * PAGE_BYTES) / 1e6,
      metrics: async () => figuresIn(await (await fetch(`${url}/metrics`)).text()),
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}

/** Of Linux on all that taskset runs on and we have seen. */
const PAGE_BYTES = 4_096;

const pathOf = (file: string): string => new URL(file, import.meta.url).pathname;

function validatorArgs(dir: string): readonly string[] {
  const node = ['--expose-gc', '--import', pathOf('peers/memory-told.ts')];
  const mock = ['--mock', '--data-dir', dir, '--wallet.hotkey', 'v1', '--metrics.port', '0'];
  return [...node, pathOf('../leadpoet.cjs'), 'validator', ...mock];
}

/** Of its log, once it is ready; all that it logs later is read and left. */
function metricsUrl({ child }: Pinned): Promise<string> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    if (child.stderr === null) throw new Error('its log is read');
    let url: string | undefined;
    createInterface({ input: child.stderr }).on('line', (text) => {
      if (said.length < 20) said.push(text);
      if (!text.startsWith('{')) return;
      const line = JSON.parse(text) as { readonly msg?: string; readonly url?: string };
      url ??= line.url;
      if (line.msg === 'ready' && url !== undefined) resolve(url);
    });
    child.once('exit', (code) =>
      reject(new Error(`the validator ended with ${code}: ${said.join('\n')}`)),
    );
  });
}

/** By name and labels. */
function figuresIn(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}
