/**
 * The two models by which kernels are compared, for our clock and for simjs; `kernels.py` has them
 * for SimPy. Equal to the random number: a xorshift of 32 bits picks one of 65 536 quantiles of the
 * exponential, instants are whole, and the checksum is over the instants of all events in order.
 *
 * - `mm1`: customers come, are served one at a time and go; a server is busy for 0.9 of the time.
 *   An event is a customer that comes or goes.
 * - a number n, the hold model: n jobs, each of which waits, and on its event waits again.
 */
import type * as Simjs from 'simjs';
import type { Instant } from '../../protocols/units.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';

export type Model = 'mm1' | number;

export interface Run {
  readonly events: number;
  readonly checksum: number;
  /** Of wall time. */
  readonly ms: number;
}

/** The mean time between two customers, and that of a wait. Long, so that ties are rare. */
const MEAN = 2 ** 24;
const START = 1_790_000_000_000 as Instant;

const QUANTILES = Int32Array.from({ length: 65_536 }, (_, at) =>
  Math.floor(-Math.log((at + 0.5) / 65_536) * 65_536),
);

/** Long enough for about so many events. */
const endOf = (model: Model, events: number): number =>
  Math.floor((MEAN * events) / (model === 'mm1' ? 2 : model));

function delays(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (QUANTILES[state >>> 16] ?? 0) * 256 + (state & 255);
  };
}

class Tally {
  events = 0;
  checksum = 0;

  note(now: number): void {
    this.events++;
    this.checksum = (Math.imul(this.checksum, 31) + now) | 0;
  }
}

async function timed(tally: Tally, go: () => unknown): Promise<Run> {
  const began = performance.now();
  await go();
  const ms = performance.now() - began;
  return { events: tally.events, checksum: tally.checksum >>> 0, ms };
}

/** On the clock that `sim run` runs on, a lane for each kind of event, as its people have one. */
export function ours(model: Model, events: number): Promise<Run> {
  const clock = new VirtualClock(START);
  const tally = new Tally();
  if (model === 'mm1') queueOnClock(clock, tally);
  else holdOnClock(clock, tally, model);
  return timed(tally, () => clock.run((START + endOf(model, events)) as Instant));
}

function holdOnClock(clock: VirtualClock, tally: Tally, jobs: number): void {
  const draw = delays(1);
  const lane = clock.lane('job', jobs, (job) => {
    tally.note(clock.now() - START);
    clock.wait(lane, job, (clock.now() + draw()) as Instant);
  });
  for (let job = 0; job < jobs; job++) clock.wait(lane, job, (START + draw()) as Instant);
}

function queueOnClock(clock: VirtualClock, tally: Tally): void {
  const [arrival, service] = [delays(1), delays(2)];
  let present = 0;
  const after = (delay: number): Instant => (clock.now() + delay) as Instant;
  const serve = (): void => clock.wait(served, 0, after(Math.floor((service() * 9) / 10)));
  const served = clock.lane('server', 1, () => {
    tally.note(clock.now() - START);
    if (--present > 0) serve();
  });
  const source = clock.lane('source', 1, () => {
    tally.note(clock.now() - START);
    clock.wait(source, 0, after(arrival()));
    if (++present === 1) serve();
  });
  clock.wait(source, 0, after(arrival()));
}

/** On simjs, with its entities, timers and facilities. */
export async function simjs(model: Model, events: number): Promise<Run> {
  const { Sim, Entity, Facility } = await loadSimjs();
  const sim = new Sim();
  const tally = new Tally();
  const [draw, service] = [delays(1), delays(2)];
  const server = new Facility('server');

  class Jobs extends Entity {
    override start(): void {
      for (let job = 0; job < Number(model); job++) this.setTimer(draw()).done(this.hop, this);
    }

    readonly hop = (): void => {
      tally.note(this.time());
      this.setTimer(draw()).done(this.hop, this);
    };
  }

  class Source extends Entity {
    override start(): void {
      this.setTimer(draw()).done(this.come, this);
    }

    readonly come = (): void => {
      tally.note(this.time());
      this.setTimer(draw()).done(this.come, this);
      this.useFacility(server, Math.floor((service() * 9) / 10)).done(this.leave, this);
    };

    readonly leave = (): void => {
      tally.note(this.time());
    };
  }

  sim.addEntity(model === 'mm1' ? Source : Jobs);
  return timed(tally, () => sim.simulate(endOf(model, events)));
}

/** The package exports nothing to Node: what it has it leaves in a page's `window`. */
async function loadSimjs(): Promise<typeof Simjs> {
  const scope: { window?: { Sim?: typeof Simjs } } = globalThis as object;
  const page = (scope.window ??= {});
  await import('simjs');
  if (page.Sim === undefined) throw new Error('simjs left nothing in its window');
  return page.Sim;
}
