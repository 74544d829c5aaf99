/**
 * The subnet that the demo runs: four miners, three validators, a pool and a buyer, all honest but
 * for the miners that do not look at what they send.
 */
import type { Observable } from 'rxjs';
import {
  later,
  seconds,
  type Duration,
  type Fraction,
  type Instant,
} from '../../protocols/units.ts';
import type { Address } from '../../protocols/messages.ts';
import { evaluate } from '../../protocols/rules/collusion/evaluate.ts';
import { InMemoryChain } from '../chain/in-memory.ts';
import { SUBNET_DEFAULTS } from '../chain/subnet.ts';
import { WallClock } from '../clock.ts';
import type { Asker, Clock, ServicePort } from '../host.ts';
import { readLeadFile } from '../lead-file.ts';
import type { Random } from '../../actors/actor.ts';
import { buyer } from '../../actors/buyer.ts';
import { poolWith } from '../../actors/pool.ts';
import type { IsSuppressed } from '../../protocols/rules/suppression.ts';
import { below, randomFrom } from '../random.ts';
import { auditPort } from '../services/audit.ts';
import { collusionPort } from '../services/collusion.ts';
import type { Workers } from '../services/workers.ts';
import { OPEN_SOURCE_MODEL } from '../providers/keys.ts';
import { sourcePort, type LeadSource } from '../services/source.ts';
import { readBusinesses } from '../sources/businesses.ts';
import { verifyPort } from '../services/verify.ts';
import { fileSource } from '../sources/file.ts';
import { minerModel, validatorModel } from '../sources/model.ts';
import { openSourceModel } from '../sources/open-source-model.ts';
import { synthetic } from '../sources/synthetic.ts';
import { honest, Subnet } from '../subnet.ts';
import { withoutSuppressed } from '../suppression.ts';
import { held, VirtualClock } from '../virtual-clock.ts';
import { UsageError } from './trouble.ts';

export interface DemoOptions {
  readonly source?: string;
  readonly queryLeads: number;
  readonly industry?: string;
  readonly region?: string;
  /** Whether the buyer asks for sealed reports. */
  readonly sealed?: true;
  readonly seed: number;
  readonly queryEvery: number;
  /** The first miner's source of leads, or every validator's audit, by a program of the user's own. */
  readonly minerModel?: string;
  readonly validatorModel?: string;
  /** The first miner finds its leads by providers, as a live one with this flag does. */
  readonly use_open_source_lead_model?: true;
  /** The companies among which it does, in a file of the user's own. */
  readonly businesses?: string;
  /** A file of those who are not to be contacted, which miners, pool and buyer honour. */
  readonly suppress?: string;
  readonly realTime?: true;
  readonly json?: true;
  /** On the dashboard, until it is told to stop. */
  readonly watch?: true;
  /** The dashboard's port; a free one where absent. */
  readonly port?: number;
  /** Whether a browser is opened on it. */
  readonly open?: boolean;
}

/** What is done about those who are not to be contacted. */
export interface Suppressing {
  readonly isSuppressed: IsSuppressed;
  /** Told how many of them a miner found, and did not send. */
  readonly tell: (count: number) => void;
}

/** What a careless miner of made-up leads gets wrong: enough that a validator sees it. */
const CARELESSNESS = 350_000 as Fraction;
/** How long a miner looks for leads. */
const SEARCH = { from: seconds(4), to: seconds(25) };
/** The line, one way: a few tens of milliseconds, different for each pair. */
const LINE = { from: 20, to: 90 };
/** The automated checks of a batch, as long as asking mail servers and websites would take. */
const CHECKS: Duration = seconds(3);
/** Blocks between epochs where a person waits: validators get their permits with the first. */
const SHORT_TEMPO = 9;

/** A miner, and what people are told of it. */
export interface DemoMiner {
  readonly about: string;
  readonly port: (clock: Clock) => ServicePort<'source'>;
}

/** Some miners sort out bad leads, and some do not: so that audits show. */
export async function demoMiners(
  options: DemoOptions,
  say: (line: string) => void,
): Promise<readonly DemoMiner[]> {
  const { source, minerModel: model } = options;
  const first = await byProviders(options, say);
  if (first !== undefined && model !== undefined) {
    const allowed = `without ${OPEN_SOURCE_MODEL}: a miner has one source`;
    throw new UsageError({ field: '--miner-model', came: JSON.stringify(model), allowed });
  }
  const miners = source === undefined ? madeUp() : await fromFile(source, say);
  if (first !== undefined) return [first, ...miners.slice(1)];
  if (model === undefined) return miners;
  return [
    { about: `the model ${model}`, port: (clock) => minerOf(model, clock) },
    ...miners.slice(1),
  ];
}

/** Undefined where it was not asked for. Providers are asked in real time: virtual time waits. */
async function byProviders(
  { use_open_source_lead_model: isWanted, businesses }: DemoOptions,
  say: (line: string) => void,
): Promise<DemoMiner | undefined> {
  if (isWanted !== true) {
    if (businesses === undefined) return undefined;
    const allowed = `with ${OPEN_SOURCE_MODEL}, whose companies they are`;
    throw new UsageError({ field: '--businesses', came: JSON.stringify(businesses), allowed });
  }
  const wall = new WallClock();
  const list = businesses === undefined ? undefined : await readBusinesses(businesses);
  const port = openSourceModel({
    env: process.env,
    clock: wall,
    say,
    ...(list && { businesses: list }),
  });
  const about = businesses === undefined ? 'companies by Hunter' : `${businesses}, by Hunter`;
  return {
    about,
    port: (clock) => (input, asker) => {
      const left = (asker.by - clock.now()) as Duration;
      const found = port(input, { ...asker, by: later(wall.now(), left) });
      return clock instanceof VirtualClock ? held(clock, found) : found;
    },
  };
}

function madeUp(): readonly DemoMiner[] {
  const careful = searching('made-up leads, sorted', synthetic());
  const careless = searching('made-up leads, unsorted', synthetic({ careless: CARELESSNESS }));
  return [careful, careful, careful, careless];
}

async function fromFile(path: string, say: (line: string) => void): Promise<readonly DemoMiner[]> {
  const rows = await readLeadFile(path);
  say(`${rows.length} rows read from ${path}`);
  const careful = searching('the file, sorted', fileSource(rows, 'careful'));
  const careless = searching('the file, unsorted', fileSource(rows, 'careless'));
  return [careful, careful, careless, careless];
}

const searching = (about: string, source: LeadSource): DemoMiner => ({
  about,
  port: (clock) => sourcePort({ source, clock, delay: SEARCH }),
});

export function demoSubnet(
  clock: Clock,
  { seed, queryEvery, realTime, watch, validatorModel: model }: DemoOptions,
  miners: readonly DemoMiner[],
  { workers, suppressing }: { readonly workers: Workers; readonly suppressing?: Suppressing },
): Subnet {
  const random = randomFrom(seed);
  const hold = clock instanceof VirtualClock ? () => clock.hold() : () => () => undefined;
  return new Subnet({
    seed: `demo/${seed}`,
    clock,
    random,
    chain: new InMemoryChain({
      clock,
      seed: `demo/${seed}`,
      rules: {
        tempo: realTime || watch ? SHORT_TEMPO : SUBNET_DEFAULTS.tempo,
        // Who watches sees weights set in each of the short epochs.
        ...(watch && { weightsRateLimit: SHORT_TEMPO }),
      },
    }),
    nodes: [
      ...honest('miner', miners.length).map((plan, index) => {
        const source = miners[index]?.port(clock);
        return source === undefined
          ? plan
          : { ...plan, services: { source: honouring(source, suppressing) } };
      }),
      ...honest('validator', 3),
      ...honest('pool', 1).map((plan) =>
        suppressing === undefined ? plan : { ...plan, behave: () => poolWith(suppressing) },
      ),
      ...honest('buyer', 1).map((plan) =>
        suppressing === undefined ? plan : { ...plan, behave: () => personWith(suppressing) },
      ),
    ],
    services: {
      audit: model === undefined ? auditPort({ workers, hold }) : validatorOf(model, clock),
      verify: verifyPort({ clock, simulatedDelay: CHECKS }),
      collusion: collusionPort({ evaluate, workers, hold }),
    },
    queryEvery,
    codec: 'wire',
    delay: lineOf(random.fork('line')),
  });
}

const honouring = (
  source: ServicePort<'source'>,
  suppressing: Suppressing | undefined,
): ServicePort<'source'> =>
  suppressing === undefined
    ? source
    : withoutSuppressed(source, suppressing.isSuppressed, suppressing.tell);

const personWith = ({ isSuppressed }: Suppressing): ReturnType<typeof buyer> =>
  buyer({ account: 'buyer', queryEvery: 0, isSuppressed });

/** The same delay for the same pair, whoever speaks first. */
function lineOf(random: Random): (from: Address, to: Address) => Duration {
  const known = new Map<string, Duration>();
  return (from, to) => {
    const pair = `${from} ${to}`;
    let delay = known.get(pair);
    if (delay === undefined) {
      delay = (LINE.from + below(random.fork(pair), LINE.to - LINE.from + 1)) as Duration;
      known.set(pair, delay);
    }
    return delay;
  };
}

const minerOf = (model: string, clock: Clock): ServicePort<'source'> =>
  onWall(clock, (wall) => minerModel({ model, clock: wall }));

const validatorOf = (model: string, clock: Clock): ServicePort<'audit'> =>
  onWall(clock, (wall) => validatorModel({ model, clock: wall }));

/** A program runs in real time; virtual time waits for it, and grants it the same time to answer. */
function onWall<S extends 'source' | 'audit'>(
  clock: Clock,
  make: (wall: Clock) => ServicePort<S>,
): ServicePort<S> {
  if (!(clock instanceof VirtualClock)) return make(clock);
  const wall = new WallClock();
  const port = make(wall);
  return (input, asker) =>
    held(clock, port(input, inRealTime(asker, clock, wall)) as Observable<never>);
}

const inRealTime = (asker: Asker, clock: Clock, wall: Clock): Asker => ({
  self: asker.self,
  random: asker.random,
  by: (wall.now() + (asker.by - clock.now())) as Instant,
});
