/**
 * `leadpoet demo --watch`: the demo's subnet on the dashboard, with a query every now and then, for as
 * long as somebody watches.
 *
 * It is on virtual time, played a few times faster than the wall's: a walk of a minute takes as long as
 * one has patience for, and it can be paused, stepped and sped up.
 */
import type { QueryAnswer } from '../../actors/actor.ts';
import { INDUSTRIES } from '../../protocols/lead.ts';
import type { Want } from '../../protocols/query.ts';
import { later, seconds, type Duration, type Instant } from '../../protocols/units.ts';
import { Observed } from '../dashboard/observed.ts';
import type { Controls } from '../dashboard/source.ts';
import { subnetView } from '../dashboard/subnet-view.ts';
import { Film, WALL, type Reel } from '../film.ts';
import { below, randomFrom } from '../random.ts';
import { openWorkers } from '../services/workers.ts';
import type { Subnet } from '../subnet.ts';
import { runUntilDone, VirtualClock } from '../virtual-clock.ts';
import { demoSubnet, type DemoMiner, type DemoOptions, type Suppressing } from './demo-subnet.ts';
import { exitOf, hearSignals } from './stopping.ts';
import type { Console } from './trouble.ts';
import { watchUntilTold } from './watching.ts';

export interface WatchedDemo {
  readonly options: DemoOptions;
  readonly want: Want;
  readonly miners: readonly DemoMiner[];
  readonly suppressing?: Suppressing;
  readonly start: Instant;
}

/** Virtual over wall time: the fifty seconds of a usual walk in some twelve. */
const SPEED = 4;
/** From an answer to the next question, and to what the buyer says of it. */
const REST = { from: seconds(10), to: seconds(40) };
const RATED_AFTER = seconds(8);

/** Runs until it is told to stop. */
export async function watchDemo(demo: WatchedDemo, io: Console): Promise<number> {
  const { options, miners, suppressing, start } = demo;
  const { told } = hearSignals();
  const clock = new VirtualClock(start);
  const workers = openWorkers();
  const subnet = demoSubnet(clock, options, miners, {
    workers,
    ...(suppressing && { suppressing }),
  });
  const reel = reelOf(clock, subnet);
  const film = new Film(reel, WALL);
  await film.begin();
  const observed = new Observed({
    ...subnetView(subnet, () => witnessIn(subnet)),
    about: {
      is: 'demo',
      title: 'demo',
      subtitle: `4 miners, 3 validators, 1 pool and 1 buyer in this process, seed ${options.seed}`,
      controls: true,
    },
    moment: () => ({
      now: clock.now(),
      began: reel.began(),
      is: film.is,
      ...(Number.isFinite(film.speed) && { speed: film.speed }),
    }),
    wall: () => WALL.now(),
  });
  askOn(demo, clock, subnet);
  await film.play(SPEED);
  try {
    const source = { look: (since: number) => observed.look(since), controls: controlsOf(film) };
    const { port = 0, open } = options;
    return exitOf(
      await watchUntilTold({
        source,
        port,
        told,
        failing: film.result(),
        io,
        ...(open === undefined ? {} : { open }),
      }),
    );
  } finally {
    await film.pause();
    observed.close();
    subnet.stop();
    await workers.close();
  }
}

/** Virtual time without an end. */
function reelOf(clock: VirtualClock, subnet: Subnet): Reel<undefined> & { began: () => Instant } {
  let began = clock.now();
  return {
    began: () => began,
    async start() {
      await runUntilDone(clock, subnet.start());
      began = clock.now();
    },
    advance: (until, enough) => clock.runThrough(later(began, until), enough),
    get progress() {
      return { virtual: (clock.now() - began) as Duration, of: Infinity as Duration };
    },
    result: undefined,
  };
}

const controlsOf = (film: Film<undefined>): Controls => ({
  play: () => film.play(film.speed),
  pause: () => film.pause(),
  step: (by) => film.step(by),
  speed: (of = Infinity) => film.pace(of),
});

const witnessIn = (subnet: Subnet) => {
  const first = subnet.nodes.find(({ plan }) => plan.role === 'validator');
  return first && subnet.validatorAt(first.hotkey)?.state;
};

/** One question after the other: the first as it was asked for, the next ones of any industry. */
function askOn({ options, want }: WatchedDemo, clock: VirtualClock, subnet: Subnet): void {
  const random = randomFrom(`${options.seed}/watch`);
  const ask = (wanted: Want): void => {
    subnet.ask(wanted).subscribe((answer) => {
      const { industry: _, ...any } = want;
      const industry = INDUSTRIES[below(random, INDUSTRIES.length + 1)];
      const next =
        options.industry !== undefined || industry === undefined ? want : { ...any, industry };
      const rest = REST.from + below(random, REST.to - REST.from);
      clock.at(later(clock.now(), RATED_AFTER), () => rate(answer));
      clock.at(later(clock.now(), rest as Duration), () => ask(next));
    });
  };
  const rate = ({ query, leads }: QueryAnswer): void => {
    if (leads.length > 0) subnet.rate(query, 7 + below(random, 4));
  };
  ask(want);
}
