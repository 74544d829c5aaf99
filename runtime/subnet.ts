/**
 * A whole subnet in one process: a chain, a line, and a node for each participant, every one on a
 * host of its own. The demo is one on virtual time; so is a simulation.
 *
 *     fund ──▶ register ──▶ stake ──▶ permit ──▶ begin ──▶ ask
 *
 * Nothing is granted that the rules ask for: each hotkey registers and stakes by the chain's calls.
 */
import {
  concat,
  defer,
  EMPTY,
  filter,
  first,
  ignoreElements,
  merge,
  type Observable,
  of,
  Subject,
  take,
} from 'rxjs';
import type { QueryAnswer, Random } from '../actors/actor.ts';
import { buyer, type BuyerState } from '../actors/buyer.ts';
import { miner, type MinerState } from '../actors/miner.ts';
import { pool, type PoolState } from '../actors/pool.ts';
import { validator, type ValidatorState } from '../actors/validator.ts';
import { addressOf, type Address, type Envelope, type Role } from '../protocols/messages.ts';
import { neuronOf, type Metagraph } from '../protocols/metagraph.ts';
import type { Want } from '../protocols/query.ts';
import { BUYER_STAKE, VALIDATOR_STAKE } from '../protocols/rules/eligibility.ts';
import type { Coldkey, Duration, Hotkey, QueryId, Rao } from '../protocols/units.ts';
import { tao } from '../protocols/units.ts';
import { blockPort, setWeightsPort, stakePort, type InMemoryChain } from './chain/in-memory.ts';
import type { Clock, Host, ServicePort, ServicePorts } from './host.ts';
import { mockKey, notary, type MockKey } from './notary.ts';
import { Observer } from './observe.ts';
import type { Running } from './running.ts';
import { spawn, systemOf } from './spawn.ts';
import { InProcessBus } from './transport/in-process.ts';

export interface SubnetOptions {
  /** Where keys and the line's delays begin. */
  readonly seed: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly chain: InMemoryChain;
  /** One miner for each source of leads. */
  readonly miners: readonly ServicePort<'source'>[];
  readonly validators: number;
  readonly pools: number;
  readonly buyers: number;
  /** Epochs from one of a validator's own queries to the next; 0 = never. */
  readonly queryEvery: number;
  readonly audit: ServicePort<'audit'>;
  readonly verify: ServicePort<'verify'>;
  /** Whether bytes cross the line, or the bodies themselves. */
  readonly codec: 'wire' | 'reference';
  readonly delay?: (from: Address, to: Address) => Duration;
  /** TAO staked by a validator, pool and buyer in place of what the rules ask for. */
  readonly stakes?: Partial<Record<Role, Rao>>;
}

/** A participant and the actors that it runs. */
export interface SubnetNode {
  /** `miner-1`, `validator-2`, … */
  readonly name: string;
  readonly role: Role;
  readonly hotkey: Hotkey;
  readonly coldkey: Coldkey;
  readonly host: Host;
}

/** More than a node needs: registration is burnt, stake is staked, the rest is change. */
const PURSE = tao(1_000);

export class Subnet {
  readonly nodes: readonly SubnetNode[];
  readonly observer: Observer = new Observer();
  readonly bus: InProcessBus;
  readonly #options: SubnetOptions;
  readonly #answers = new Subject<QueryAnswer>();
  readonly #names = new Map<Hotkey, string>();
  readonly #miners = new Map<Hotkey, Running<MinerState>>();
  readonly #validators = new Map<Hotkey, Running<ValidatorState>>();
  readonly #pools = new Map<Hotkey, Running<PoolState>>();
  readonly #buyers = new Map<Hotkey, Running<BuyerState>>();
  #nonce = 0;

  constructor(options: SubnetOptions) {
    this.#options = options;
    const { seed, clock, codec, delay, miners, validators, pools, buyers } = options;
    const plan: readonly (readonly [Role, number])[] = [
      ['miner', miners.length],
      ['validator', validators],
      ['pool', pools],
      ['buyer', buyers],
    ];
    const named = plan.flatMap(([role, count]) =>
      Array.from({ length: count }, (_, index) => {
        const name = `${role}-${index + 1}`;
        return { name, role, index, key: mockKey(`${seed}/${name}`) };
      }),
    );
    this.bus = new InProcessBus({
      clock,
      codec,
      notary: notary(named.map(({ key }) => key)),
      ...(delay === undefined ? {} : { delay }),
    });
    this.nodes = named.map(({ name, role, index, key }) => this.#node(name, role, index, key));
    for (const { name, hotkey } of this.nodes) this.#names.set(hotkey, name);
  }

  /** Registers and stakes every node, then begins its actors; completes when all have begun. */
  start(): Observable<never> {
    return concat(
      merge(...this.nodes.map((node) => this.#enrol(node))),
      this.#permits(),
      defer(() => {
        for (const node of this.nodes) this.#begin(node);
        return of();
      }),
    ).pipe(ignoreElements());
  }

  /** A person's question to a buyer; emits the answer once. */
  ask(want: Want, by: Hotkey = this.#first('buyer')): Observable<QueryAnswer> {
    return defer(() => {
      const nonce = this.#nonce++;
      const self = addressOf('buyer', by);
      this.#buyers.get(by)?.tell(this.#local('want', self, { want, nonce }));
      return this.#answers.pipe(
        filter((answer) => answer.nonce === nonce),
        take(1),
      );
    });
  }

  /** A person's rating, 1 to 10, of what a buyer got. */
  rate(query: QueryId, rating: number, by: Hotkey = this.#first('buyer')): void {
    const self = addressOf('buyer', by);
    this.#buyers.get(by)?.tell(this.#local('rating', self, { query, rating }));
  }

  /** What a hotkey is called here; the hotkey itself where it is a stranger's. */
  nameOf(hotkey: Hotkey): string {
    return this.#names.get(hotkey) ?? hotkey;
  }

  hotkeyOf(name: string): Hotkey {
    const node = this.nodes.find((one) => one.name === name);
    if (node === undefined) throw new Error(`no node is called ${name}`);
    return node.hotkey;
  }

  /** A validator's actor, for looking into. */
  validatorAt(hotkey: Hotkey): Running<ValidatorState> | undefined {
    return this.#validators.get(hotkey);
  }

  poolAt(hotkey: Hotkey): Running<PoolState> | undefined {
    return this.#pools.get(hotkey);
  }

  /** Ends a node at once, as a machine that goes away would. It stays registered. */
  kill(hotkey: Hotkey): void {
    for (const actors of [this.#miners, this.#validators, this.#pools, this.#buyers]) {
      actors.get(hotkey)?.stop();
    }
  }

  stop(): void {
    for (const { host } of this.nodes) systemOf(host).stop();
  }

  #node(name: string, role: Role, index: number, key: MockKey): SubnetNode {
    const { clock, random, chain, seed } = this.#options;
    const host: Host = {
      clock,
      random: random.fork(name),
      transport: this.bus.transport(),
      chain,
      services: this.#services(role, index),
      observer: this.observer,
    };
    const coldkey = mockKey(`${seed}/${name}/cold`).hotkey as string as Coldkey;
    return { name, role, hotkey: key.hotkey, coldkey, host };
  }

  #services(role: Role, index: number): ServicePorts {
    const { chain, audit, verify, miners } = this.#options;
    const source = role === 'miner' ? miners[index] : undefined;
    return {
      block: blockPort(chain),
      stake: stakePort(chain),
      setWeights: setWeightsPort(chain),
      audit,
      verify,
      answer: (answer) =>
        defer(() => {
          this.#answers.next(answer);
          return of(null);
        }),
      ...(source === undefined ? {} : { source }),
    };
  }

  /** What a participant does before it takes part. A buyer stakes and is best not registered. */
  #enrol({ role, hotkey, coldkey }: SubnetNode): Observable<unknown> {
    const { chain, stakes = {} } = this.#options;
    const funded = chain.fund(coldkey, PURSE);
    const staked = (amount: Rao): Observable<unknown> =>
      chain.addStake({ coldkey, hotkey, amount });
    if (role === 'buyer') return concat(funded, staked(stakes.buyer ?? BUYER_STAKE));

    // Each waits for the block of the one before.
    const enrolled = concat(funded, chain.register({ coldkey, hotkey, roles: [role] }));
    return role === 'miner' ? enrolled : concat(enrolled, staked(stakes[role] ?? VALIDATOR_STAKE));
  }

  /** Where validating takes a permit, an epoch has to turn before there are any. */
  #permits(): Observable<unknown> {
    const { chain } = this.#options;
    const validators = this.nodes.filter(({ role }) => role === 'validator' || role === 'pool');
    const arePermitted = (metagraph: Metagraph): boolean =>
      !metagraph.permitsRequired ||
      validators.every(({ hotkey }) => neuronOf(metagraph, hotkey)?.permit === true);
    return defer(() =>
      arePermitted(chain.view.latest) ? EMPTY : chain.heads.pipe(first(arePermitted)),
    );
  }

  #begin({ role, hotkey, host }: SubnetNode): void {
    switch (role) {
      case 'miner':
        this.#miners.set(hotkey, spawn(host, miner, addressOf('miner', hotkey)));
        break;
      case 'validator': {
        this.#validators.set(hotkey, spawn(host, validator, addressOf('validator', hotkey)));
        const { queryEvery } = this.#options;
        if (queryEvery === 0) break;
        // Beside itself, under its own hotkey, it runs a buyer that keeps the pool full.
        const own = buyer({ account: 'validator', queryEvery });
        this.#buyers.set(hotkey, spawn(host, own, addressOf('buyer', hotkey)));
        break;
      }
      case 'pool':
        this.#pools.set(hotkey, spawn(host, pool, addressOf('pool', hotkey)));
        break;
      case 'buyer': {
        const own = buyer({ account: 'buyer', queryEvery: 0 });
        this.#buyers.set(hotkey, spawn(host, own, addressOf('buyer', hotkey)));
        break;
      }
    }
  }

  #local<K extends 'want' | 'rating'>(
    kind: K,
    self: Address<'buyer'>,
    body: Envelope<K>['body'],
  ): Envelope {
    const sentAt = this.#options.clock.now();
    return { kind, from: self, to: self, sentAt, body };
  }

  #first(role: Role): Hotkey {
    const node = this.nodes.find((one) => one.role === role);
    if (node === undefined) throw new Error(`this subnet has no ${role}`);
    return node.hotkey;
  }
}
