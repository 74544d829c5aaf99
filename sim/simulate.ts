/**
 * Scenario and seed ──▶ a run.
 *
 * The actors, the rules, the chain's calls and the signatures are those of a live node. Made up are
 * time, chance, the line, the world that services look at, and the people who ask.
 */
import { InMemoryChain } from '../runtime/chain/in-memory.ts';
import { SUBNET_DEFAULTS } from '../runtime/chain/subnet.ts';
import { mockKey } from '../runtime/notary.ts';
import { COLLUSION_WORKER } from '../runtime/services/workers.ts';
import type { Evaluate } from '../runtime/services/collusion.ts';
import { Subnet, type SubnetNode } from '../runtime/subnet.ts';
import { runUntilDone, VirtualClock } from '../runtime/virtual-clock.ts';
import type { Cancel } from '../runtime/host.ts';
import type { Counts } from '../runtime/observe.ts';
import type { Random } from '../actors/actor.ts';
import { INDUSTRIES } from '../protocols/lead.ts';
import { evaluate } from '../protocols/rules/collusion/evaluate.ts';
import {
  hours,
  invariant,
  later,
  minutes,
  seconds,
  type Digest,
  type Duration,
  type Hotkey,
  type Instant,
} from '../protocols/units.ts';
import { below, randomFrom } from '../runtime/random.ts';
import { bounds } from './checkers/bounds.ts';
import { Checks, type Violation } from './checkers/checker.ts';
import { crashes } from './checkers/crashes.ts';
import { deadlines } from './checkers/deadlines.ts';
import { deliveries } from './checkers/deliveries.ts';
import { emissions } from './checkers/emissions.ts';
import { liveness } from './checkers/liveness.ts';
import { messages } from './checkers/messages.ts';
import { penalties } from './checkers/penalties.ts';
import { persons } from './checkers/persons.ts';
import { sealedReports } from './checkers/sealed.ts';
import { settlements } from './checkers/settlements.ts';
import { History } from './digest.ts';
import { newOutages, scheduleFaults, type FaultEvent } from './faults.ts';
import { findingsInLine, openFindings, type Findings } from './findings.ts';
import { openLots, type Lots } from './lots.ts';
import { simulatedLine } from './network.ts';
import { Recorder } from './recorder.ts';
import type { Scenario } from './scenario.ts';
import { simulatedServices } from './services.ts';
import { planOf, rateOf } from './strategies/strategies.ts';
import type { Collector } from './tables.ts';

export interface RunOptions {
  readonly scenario: Scenario;
  readonly seed: number;
  /** Where the rows of the run's tables go; nowhere where absent. */
  readonly collector?: Collector;
  readonly tell?: (progress: Progress) => void;
  readonly tellFault?: (event: FaultEvent) => void;
  /** Creates the nodes in another order, which must not change a thing. */
  readonly shuffled?: boolean;
  /** Threads that look at leads for audits and checks; this one does where absent. */
  readonly workers?: number;
  /** Looks for collusion in a thread beside this one, as it does with `workers`. */
  readonly isFoundBeside?: boolean;
  /** Another way to find who colluded, in line; where absent that of the rules. */
  readonly evaluate?: Evaluate;
}

/** How far a run has come. */
export interface Progress {
  readonly virtual: Duration;
  readonly of: Duration;
  readonly events: number;
}

export interface RunResult {
  /** Of everything that happened. */
  readonly digest: Digest;
  readonly events: number;
  readonly virtual: Duration;
  /** When virtual time began for its people. */
  readonly start: Instant;
  /** What a checker found first; absent where the run was as it must be. */
  readonly violation?: Violation;
  readonly counts: Counts;
  readonly queries: number;
  readonly answered: number;
  readonly leads: number;
  /** Batches that were looked at in threads beside this one, and in how many lots. */
  readonly looked: { readonly batches: number; readonly lots: number };
}

/** When virtual time begins: an instant like any other, the same for every run. */
const BEGINNING = 1_790_000_000_000 as Instant;
/** Progress is told, and the run may be stopped, so often in virtual time. */
const SLICE = minutes(10);
/** What is under way at the end comes home within so long: no latency is longer. */
const HOMECOMING = hours(24);
/** People rate within so long of an answer. */
const RATED_WITHIN = minutes(30);

/** Runs a scenario from a seed to its end, or to the first thing that is not as it must be. */
export async function simulate(options: RunOptions): Promise<RunResult> {
  const run = new Run(options);
  try {
    await run.start();
    await run.advance(options.scenario.duration);
    invariant(run.result !== undefined, 'a run that went on to its end has a result');
    return run.result;
  } finally {
    await run.close();
  }
}

const tempoOf = ({ chain }: Scenario): number => ({ ...SUBNET_DEFAULTS, ...chain }).tempo;

/**
 * A run that goes on when it is told to. However it is cut into steps, the same things happen in the
 * same order: it stops between two tasks, and a violation ends it at the end of its slice alone.
 */
export class Run {
  readonly #options: RunOptions;
  readonly #clock = new VirtualClock(BEGINNING);
  readonly #random: Random;
  readonly #chain: InMemoryChain;
  readonly subnet: Subnet;
  readonly #line: ReturnType<typeof simulatedLine>;
  readonly #outages = newOutages();
  readonly #lots: Lots | undefined;
  readonly #findings: Findings;
  #recorder: Recorder | undefined;
  readonly #history = new History();
  readonly #checks: Checks;
  readonly #messages: ReturnType<typeof messages>;
  readonly #homecoming: Checks;
  /** Ends what watches the run, and its faults. */
  readonly #watching: Cancel[] = [];
  #start = BEGINNING;
  /** Up to here all has happened. */
  #passed = BEGINNING;
  #result: RunResult | undefined;
  #queries = 0;
  #answered = 0;
  #leads = 0;

  constructor(options: RunOptions) {
    this.#options = options;
    const { scenario, seed, shuffled = false, workers = 0 } = options;
    const name = `sim/${seed}`;
    const clock = this.#clock;
    this.#random = randomFrom(name);
    this.#chain = new InMemoryChain({ clock, seed: name, rules: scenario.chain });
    this.#line = simulatedLine({ network: scenario.network, random: this.#random.fork('line') });
    if (workers > 0) this.#lots = openLots({ clock, threads: workers });
    const isBeside =
      (workers > 0 || options.isFoundBeside === true) && options.evaluate === undefined;
    this.#findings = isBeside
      ? openFindings({ clock, evaluate, worker: COLLUSION_WORKER })
      : findingsInLine(options.evaluate ?? evaluate);
    const services = simulatedServices({
      clock,
      pace: scenario.services,
      outages: this.#outages,
      findings: this.#findings,
      ...(this.#lots && { looks: this.#lots }),
    });
    const hotkeyOf = (node: string): Hotkey => mockKey(`${name}/${node}`).hotkey;
    const nodes = planOf(scenario, { hotkeyOf, source: services.source });
    this.subnet = new Subnet({
      seed: name,
      clock,
      chain: this.#chain,
      random: this.#random.fork('nodes'),
      nodes: shuffled ? nodes.toReversed() : nodes,
      services: {
        audit: services.audit,
        verify: services.verify,
        collusion: services.collusion,
      },
      queryEvery: scenario.demand.validatorsEvery,
      codec: 'reference',
      line: this.#line.line,
    });
    this.#messages = messages(() => this.#line.counts().repeated);
    this.#homecoming = new Checks([this.#messages]);
    this.#checks = new Checks([
      crashes(),
      deliveries(),
      deadlines(),
      bounds(),
      settlements(),
      persons(),
      penalties(this.subnet, tempoOf(scenario)),
      sealedReports(),
      liveness(),
      emissions({ ...SUBNET_DEFAULTS, ...scenario.chain }.emissionPerBlock),
    ]);
  }

  /** Everyone registers, stakes and begins; then people, faults and the record do. */
  async start(): Promise<void> {
    const { scenario, collector, tellFault } = this.#options;
    await runUntilDone(this.#clock, this.subnet.start());
    this.#start = this.#clock.now();
    this.#passed = this.#start;
    const recorder = collector && new Recorder(collector, this.subnet, this.#start);
    this.#recorder = recorder;
    const { observer } = this.subnet;
    observer.listen((happening) => this.#homecoming.see(happening));
    const unlisten = observer.listen((happening) => {
      this.#endingWith(() => {
        this.#history.add(happening);
        this.#checks.see(happening);
        recorder?.see(happening);
      });
    });
    const epochs = this.#chain.epochs.subscribe((epoch) => {
      this.#endingWith(() => {
        this.#checks.turn(epoch, this.#clock.now());
        recorder?.turn(epoch, this.#clock.now());
      });
    });
    const endFaults = scheduleFaults(scenario, {
      clock: this.#clock,
      subnet: this.subnet,
      line: this.#line,
      outages: this.#outages,
      random: this.#random.fork('faults'),
      start: this.#start,
      tell: (event) => tellFault?.(event),
    });
    this.#watching.push(unlisten, () => epochs.unsubscribe(), endFaults);
    this.#people(this.subnet.nodes.filter(({ plan }) => plan.role === 'buyer'));
    if (this.#passed >= this.#end()) await this.#finish();
  }

  /**
   * Those who watch are kept apart from those they watch, who must not fail with them. But a record
   * with a hole in it would be worse than none: a full disk ends the run.
   */
  #endingWith(watch: () => void): void {
    try {
      watch();
    } catch (trouble) {
      this.#clock.at(this.#clock.now(), () => {
        throw trouble;
      });
    }
  }

  /** What it is a run of. */
  get options(): Pick<RunOptions, 'scenario' | 'seed'> {
    return this.#options;
  }

  /** When virtual time began, for telling instants as times since then. */
  get began(): Instant {
    return this.#start;
  }

  get progress(): Progress {
    return {
      virtual: this.#result?.virtual ?? ((this.#clock.now() - this.#start) as Duration),
      of: this.#options.scenario.duration,
      events: this.#history.events,
    };
  }

  /** How it went; undefined until it has come to its end. */
  get result(): RunResult | undefined {
    return this.#result;
  }

  /**
   * Goes on to a virtual time since the beginning and through all that happens at it, or stops
   * short of that once `enough`, looked at before each task. True where it got there or has ended.
   */
  async advance(until: Duration, enough?: () => boolean): Promise<boolean> {
    const end = this.#end();
    const goal = Math.min(later(this.#start, until), end);
    while (this.#result === undefined && this.#passed < goal) {
      const slice = (Math.floor((this.#passed - this.#start) / SLICE) + 1) * SLICE;
      const sliceEnd = Math.min(later(this.#start, slice as Duration), end);
      const to = Math.min(sliceEnd, goal) as Instant;
      if (!(await this.#runTo(to, enough))) return false;
      this.#passed = to;
      if (to < sliceEnd) continue;
      this.#options.tell?.(this.progress);
      if (to === end || this.#checks.first !== undefined) await this.#finish();
    }
    return true;
  }

  /** Goes on until at least so many more events have happened: some tasks bring several. */
  async step(events: number): Promise<void> {
    const goal = this.#history.events + events;
    await this.advance(this.#options.scenario.duration, () => this.#history.events >= goal);
  }

  /** Ends its threads, if it has any. */
  async close(): Promise<void> {
    await Promise.all([this.#lots?.close(), this.#findings.close()]);
  }

  async #runTo(to: Instant, enough: (() => boolean) | undefined): Promise<boolean> {
    if (enough === undefined) return (await this.#clock.run(to)) === 'reached';
    return this.#clock.runThrough(to, enough);
  }

  async #finish(): Promise<void> {
    this.#checks.end(this.#clock.now());
    this.#recorder?.end(this.#chain.view.latest.head.number, this.#clock.now());
    this.#kill();
    const { virtual, events } = this.progress;
    const result: RunResult = {
      digest: this.#history.digest(),
      events,
      virtual,
      start: this.#start,
      counts: this.subnet.observer.counts(),
      queries: this.#queries,
      answered: this.#answered,
      leads: this.#leads,
      looked: this.#lots?.counts() ?? { batches: 0, lots: 0 },
    };
    const violation = this.#checks.first ?? (await this.#lostAfterAll());
    this.subnet.stop();
    this.#result = violation === undefined ? result : { ...result, violation };
  }

  /** Ends all actors. What is under way to them is still seen to arrive. */
  #kill(): void {
    for (const { hotkey } of this.subnet.nodes) this.subnet.kill(hotkey);
  }

  /** After the end, what is under way arrives where nobody is: has every message come home? */
  async #lostAfterAll(): Promise<Violation | undefined> {
    const at = this.#clock.now();
    for (const end of this.#watching) end();
    // A fault that would have ended later has brought its nodes back.
    this.#kill();
    const latest = later(at, HOMECOMING);
    while (this.#messages.underWay() > 0 && this.#clock.now() < latest) {
      await this.#clock.run(later(this.#clock.now(), seconds(10)));
    }
    this.#homecoming.end(at);
    return this.#homecoming.first;
  }

  #end(): Instant {
    return later(this.#start, this.#options.scenario.duration);
  }

  /** A buyer's person asks at times of its own, half as long apart to one and a half times. */
  #people(buyers: readonly SubnetNode[]): void {
    const { queriesPerDay } = this.#options.scenario.demand;
    if (queriesPerDay === 0) return;
    const apart = Math.floor(86_400_000 / queriesPerDay);
    // By name: whose turn is first at one instant must not hang on who was created first.
    const people = buyers
      .toSorted((a, b) => (a.plan.name < b.plan.name ? -1 : 1))
      .map((buyer) => this.#person(buyer));
    const next = (person: number, least: number): void => {
      const random = people[person]?.random;
      invariant(random !== undefined, 'a person is one of them');
      const until = later(this.#clock.now(), (least + below(random, apart)) as Duration);
      this.#clock.wait(lane, person, until);
    };
    const lane = this.#clock.lane('person', people.length, (person) => {
      people[person]?.ask();
      next(person, Math.floor(apart / 2));
    });
    for (const person of people.keys()) next(person, 0);
  }

  #person({ plan: { name }, hotkey }: SubnetNode): {
    readonly random: Random;
    readonly ask: () => void;
  } {
    const { scenario, seed } = this.#options;
    const random = this.#random.fork(`person ${name}`);
    const rate = rateOf(scenario, (node) => mockKey(`sim/${seed}/${node}`).hotkey)(name);
    const ask = (): void => {
      this.#queries++;
      const industry = INDUSTRIES[below(random, INDUSTRIES.length)];
      const { leads, sealed } = scenario.demand;
      const want = { leads, ...(industry && { industry }), ...(sealed && { sealed }) };
      this.subnet.ask(want, hotkey).subscribe((answer) => {
        if (answer.leads.length > 0) this.#answered++;
        this.#leads += answer.leads.length;
        const rating = rate(answer, random.fork(`rating ${answer.query}`));
        if (rating === undefined) return;
        const wait = below(random.fork(`when ${answer.query}`), RATED_WITHIN) as Duration;
        const say = (): void => this.subnet.rate(answer.query, rating, hotkey);
        this.#clock.at(later(this.#clock.now(), wait), say, name);
      });
    };
    return { random, ask };
  }
}
