/**
 * One connection to a node of the chain, with the runtime as it was when the connection was made.
 *
 *     connect ──▶ metadata ──▶ calls compared ──▶ in use ──▶ ended: gone, silent, or a new runtime
 *
 * It ends once and for good; who wants to go on opens another one, which reads everything anew. So
 * there is one way back, whether the node went away or the runtime was replaced under us.
 *
 * @polkadot/api makes and reads the bytes; the asking is done here, without its own subscriptions
 * and reconnecting: it logs to the console, and retries for ever.
 */
import type { ApiPromise, WsProvider } from '@polkadot/api';
import { later, seconds, type Duration } from '../../../protocols/units.ts';
import type { Clock } from '../../host.ts';
import { WorldError } from '../../cli/trouble.ts';
import { checkCalls } from './calls.ts';

/** What the node answers within, or it is given up: with `HEARTBEAT` before it, under 10 s. */
const PATIENCE: Duration = seconds(5);
/** A connection is tried, and all it needs is read, within this. */
const OPENING: Duration = seconds(9);
/** How often a node that says nothing is asked whether it is there. */
const HEARTBEAT: Duration = seconds(4);

/** What a codec of @polkadot/api is good for here. */
export interface Decoded {
  toU8a(isBare?: boolean): Uint8Array;
  toString(): string;
  toJSON(): unknown;
}

/** `0x` and hex digits, as the node writes bytes. */
export type Hex = `0x${string}`;
export const hexOf = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString('hex')}`;

/** Whether commits can be made, beside the connection itself. */
interface Parts {
  readonly api: ApiPromise;
  readonly provider: WsProvider;
  readonly clock: Clock;
  readonly endpoint: string;
  readonly canCommit: boolean;
  readonly patience: Duration;
}

export class Session {
  readonly api: ApiPromise;
  readonly canCommit: boolean;
  /** Resolves with the reason as soon as it is of no more use; never rejects. */
  readonly ended: Promise<string>;
  readonly #provider: WsProvider;
  readonly #clock: Clock;
  readonly #endpoint: string;
  readonly #patience: Duration;
  #end: (why: string) => void = () => {};
  #isOpen = true;

  private constructor({ api, provider, clock, endpoint, canCommit, patience }: Parts) {
    this.api = api;
    this.canCommit = canCommit;
    this.#provider = provider;
    this.#clock = clock;
    this.#endpoint = endpoint;
    this.#patience = patience;
    this.ended = new Promise((resolve) => {
      this.#end = (why) => {
        if (!this.#isOpen) return;
        this.#isOpen = false;
        resolve(why);
        void hangUp(provider);
      };
    });
    provider.on('disconnected', () => this.#end('the connection was closed'));
    void this.#watch();
  }

  /** Throws a `WorldError` within 10 s where nobody answers, or somebody who is no such chain. */
  static async open(
    endpoint: string,
    clock: Clock,
    patience: Duration = PATIENCE,
  ): Promise<Session> {
    const opening = patience > PATIENCE ? patience : OPENING;
    const { ApiPromise, WsProvider } = await import('@polkadot/api');
    const provider = new WsProvider(endpoint, false, {}, opening);
    try {
      return await within(clock, opening, async () => {
        await Promise.all([provider.connect(), connected(provider)]);
        // Its own subscriptions would log and reconnect; ours are below.
        Object.defineProperty(provider, 'hasSubscriptions', { value: false });
        // Its types say otherwise of one optional field, in a way that only the strictest compiler sees.
        const over = provider as unknown as ProviderInterface;
        const api = new ApiPromise({ provider: over, noInitWarn: true, throwOnConnect: true });
        await api.isReadyOrError;
        const { canCommit } = checkCalls(api.tx);
        return new Session({ api, provider, clock, endpoint, canCommit, patience });
      });
    } catch (cause) {
      await hangUp(provider);
      if (cause instanceof WorldError) throw cause;
      throw new WorldError(
        `the chain does not answer at ${endpoint} (${reasonOf(cause)}): look at the network, or name another node with --subtensor.chain_endpoint`,
        { cause },
      );
    }
  }

  /** 64 hex digits. */
  get genesis(): string {
    return this.api.genesisHash.toHex().slice(2);
  }

  get specVersion(): number {
    return this.api.runtimeVersion.specVersion.toNumber();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** What the node answers; rejects with its error, or where it does not answer in time. */
  async send(method: string, params: readonly unknown[]): Promise<unknown> {
    if (!this.#isOpen) throw new Error('the connection is closed');
    return within(this.#clock, this.#patience, () => this.#provider.send(method, [...params]));
  }

  /** Until the function that comes back is called. Nothing more comes once the session has ended. */
  async subscribe(
    { type, method, stop }: Subscription,
    params: readonly unknown[],
    each: (result: unknown) => void,
  ): Promise<() => void> {
    if (!this.#isOpen) throw new Error('the connection is closed');
    let isWanted = true;
    const on = (error: Error | null, result: unknown): void => {
      if (isWanted && this.#isOpen && error === null) each(result);
    };
    const id = await within(this.#clock, this.#patience, () =>
      this.#provider.subscribe(type, method, [...params], on),
    );
    return () => {
      isWanted = false;
      if (this.#isOpen) this.#provider.unsubscribe(type, stop, id).catch(() => undefined);
    };
  }

  /** What a runtime's function comes to in a block, by the names of @polkadot/api. */
  async runtime(
    section: string,
    method: string,
    args: readonly unknown[],
    block: Hex,
  ): Promise<Decoded> {
    const call = this.api.call[section]?.[method];
    if (call === undefined) throw new Error(`the runtime has no ${section}.${method}`);
    const { registry } = this.api;
    const { params, name, type } = (call as unknown as { readonly meta: RuntimeCall }).meta;
    const bytes = params.map((param, index) =>
      registry.createTypeUnsafe(param.type, [args[index]]).toU8a(),
    );
    const result = await this.send('state_call', [name, hexOf(Buffer.concat(bytes)), block]);
    return registry.createTypeUnsafe(type, [bytesOf(result)]);
  }

  /** Of one map with many keys, in one go and in their order. */
  async storageOf(
    pallet: string,
    name: string,
    keys: readonly (readonly unknown[])[],
    block: Hex,
  ): Promise<readonly (Decoded | undefined)[]> {
    const entry = this.api.query[pallet]?.[name];
    if (entry === undefined) throw new Error(`the runtime has no ${pallet}.${name}`);
    const { type } = entry.creator.meta;
    const of = this.api.registry.createLookupType(type.isPlain ? type.asPlain : type.asMap.value);
    const hexes = keys.map((key) => entry.key(...key));
    const answer = await this.send('state_queryStorageAt', [hexes, block]);
    const [set] = answer as readonly { changes: readonly (readonly [string, string | null])[] }[];
    const values = new Map(set?.changes);
    return hexes.map((hex) => {
      const value = values.get(hex) ?? null;
      return value === null ? undefined : this.api.registry.createTypeUnsafe(of, [bytesOf(value)]);
    });
  }

  /** A value of the storage in a block; undefined where there is none, nor a default for it. */
  async storage(
    pallet: string,
    name: string,
    keys: readonly unknown[],
    block: Hex,
  ): Promise<Decoded | undefined> {
    const entry = this.api.query[pallet]?.[name];
    if (entry === undefined) throw new Error(`the runtime has no ${pallet}.${name}`);
    const { registry } = this.api;
    const { meta } = entry.creator;
    const { type, modifier, fallback } = meta;
    const result = await this.send('state_getStorage', [entry.key(...keys), block]);
    const of = registry.createLookupType(type.isPlain ? type.asPlain : type.asMap.value);
    if (result !== null) return registry.createTypeUnsafe(of, [bytesOf(result)]);
    return modifier.isOptional ? undefined : registry.createTypeUnsafe(of, [fallback.toU8a(true)]);
  }

  has(pallet: string, name: string): boolean {
    return this.api.query[pallet]?.[name] !== undefined;
  }

  close(why = 'it was closed'): void {
    this.#end(why);
  }

  /** A node that went away without a word is silent; and a runtime is replaced once in some weeks. */
  async #watch(): Promise<void> {
    try {
      await this.subscribe(RUNTIME_VERSIONS, [], (version) => {
        const spec = (version as { specVersion?: unknown } | null)?.specVersion;
        if (spec !== this.specVersion) this.#end(`the runtime is ${String(spec)} from now on`);
      });
      while (this.#isOpen) {
        await pause(this.#clock, HEARTBEAT);
        if (this.#isOpen) await this.send('system_chain', []);
      }
    } catch (cause) {
      this.#end(`${this.#endpoint} does not answer (${reasonOf(cause)})`);
    }
  }
}

export interface Subscription {
  readonly type: string;
  readonly method: string;
  readonly stop: string;
}
const RUNTIME_VERSIONS: Subscription = {
  type: 'state_runtimeVersion',
  method: 'state_subscribeRuntimeVersion',
  stop: 'state_unsubscribeRuntimeVersion',
};

type ProviderInterface = NonNullable<
  NonNullable<ConstructorParameters<typeof ApiPromise>[0]>['provider']
>;

interface RuntimeCall {
  readonly name: string;
  readonly type: string;
  readonly params: readonly { readonly type: string }[];
}

/** The most that one answer may take: a metagraph of 256 neurons has some 100 kB. */
const MAX_ANSWER = 8_000_000;

function bytesOf(result: unknown): Uint8Array {
  if (typeof result !== 'string' || !result.startsWith('0x') || result.length > 2 * MAX_ANSWER) {
    throw new Error('the node answered with what is no bytes, or too many');
  }
  return Buffer.from(result.slice(2), 'hex');
}

const connected = (provider: WsProvider): Promise<void> =>
  new Promise((resolve, reject) => {
    provider.on('connected', () => resolve());
    provider.on('disconnected', () => reject(new Error('nobody listens there')));
  });

const hangUp = (provider: WsProvider): Promise<void> =>
  provider.disconnect().catch(() => undefined);

export const reasonOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause))
    .split('\n', 1)[0]
    ?.slice(0, 200)
    .replaceAll(/\p{Cc}/gu, '?') ?? '';

export const pause = (clock: Clock, by: Duration): Promise<void> =>
  new Promise((resolve) => void clock.at(later(clock.now(), by), resolve, 'chain'));

function within<T>(clock: Clock, most: Duration, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new Error(`no answer in ${most / 1_000} s`));
    const cancel = clock.at(later(clock.now(), most), giveUp, 'chain');
    work().then(resolve, reject).finally(cancel);
  });
}
