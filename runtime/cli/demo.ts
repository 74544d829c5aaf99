/**
 * `leadpoet demo`: a whole subnet in this process, one query, and the road that its leads took.
 *
 * It is the network as it runs live: the same actors, rules, standing, signatures and bytes on the
 * line. Only time jumps, the chain is in memory, and the leads are of nobody or from a file.
 */
import { firstValueFrom, lastValueFrom, type Observable } from 'rxjs';
import type { QueryAnswer } from '../../actors/actor.ts';
import { standingAt } from '../../protocols/ledger.ts';
import { isFieldError, readWant, type Want } from '../../protocols/query.ts';
import {
  seconds,
  type Block,
  type Duration,
  type Fraction,
  type Instant,
} from '../../protocols/units.ts';
import { InMemoryChain } from '../chain/in-memory.ts';
import { SUBNET_DEFAULTS } from '../chain/subnet.ts';
import { WallClock } from '../clock.ts';
import type { Clock, ServicePort } from '../host.ts';
import { below, randomFrom } from '../random.ts';
import { auditPort } from '../services/audit.ts';
import { sourcePort, type LeadSource } from '../services/source.ts';
import { verifyPort } from '../services/verify.ts';
import { readLeadFile } from '../lead-file.ts';
import { fileSource } from '../sources/file.ts';
import { synthetic } from '../sources/synthetic.ts';
import { Subnet } from '../subnet.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { demoJson, showDemo, type DemoResult } from './demo-report.ts';
import { EXIT, UsageError, type Console } from './trouble.ts';

export interface DemoOptions {
  readonly source?: string;
  readonly queryLeads: number;
  readonly industry?: string;
  readonly region?: string;
  readonly seed: number;
  readonly queryEvery: number;
  readonly realTime?: true;
  readonly json?: true;
}

/** When virtual time begins: an instant like any other, the same for every run. */
const VIRTUAL_START = 1_790_000_000_000 as Instant;
/** What a careless miner of made-up leads gets wrong: enough that a validator sees it. */
const CARELESSNESS = 350_000 as Fraction;
/** How long a miner looks for leads. */
const SEARCH = { from: seconds(4), to: seconds(25) };
/** The line, one way: a few tens of milliseconds, different for each pair. */
const LINE = { from: 20, to: 90 };
/** The automated checks of a batch, where they would ask mail servers and websites. */
const CHECKS = seconds(3);

/** Blocks between epochs on the wall clock: validators get their permits with the first. */
const REAL_TEMPO = 9;

/** Exit 0 where leads were delivered, 1 where none were. */
export async function demo(options: DemoOptions, io: Console): Promise<number> {
  const want = wantOf(options);
  const began = performance.now();
  const sources = await minerSources(options, io);
  const result = options.realTime
    ? await onWallClock(options, want, sources, io)
    : await onVirtualTime(options, want, sources);
  io.out(options.json ? `${JSON.stringify(demoJson(result), null, 2)}\n` : showDemo(result));
  const took = ((performance.now() - began) / 1_000).toFixed(2);
  io.err(`took ${took} s of wall time\n`);
  return result.answer.leads.length > 0 ? EXIT.done : EXIT.no;
}

function wantOf({ queryLeads, industry, region }: DemoOptions): Want {
  const want = readWant({ num_leads: queryLeads, industry, region });
  if (isFieldError(want)) throw new UsageError({ ...want, field: flagOf(want.field) });
  return want;
}

const flagOf = (field: string): string => (field === 'num_leads' ? '--query-leads' : `--${field}`);

interface NamedSource {
  readonly about: string;
  readonly find: LeadSource;
}

/** Two or three miners that sort out bad leads, and one or two that don't: so that audits show. */
async function minerSources({ source }: DemoOptions, io: Console): Promise<readonly NamedSource[]> {
  if (source === undefined) {
    const careful = { about: 'made-up leads, sorted', find: synthetic() };
    const careless = {
      about: 'made-up leads, unsorted',
      find: synthetic({ careless: CARELESSNESS }),
    };
    return [careful, careful, careful, careless];
  }
  const leads = await readLeadFile(source);
  io.err(`${leads.length} rows read from ${source}\n`);
  const careful = { about: 'the file, sorted', find: fileSource(leads, 'careful') };
  const careless = { about: 'the file, unsorted', find: fileSource(leads, 'careless') };
  return [careful, careful, careless, careless];
}

async function onVirtualTime(
  options: DemoOptions,
  want: Want,
  sources: readonly NamedSource[],
): Promise<DemoResult> {
  const clock = new VirtualClock(VIRTUAL_START);
  const subnet = subnetOn(clock, options, sources);
  await runUntil(clock, subnet.start());
  const watch = new Watch(subnet);
  const answer = await runUntil(clock, subnet.ask(want));
  // What the panel countersigns moves standing: a little later everyone has it.
  await clock.run(() => watch.isSettled || clock.now() > answer.answeredAt + 150_000);
  await clock.run((clock.now() + 2_000) as Instant);
  return finish(subnet, answer, watch, sources, options);
}

async function onWallClock(
  options: DemoOptions,
  want: Want,
  sources: readonly NamedSource[],
  io: Console,
): Promise<DemoResult> {
  const clock = new WallClock();
  const subnet = subnetOn(clock, options, sources);
  io.err('registering, staking and waiting for permits: this takes some ten blocks of 12 s\n');
  await lastValueFrom(subnet.start(), { defaultValue: undefined });
  const watch = new Watch(subnet);
  io.err('asking: the next block draws who answers, then miners have their time\n');
  const answer = await firstValueFrom(subnet.ask(want));
  await new Promise<void>((resolve) => {
    const look = (): void => {
      const isLate = clock.now() > answer.answeredAt + 150_000;
      if (watch.isSettled || isLate) resolve();
      else clock.at((clock.now() + 200) as Instant, look);
    };
    look();
  });
  const result = finish(subnet, answer, watch, sources, options);
  clock.stop();
  return result;
}

/** Runs virtual time until a stream has given its last value. */
async function runUntil<T>(clock: VirtualClock, stream: Observable<T>): Promise<T> {
  let last: T | undefined;
  let isDone = false;
  let trouble: unknown;
  stream.subscribe({
    next: (value) => (last = value),
    error: (error: unknown) => ([isDone, trouble] = [true, error]),
    complete: () => (isDone = true),
  });
  await clock.run(() => isDone);
  if (trouble !== undefined) throw trouble;
  return last as T;
}

function subnetOn(
  clock: Clock,
  { seed, queryEvery, realTime }: DemoOptions,
  sources: readonly NamedSource[],
): Subnet {
  const tempo = realTime ? REAL_TEMPO : SUBNET_DEFAULTS.tempo;
  const random = randomFrom(seed);
  const line = random.fork('line');
  const delays = new Map<string, Duration>();
  return new Subnet({
    seed: `demo/${seed}`,
    clock,
    random,
    chain: new InMemoryChain({ clock, seed: `demo/${seed}`, rules: { tempo } }),
    miners: sources.map(({ find }) => miner(find, clock)),
    validators: 3,
    pools: 1,
    buyers: 1,
    queryEvery,
    audit: auditPort(),
    verify: verifyPort({ clock, simulatedDelay: CHECKS }),
    codec: 'wire',
    delay: (from, to) => {
      const pair = `${from} ${to}`;
      const known = delays.get(pair);
      if (known !== undefined) return known;
      const delay = (LINE.from + below(line.fork(pair), LINE.to - LINE.from + 1)) as Duration;
      delays.set(pair, delay);
      return delay;
    },
  });
}

const miner = (source: LeadSource, clock: Clock): ServicePort<'source'> =>
  sourcePort({ source, clock, delay: SEARCH });

/** What the notes say on the way: who was rejected for what, and whether the case was settled. */
class Watch {
  isSettled = false;
  countersigns = 0;
  readonly log: string[] = [];

  constructor(subnet: Subnet) {
    subnet.observer.listen((happening) => {
      if (happening.is !== 'noted' || happening.note.note !== 'step') return;
      const { step } = happening.note;
      if (step.is !== 'settled' && step.is !== 'unsettled') return;
      this.isSettled = true;
      this.countersigns = step.countersigns;
    });
  }
}

function finish(
  subnet: Subnet,
  answer: QueryAnswer,
  { countersigns }: Watch,
  sources: readonly NamedSource[],
  { seed, realTime }: DemoOptions,
): DemoResult {
  const validators = subnet.nodes.filter(({ role }) => role === 'validator');
  const witness = subnet.validatorAt(validators[0]?.hotkey ?? subnet.hotkeyOf('validator-1'));
  const far = Number.MAX_SAFE_INTEGER as Block;
  const standing = witness?.state && standingAt(witness.state.ledger, far);
  subnet.stop();
  return {
    seed,
    answer,
    isVirtual: realTime !== true,
    nameOf: (hotkey) => subnet.nameOf(hotkey),
    miners: subnet.nodes
      .filter(({ role }) => role === 'miner')
      .map(({ name }, index) => ({ name, about: sources[index]?.about ?? '' })),
    countersigns,
    precision: validators.map(({ name, hotkey }) => ({
      name,
      points: (standing?.validators.get(hotkey)?.precision ?? 15_000) / 1_000,
    })),
  };
}
