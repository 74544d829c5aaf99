/**
 * What is known of the subnet now and before, kept up through forks, lost connections and new
 * runtimes.
 *
 *     session ──ends──▶ stale ──▶ 1 s, 2 s, … 60 s ──▶ session of the same chain ──▶ fresh
 *
 * What has come stays as it was while nothing new comes, and `condition` says since when and why.
 */
import { BehaviorSubject, Subject } from 'rxjs';
import type { ChainView, Metagraph } from '../../../protocols/metagraph.ts';
import { later, seconds, type Duration, type Instant } from '../../../protocols/units.ts';
import { WorldError } from '../../cli/trouble.ts';
import { ServiceFault, type Cancel, type Clock } from '../../host.ts';
import { follow, hashIn, type Link } from './follow.ts';
import { History } from './history.ts';
import { Peers } from './peers.ts';
import { pause, reasonOf, Session } from './session.ts';
import { numberIn } from './submit.ts';
import { Keys, readSubnet, type SubnetState } from './subnet-state.ts';

export interface TrackerOptions {
  readonly endpoint: string;
  readonly netuid: number;
  readonly clock: Clock;
  /** How long the node may take to answer; 5 s where absent, so that a dead one is found in 10. */
  readonly patience?: Duration;
}

/** Whether what the view says is of now. */
export type Condition =
  | { readonly is: 'fresh' }
  | { readonly is: 'stale'; readonly since: Instant; readonly why: string };

/** A lost connection is tried again after 1, 2, 4 … and at last 60 s. */
const FIRST_PAUSE = seconds(1);
const LONGEST_PAUSE = seconds(60);
/** Blocks come every 12 s: after five that did not, something is wrong with the node. */
const SILENCE = seconds(60);

export class Tracker {
  readonly condition: BehaviorSubject<Condition> = new BehaviorSubject<Condition>({ is: 'fresh' });
  readonly heads: Subject<Metagraph> = new Subject<Metagraph>();
  readonly peers: Peers = new Peers();
  /** 64 hex digits. */
  readonly genesis: string;
  readonly #options: TrackerOptions;
  readonly #keys: Keys;
  readonly #history: History;
  #session: Session;
  #state: SubnetState;
  /** The highest block that `heads` has shown: after a fork none is shown twice. */
  #shown: number;
  #isClosed = false;
  #isReadingOld = false;
  #alarm: Cancel = () => {};
  readonly #running: Promise<void>;

  private constructor(options: TrackerOptions, session: Session, keys: Keys, state: SubnetState) {
    this.#options = options;
    this.#keys = keys;
    this.#session = session;
    this.#state = state;
    this.genesis = session.genesis;
    this.#history = new History(state.metagraph);
    this.#shown = state.metagraph.head.number;
    this.#history.onWanted = () => void this.#readOld();
    this.#expectHead();
    this.#running = this.#run();
  }

  /** Rejects with a `WorldError` within 10 s where there is no such chain or subnet. */
  static async open(options: TrackerOptions): Promise<Tracker> {
    const { endpoint, netuid, clock, patience } = options;
    const session = await Session.open(endpoint, clock, patience);
    try {
      const number = numberIn(await session.send('chain_getHeader', []));
      const hash = hashIn(await session.send('chain_getBlockHash', [number]));
      const keys = new Keys((key) => session.api.registry.createType('AccountId', key).toString());
      const state = await readSubnet(session, netuid, { number, hash }, { keys, neurons: [] });
      if (state === undefined) {
        throw new WorldError(
          `the chain at ${endpoint} has no subnet ${netuid}: look at --netuid and --subtensor.network`,
        );
      }
      const tracker = new Tracker(options, session, keys, state);
      await tracker.peers.update(session, netuid, state.metagraph.neurons, state.axons, hash);
      return tracker;
    } catch (cause) {
      session.close();
      if (cause instanceof WorldError) throw cause;
      const what = `the chain at ${endpoint} cannot be read`;
      throw new WorldError(
        `${what} (${reasonOf(cause)}): name another node with --subtensor.chain_endpoint`,
        {
          cause,
        },
      );
    }
  }

  get view(): ChainView {
    return this.#history.view;
  }

  /** Of the newest block. */
  get state(): SubnetState {
    return this.#state;
  }

  /** Throws a `ServiceFault` where there is none now. */
  get session(): Session {
    if (this.#session.isOpen) return this.#session;
    const { value } = this.condition;
    const why = value.is === 'stale' ? value.why : 'the connection was just lost';
    throw new ServiceFault('unavailable', `the chain is not there: ${why}`);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#alarm();
    this.#session.close();
    await this.#running;
    this.heads.complete();
    this.condition.complete();
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      const session = this.#session;
      try {
        await follow(session, {
          hashOf: (block) => this.#history.peek(block)?.head.hash,
          newest: () => this.#history.latest.head.number,
          take: (link) => this.#take(session, link),
          failed: (cause) => this.#stale(`a block could not be read: ${reasonOf(cause)}`),
        });
      } catch (cause) {
        session.close(`${this.#options.endpoint} does not answer (${reasonOf(cause)})`);
      }
      if (this.#isClosed) return;
      this.#stale(await session.ended);
      await this.#reconnect();
    }
  }

  async #reconnect(): Promise<void> {
    const { endpoint, clock, patience } = this.#options;
    for (
      let wait: number = FIRST_PAUSE;
      !this.#isClosed;
      wait = Math.min(2 * wait, LONGEST_PAUSE)
    ) {
      await this.#pauseOrClose(wait as Duration);
      if (this.#isClosed) return;
      try {
        const session = await Session.open(endpoint, clock, patience);
        if (session.genesis === this.genesis && !this.#isClosed) {
          this.#session = session;
          this.#history.hope();
          return;
        }
        session.close();
        this.#stale(`${endpoint} leads to another chain now`);
      } catch (cause) {
        this.#stale(reasonOf(cause));
      }
    }
  }

  async #take(session: Session, { number, hash }: Link): Promise<void> {
    const { netuid } = this.#options;
    const { neurons } = this.#state.metagraph;
    const block = { number, hash };
    const state = await readSubnet(session, netuid, block, { keys: this.#keys, neurons });
    if (state === undefined) throw new Error(`the chain has no subnet ${netuid} any more`);
    await this.peers.update(session, netuid, state.metagraph.neurons, state.axons, hash);
    if (this.#isClosed) return;

    this.#state = state;
    this.#history.advance(state.metagraph);
    this.#fresh(state.metagraph);
    if (number <= this.#shown) return;
    this.#shown = number;
    this.heads.next(state.metagraph);
  }

  /** One at a time: whoever follows from far back asks for many. */
  async #readOld(): Promise<void> {
    if (this.#isReadingOld) return;
    this.#isReadingOld = true;
    for (;;) {
      const number = this.#history.nextWanted();
      if (number === undefined || !this.#session.isOpen) break;
      try {
        const hash = hashIn(await this.#session.send('chain_getBlockHash', [number]));
        const before = { keys: this.#keys, neurons: this.#state.metagraph.neurons };
        const { netuid } = this.#options;
        const state = await readSubnet(this.#session, netuid, { number, hash }, before);
        if (state === undefined) this.#history.giveUp(number);
        else this.#history.replace(state.metagraph);
      } catch {
        this.#history.giveUp(number);
      }
    }
    this.#isReadingOld = false;
  }

  #fresh({ head }: Metagraph): void {
    const { clock } = this.#options;
    this.#expectHead();
    const age = clock.now() - head.time;
    if (age > SILENCE) {
      const old = `its newest block is ${Math.round(age / 1_000)} s old`;
      this.#stale(`${old}: the node is behind, or this machine's clock is ahead`);
    } else if (this.condition.value.is === 'stale') this.condition.next({ is: 'fresh' });
  }

  #stale(why: string): void {
    if (this.#isClosed) return;
    const { value } = this.condition;
    const since = value.is === 'stale' ? value.since : this.#options.clock.now();
    if (value.is === 'stale' && value.why === why) return;
    this.condition.next({ is: 'stale', since, why });
  }

  #expectHead(): void {
    const { clock } = this.#options;
    this.#alarm();
    const silence = `no new block for ${SILENCE / 1_000} s`;
    this.#alarm = clock.at(later(clock.now(), SILENCE), () => this.#stale(silence), 'chain');
  }

  /** A closed chain waits for nothing. */
  async #pauseOrClose(by: Duration): Promise<void> {
    const { clock } = this.#options;
    const until = later(clock.now(), by);
    const step = seconds(1);
    while (!this.#isClosed && clock.now() < until) {
      await pause(clock, Math.min(step, until - clock.now()) as Duration);
    }
  }
}
