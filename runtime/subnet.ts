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
import type { Actor, QueryAnswer, Random, Service } from '../actors/actor.ts';
import { buyer } from '../actors/buyer.ts';
import { miner } from '../actors/miner.ts';
import { pool, type PoolState } from '../actors/pool.ts';
import { validator, type ValidatorState } from '../actors/validator.ts';
import { addressOf, type Address, type Envelope, type Role } from '../protocols/messages.ts';
import { neuronOf, type Metagraph } from '../protocols/metagraph.ts';
import type { Want } from '../protocols/query.ts';
import type { Owner } from '../protocols/rules/penalty-events.ts';
import { BUYER_STAKE, VALIDATOR_STAKE } from '../protocols/rules/eligibility.ts';
import type { Coldkey, Hotkey, QueryId, Rao } from '../protocols/units.ts';
import { tao } from '../protocols/units.ts';
import { blockPort, setWeightsPort, stakePort, type InMemoryChain } from './chain/in-memory.ts';
import type { Clock, Host, ServicePorts, Transport } from './host.ts';
import { mockKey, notary, type MockKey } from './notary.ts';
import { Observer } from './observe.ts';
import type { Recorder } from './recording.ts';
import type { Running } from './running.ts';
import { spawn, systemOf } from './spawn.ts';
import { InProcessBus, type BusOptions } from './transport/in-process.ts';

export interface SubnetOptions {
  /** Where keys begin. */
  readonly seed: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly chain: InMemoryChain;
  readonly nodes: readonly NodePlan[];
  /** What every node asks; a node's own services come before these. */
  readonly services: ServicePorts;
  /** Epochs from one of a validator's own queries to the next; 0 = never. */
  readonly queryEvery: number;
  /** Whether bytes cross the line, or the bodies themselves. */
  readonly codec: BusOptions['codec'];
  readonly delay?: NonNullable<BusOptions['delay']>;
  /** Keeps what the node of a name is; it is forgotten with the process where absent. */
  readonly recorder?: (name: string) => Recorder | undefined;
  /** In place of the line of this process: each node's own side of another. */
  readonly transportOf?: (name: string) => Transport;
  /** In place of `delay`: a line that may lose, repeat and reorder. */
  readonly line?: NonNullable<BusOptions['line']>;
}

/** Who is to take part, and how it differs from the honest one, where it does. */
export type NodePlan =
  | Planned<'miner', typeof miner>
  | Planned<'validator', typeof validator>
  | Planned<'pool', typeof pool>
  | Planned<'buyer', ReturnType<typeof buyer>>;

interface Planned<R extends Role, A> {
  readonly role: R;
  /** Unique; `miner-1`. Keys and chance follow from it. */
  readonly name: string;
  readonly services?: ServicePorts;
  /** What it stakes; what its role asks for, where absent. */
  readonly stake?: Rao;
  /** Makes another behaviour of the honest one. */
  readonly behave?: (honest: A) => A;
}

/** So many honest nodes of a role, numbered from 1. */
export const honest = <R extends Role>(
  role: R,
  count: number,
): readonly (NodePlan & { role: R })[] =>
  Array.from(
    { length: count },
    (_, index) => ({ role, name: `${role}-${index + 1}` }) as NodePlan & { role: R },
  );

/** A participant: its keys, and the host that its actors run on. */
export interface SubnetNode {
  readonly plan: NodePlan;
  readonly hotkey: Hotkey;
  readonly coldkey: Coldkey;
  readonly host: Host;
}

const ROLES = ['miner', 'validator', 'pool', 'buyer'] as const;

/** More than a node needs: registration is burnt, stake is staked, the rest is change. */
const PURSE = tao(1_000);

export class Subnet {
  readonly nodes: readonly SubnetNode[];
  readonly observer: Observer = new Observer();
  readonly bus: InProcessBus;
  readonly #options: SubnetOptions;
  readonly #answers = new Subject<QueryAnswer>();
  readonly #byHotkey = new Map<Hotkey, SubnetNode>();
  readonly #running = new Map<Address, Running<unknown>>();
  #nonce = 0;

  constructor(options: SubnetOptions) {
    this.#options = options;
    const { seed, clock, codec, delay, line } = options;
    const keyed = options.nodes.map((plan) => ({ plan, key: mockKey(`${seed}/${plan.name}`) }));
    this.bus = new InProcessBus({
      clock,
      codec,
      notary: notary(keyed.map(({ key }) => key)),
      ...(delay === undefined ? {} : { delay }),
      ...(line === undefined ? {} : { line }),
    });
    this.nodes = keyed.map(({ plan, key }) => this.#node(plan, key));
    for (const node of this.nodes) this.#byHotkey.set(node.hotkey, node);
  }

  /** Registers and stakes every node, then begins its actors; completes when all have begun. */
  start(): Observable<never> {
    return concat(
      merge(...this.nodes.map((node) => this.#enrol(node))),
      this.#permits(),
      defer(() => {
        for (const { hotkey } of this.nodes) this.begin(hotkey);
        return EMPTY;
      }),
    ).pipe(ignoreElements());
  }

  /** A person's question to a buyer; emits the answer once. */
  ask(want: Want, by: Hotkey = this.#first('buyer')): Observable<QueryAnswer> {
    return defer(() => {
      const nonce = this.#nonce++;
      const self = addressOf('buyer', by);
      this.#running.get(self)?.tell(this.#local('want', self, { want, nonce }));
      return this.#answers.pipe(
        filter((answer) => answer.nonce === nonce),
        take(1),
      );
    });
  }

  /** A person's rating, 1 to 10, of what a buyer got. */
  rate(query: QueryId, rating: number, by: Hotkey = this.#first('buyer')): void {
    const self = addressOf('buyer', by);
    this.#running.get(self)?.tell(this.#local('rating', self, { query, rating }));
  }

  /** What a hotkey is called here; the hotkey itself where it is a stranger's. */
  nameOf(hotkey: Hotkey): string {
    return this.#byHotkey.get(hotkey)?.plan.name ?? hotkey;
  }

  /** The coldkey of a hotkey that takes part here, registered or not. */
  readonly ownerOf = (hotkey: Hotkey): Owner =>
    (neuronOf(this.#options.chain.view.latest, hotkey)?.coldkey ?? hotkey) as string as Owner;

  hotkeyOf(name: string): Hotkey {
    const node = this.nodes.find(({ plan }) => plan.name === name);
    if (node === undefined) throw new Error(`no node is called ${name}`);
    return node.hotkey;
  }

  /** A validator's actor, for looking into; undefined where it does not run. */
  validatorAt(hotkey: Hotkey): Running<ValidatorState> | undefined {
    return this.#at<ValidatorState>(addressOf('validator', hotkey));
  }

  poolAt(hotkey: Hotkey): Running<PoolState> | undefined {
    return this.#at<PoolState>(addressOf('pool', hotkey));
  }

  /** Ends a node's actors at once, as a machine that goes away would. It stays registered. */
  kill(hotkey: Hotkey): void {
    for (const role of ROLES) this.#running.get(addressOf(role, hotkey))?.stop();
  }

  /** Begins a node's actors, with nothing of what they knew before. */
  begin(hotkey: Hotkey): void {
    const node = this.#byHotkey.get(hotkey);
    if (node === undefined) throw new Error(`no node has the hotkey ${hotkey}`);
    const { plan } = node;
    const { queryEvery } = this.#options;
    switch (plan.role) {
      case 'miner':
        this.#spawn(node, changed(miner, plan.behave));
        break;
      case 'pool':
        this.#spawn(node, changed(pool, plan.behave));
        break;
      case 'buyer':
        this.#spawn(node, changed(buyer({ account: 'buyer', queryEvery: 0 }), plan.behave));
        break;
      case 'validator':
        this.#spawn(node, changed(validator, plan.behave));
        // Beside itself, under its own hotkey, it runs a buyer that keeps the pool full.
        if (queryEvery > 0) this.#spawn(node, buyer({ account: 'validator', queryEvery }));
        break;
    }
  }

  stop(): void {
    for (const { host } of this.nodes) systemOf(host).stop();
  }

  #node(plan: NodePlan, { hotkey }: MockKey): SubnetNode {
    const { clock, random, chain, seed, transportOf } = this.#options;
    const recorder = this.#options.recorder?.(plan.name);
    const host: Host = {
      clock,
      random: random.fork(plan.name),
      transport: transportOf?.(plan.name) ?? this.bus.transport(),
      chain,
      services: { ...this.#services(), ...plan.services },
      observer: this.observer,
      ...(recorder && { recorder }),
    };
    const coldkey = mockKey(`${seed}/${plan.name}/cold`).hotkey as string as Coldkey;
    return { plan, hotkey, coldkey, host };
  }

  #services(): ServicePorts {
    const { chain, services } = this.#options;
    return {
      block: blockPort(chain),
      stake: stakePort(chain),
      setWeights: setWeightsPort(chain),
      answer: (answer) =>
        defer(() => {
          this.#answers.next(answer);
          return of(null);
        }),
      ...services,
    };
  }

  /** What a participant does before it takes part. A buyer stakes and is best not registered. */
  #enrol({ plan, hotkey, coldkey }: SubnetNode): Observable<unknown> {
    const { chain } = this.#options;
    const { role, stake } = plan;
    const funded = chain.fund(coldkey, PURSE);
    const staked = (amount: Rao): Observable<unknown> =>
      chain.addStake({ coldkey, hotkey, amount });
    if (role === 'buyer') return concat(funded, staked(stake ?? BUYER_STAKE));

    // Each waits for the block of the one before.
    const enrolled = concat(funded, chain.register({ coldkey, hotkey, roles: [role] }));
    return role === 'miner' ? enrolled : concat(enrolled, staked(stake ?? VALIDATOR_STAKE));
  }

  /** Where validating takes a permit, an epoch has to turn before there are any. */
  #permits(): Observable<unknown> {
    const { chain } = this.#options;
    const validators = this.nodes.filter(
      ({ plan: { role } }) => role === 'validator' || role === 'pool',
    );
    const arePermitted = (metagraph: Metagraph): boolean =>
      !metagraph.permitsRequired ||
      validators.every(({ hotkey }) => neuronOf(metagraph, hotkey)?.permit === true);
    return defer(() =>
      arePermitted(chain.view.latest) ? EMPTY : chain.heads.pipe(first(arePermitted)),
    );
  }

  #spawn<R extends Role, State, Uses extends Service>(
    { host, hotkey }: SubnetNode,
    actor: Actor<R, State, Uses>,
  ): void {
    const self = addressOf(actor.role, hotkey);
    this.#running.set(self, spawn(host, actor, self));
  }

  #at<State>(address: Address): Running<State> | undefined {
    // An address names the role, and with it what state its actor has.
    return this.#running.get(address) as Running<State> | undefined;
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
    const node = this.nodes.find(({ plan }) => plan.role === role);
    if (node === undefined) throw new Error(`this subnet has no ${role}`);
    return node.hotkey;
  }
}

const changed = <A>(actor: A, behave: ((honest: A) => A) | undefined): A =>
  behave?.(actor) ?? actor;
