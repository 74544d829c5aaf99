/**
 * A small subnet on virtual time whose nodes all write their journals, in memory: where tests of
 * recovery have real inputs of real actors from.
 */
import { filter } from 'rxjs';
import type { QueryAnswer } from '../../actors/actor.ts';
import { addressOf, type Address } from '../../protocols/messages.ts';
import { evaluate } from '../../protocols/rules/collusion/evaluate.ts';
import {
  later,
  minutes,
  seconds,
  type Duration,
  type Fraction,
  type Instant,
} from '../../protocols/units.ts';
import { InMemoryChain } from '../chain/in-memory.ts';
import type { Observer } from '../observe.ts';
import { randomFrom } from '../random.ts';
import { NodeRecorder, type RecorderOptions } from '../recorder.ts';
import type { Running } from '../running.ts';
import { auditPort } from '../services/audit.ts';
import { collusionPort } from '../services/collusion.ts';
import { sourcePort } from '../services/source.ts';
import { verifyPort } from '../services/verify.ts';
import { synthetic } from '../sources/synthetic.ts';
import { systemOf } from '../spawn.ts';
import { openSqlite } from '../store/sqlite.ts';
import { NODE_STORE, NodeTables } from '../store/node-tables.ts';
import { honest, Subnet } from '../subnet.ts';
import { VirtualClock } from '../virtual-clock.ts';

const START = 1_760_000_000_000 as Instant;

/** In memory; all of one secret, so that what is hashed with it can be compared. */
export function memoryTables(): NodeTables {
  const database = openSqlite(':memory:', NODE_STORE);
  database.prepare("INSERT INTO facts VALUES ('secret', ?)").run(new Uint8Array(32));
  return new NodeTables(database);
}

/** What was written down of one actor, and what it was in the end. */
export interface Recorded {
  readonly self: Address;
  readonly tables: NodeTables;
  readonly recorder: NodeRecorder;
  readonly running: Running<unknown>;
}

export interface RecordedSubnet {
  readonly clock: VirtualClock;
  readonly actors: readonly Recorded[];
  readonly answers: readonly QueryAnswer[];
}

export interface Script {
  readonly seed: string;
  readonly queries: number;
  readonly leads?: number;
  readonly sealed?: true;
  /** Epochs of four minutes from one of a validator's own queries to the next. */
  readonly queryEvery?: number;
  /** How long it goes on after the last query. */
  readonly quiet?: Duration;
  readonly limits?: Partial<RecorderOptions>;
  /** Told of the observer of all, before anything happens. */
  readonly watch?: (observer: Observer) => void;
}

/** Runs so many queries, each rated, and a few minutes more. */
export async function recordedSubnet(script: Script): Promise<RecordedSubnet> {
  const { seed, queries, leads = 10, sealed, limits } = script;
  const { queryEvery = 2, quiet = minutes(8) } = script;
  const clock = new VirtualClock(START);
  const chain = new InMemoryChain({ clock, seed, rules: { tempo: 20 } });
  const recorders = new Map<string, NodeRecorder>();
  const recorder = (name: string): NodeRecorder => {
    const own = new NodeRecorder({ tables: memoryTables(), clock, file: name, ...limits });
    recorders.set(name, own);
    return own;
  };
  const delay = { from: seconds(2), to: seconds(20) };
  const source = (careless: number) =>
    sourcePort({ clock, delay, source: synthetic({ careless: careless as Fraction }) });
  const subnet = new Subnet({
    seed,
    clock,
    chain,
    random: randomFrom(seed),
    nodes: [
      ...honest('miner', 3).map((plan, index) => ({
        ...plan,
        services: { source: source(index === 2 ? 500_000 : 0) },
      })),
      ...honest('validator', 3),
      ...honest('pool', 1),
      ...honest('buyer', 1),
    ],
    services: {
      audit: auditPort(),
      verify: verifyPort({ clock, simulatedDelay: seconds(1) }),
      collusion: collusionPort({ evaluate }),
    },
    queryEvery,
    codec: 'wire',
    delay: () => 30 as Duration,
    recorder,
  });
  script.watch?.(subnet.observer);
  let isUp = false;
  subnet.start().subscribe({ complete: () => (isUp = true) });
  await clock.run(() => isUp);

  const answers: QueryAnswer[] = [];
  for (let query = 0; query < queries; query++) {
    const want = { leads, ...(sealed && { sealed }) };
    let isAnswered = false;
    subnet
      .ask(want)
      .pipe(filter((answer) => answer !== undefined))
      .subscribe((answer) => {
        answers.push(answer);
        isAnswered = true;
      });
    await clock.run(() => isAnswered);
    const last = answers.at(-1);
    if (last !== undefined) subnet.rate(last.query, 1 + (query % 10));
  }
  await clock.run(later(clock.now(), quiet));

  const actors = subnet.nodes.flatMap(({ plan, hotkey, host }) =>
    (['miner', 'validator', 'pool', 'buyer'] as const).flatMap((role) => {
      const self = addressOf(role, hotkey);
      const running = systemOf(host).at(self);
      const own = recorders.get(plan.name);
      if (running === undefined || own === undefined) return [];
      return [{ self, tables: own.tables, recorder: own, running }];
    }),
  );
  return { clock, actors, answers };
}
