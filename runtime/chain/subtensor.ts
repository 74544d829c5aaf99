/**
 * The real chain: a subnet of Subtensor, by way of a node that somebody runs.
 *
 *     node ──▶ tracker ──▶ view, heads, places, limits
 *     setWeights, serve ──▶ signed by a key of ours ──▶ pool ──▶ block ──▶ final ──▶ read back
 *
 * @polkadot/api takes two seconds and 200 MB to load, so it is loaded when a chain is opened and by
 * nothing else: neither mock mode nor a simulation ever does.
 */
import { defer, filter, from, map, Observable, of, Subject, take } from 'rxjs';
import type { ChainView, Head, Metagraph } from '../../protocols/metagraph.ts';
import { neuronOf } from '../../protocols/metagraph.ts';
import {
  later,
  minutes,
  type Block,
  type Hotkey,
  type Instant,
  type Rao,
} from '../../protocols/units.ts';
import { ServiceFault, type Clock } from '../host.ts';
import type { Axon, Endpoint, LiveChain } from '../live.ts';
import { endpointFrom, rolesOf, serveAxonTls, type ChainAxon } from './subtensor/axon.ts';
import { commitWeights, setWeights, type ChainCall } from './subtensor/calls.ts';
import { commitHash, newSalt, type Commit, type CommitStore } from './subtensor/commit.ts';
import { ChainRefusal } from './subtensor/refusal.ts';
import { releaseNumber } from './subtensor/release.ts';
import { revealDue, type ChainCommit, type CommitEnd } from './subtensor/reveal.ts';
import { reasonOf, type Decoded } from './subtensor/session.ts';
import type { ChainSigner } from './subtensor/signer.ts';
import { submit, type Landed } from './subtensor/submit.ts';
import { taoValue, type SubnetState } from './subtensor/subnet-state.ts';
import { Tracker, type Condition, type TrackerOptions } from './subtensor/tracker.ts';
import { isAsSent, planWeights, type Plan, type Weights } from './subtensor/weights.ts';

export type { Condition } from './subtensor/tracker.ts';

export interface SubtensorOptions extends TrackerOptions {
  /** The keys that this node signs with. */
  readonly signerOf: (hotkey: Hotkey) => ChainSigner | undefined;
  /** Where commits of a chain are kept; where absent, a subnet with commit-reveal gets no weights. */
  readonly commits?: (genesis: string) => CommitStore;
  /** Of this program, `1.2.3`: the version of axons, and the version key of weights. */
  readonly release: string;
}

/** What happened to calls of ours, for the log. */
export type ChainNote =
  | { readonly is: 'in block'; readonly call: string; readonly block: Block }
  | { readonly is: 'committed'; readonly commit: Commit; readonly block: Block }
  | { readonly is: 'trouble'; readonly why: string }
  | CommitEnd;

/** A call is final within a minute; a chain that takes longer than this is in trouble. */
const CALL_TIME = minutes(5);
/** Hotkeys asked for within one block: those of its buyers. */
const MOST_STAKES = 1_024;
/** An address of this chain has 47 or 48 letters; whatever is longer comes from somebody who is no good. */
const MAX_ADDRESS = 64;

/** Rejects with a `WorldError` within 10 s where there is no such chain or subnet. */
export async function openSubtensor(options: SubtensorOptions): Promise<SubtensorChain> {
  return new SubtensorChain(options, await Tracker.open(options));
}

export class SubtensorChain implements LiveChain {
  readonly netuid: number;
  readonly heads: Observable<Metagraph>;
  readonly notes: Observable<ChainNote>;
  readonly #tracker: Tracker;
  readonly #clock: Clock;
  readonly #signerOf: SubtensorOptions['signerOf'];
  readonly #commits: CommitStore | undefined;
  readonly #release: number;
  readonly #notes = new Subject<ChainNote>();
  /** Of each key the last call: two at once would bear the same number. */
  readonly #calls = new Map<string, Promise<unknown>>();
  readonly #closing = new AbortController();
  #stakes: { readonly at: string; readonly of: Map<Hotkey, Promise<Rao>> } = {
    at: '',
    of: new Map(),
  };

  constructor(options: SubtensorOptions, tracker: Tracker) {
    this.netuid = options.netuid;
    this.#tracker = tracker;
    this.#clock = options.clock;
    this.#signerOf = options.signerOf;
    this.#release = releaseNumber(options.release);
    this.#commits = options.commits?.(tracker.genesis);
    this.heads = tracker.heads.asObservable();
    this.notes = this.#notes.asObservable();
    if (this.#commits !== undefined) this.#revealFrom(this.#commits);
  }

  get view(): ChainView {
    return this.#tracker.view;
  }

  get genesis(): string {
    return this.#tracker.genesis;
  }

  /** Whether the view is of now; the newest first. */
  get condition(): Observable<Condition> {
    return this.#tracker.condition.asObservable();
  }

  /** The newest block with all that a person may want to know of it. */
  get state(): SubnetState {
    return this.#tracker.state;
  }

  /** What an account has that it can spend. Rejects with a `ServiceFault` where it cannot be read. */
  async balanceOf(address: string): Promise<Rao> {
    const account = await this.#tracker.session
      .storage('system', 'account', [address], this.#now)
      .catch((cause: unknown) => {
        const what = `the balance cannot be read: ${reasonOf(cause)}`;
        throw new ServiceFault('unavailable', what, { cause });
      });
    const filled = account?.toJSON() as { data: { free: string | number } } | undefined;
    return BigInt(filled?.data.free ?? 0) as Rao;
  }

  endpointOf(hotkey: Hotkey): Endpoint | undefined {
    return this.#tracker.peers.endpointOf(hotkey);
  }

  hotkeyOf(peerKey: Uint8Array): Hotkey | undefined {
    return this.#tracker.peers.hotkeyOf(peerKey);
  }

  /** The first block after an instant, as soon as it is there. Errors where it is too long ago. */
  after(instant: Instant): Observable<Head> {
    return defer(() => {
      const { latest } = this.view;
      if (latest.head.time > instant) return of(this.#firstAfter(instant, latest));
      return this.heads.pipe(
        filter(({ head }) => head.time > instant),
        take(1),
        map(({ head }) => head),
      );
    });
  }

  stake(hotkey: Hotkey): Observable<Rao> {
    return defer(() => {
      const neuron = neuronOf(this.view.latest, hotkey);
      return neuron === undefined ? from(this.#stakeOf(hotkey)) : of(neuron.stake);
    });
  }

  /** What is announced already is not announced again: a restart costs nothing. */
  serve(hotkey: Hotkey, axon: Axon): Observable<Block> {
    return this.#doing(async (signal) => {
      const since = this.#servedSince(hotkey, axon);
      if (since !== undefined) return since;
      const call = serveAxonTls(this.netuid, this.#release, axon);
      return (await this.#send(hotkey, call, signal)).block;
    });
  }

  /**
   * Emits the block in which the weights landed or, where the subnet wants them committed first, the
   * commit; they are revealed in the right epoch, also by a node that was started again.
   */
  setWeights(hotkey: Hotkey, weights: Weights): Observable<Block> {
    return this.#doing(async (signal) => {
      const { metagraph, limits } = this.#tracker.state;
      const versionKey = BigInt(this.#release);
      const plan = planWeights({ hotkey, weights, versionKey }, metagraph, limits);
      if (limits.commitReveal) return this.#commit(hotkey, plan, signal);

      const [uids, values] = columnsOf(plan.weights);
      const call = setWeights(this.netuid, uids, values, versionKey);
      const landed = await this.#send(hotkey, call, signal);
      await this.#readBack(plan.uid, plan.weights, landed);
      return landed.block;
    });
  }

  /** What a neuron set, as the chain has it in its newest block. */
  weightsOf(uid: number): Observable<Weights> {
    return defer(() => from(this.#weightsAt(uid, `0x${this.view.latest.head.hash}`)));
  }

  /** Signs and sends a call of a key of ours, one after the other; resolves when it is final. */
  async call(signer: ChainSigner, call: ChainCall): Promise<Landed> {
    return this.#sendBy(signer, call, this.#closing.signal);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#tracker.close();
    await Promise.allSettled(this.#calls.values());
    this.#notes.complete();
  }

  #firstAfter(instant: Instant, latest: Metagraph): Head {
    for (let { head } = latest; ;) {
      if (head.number === 0) return head;
      const before = this.view.at((head.number - 1) as Block);
      if (before === undefined) {
        throw new ServiceFault('unavailable', `the blocks before ${head.number} are not here`);
      }
      if (before.head.time <= instant) return head;
      ({ head } = before);
    }
  }

  /** Asked for once a block, however many queries a buyer sends. */
  #stakeOf(hotkey: Hotkey): Promise<Rao> {
    const { hash } = this.view.latest.head;
    if (this.#stakes.at !== hash) this.#stakes = { at: hash, of: new Map() };
    const { of: known } = this.#stakes;
    let found = known.get(hotkey);
    if (found === undefined) {
      if (known.size >= MOST_STAKES) {
        throw new ServiceFault('unavailable', 'too many hotkeys were asked for in this block');
      }
      found = this.#readStake(hotkey, hash);
      known.set(hotkey, found);
    }
    return found;
  }

  async #readStake(hotkey: Hotkey, hash: string): Promise<Rao> {
    const { session, state } = this.#tracker;
    if (!isAddress(session.api.registry, hotkey)) return 0n as Rao;
    const onSubnet = (netuid: number): Promise<Decoded | undefined> =>
      session.storage('subtensorModule', 'totalHotkeyAlpha', [hotkey, netuid], `0x${hash}`);
    try {
      const [alpha, root] = await Promise.all([onSubnet(this.netuid), onSubnet(ROOT)]);
      const amounts = [alpha, root].map((amount) => BigInt(amount?.toString() ?? 0));
      return taoValue(amounts[0] ?? 0n, amounts[1] ?? 0n, state.price);
    } catch (cause) {
      throw new ServiceFault('unavailable', `the stake cannot be read: ${reasonOf(cause)}`, {
        cause,
      });
    }
  }

  #servedSince(hotkey: Hotkey, axon: Axon): Block | undefined {
    const neuron = neuronOf(this.view.latest, hotkey);
    const there = neuron && this.#tracker.state.axons[neuron.uid];
    const known = this.endpointOf(hotkey);
    if (there === undefined || known === undefined) return undefined;
    const wanted = endpointFrom(
      { ...there, ...axonOfCall(serveAxonTls(this.netuid, this.#release, axon)) },
      axon.peerKey,
    );
    const isSame =
      wanted?.ip === known.ip &&
      wanted.port === known.port &&
      Buffer.from(known.peerKey).equals(axon.peerKey) &&
      rolesOf(there).toSorted().join() === axon.roles.toSorted().join();
    return isSame ? (there.block as Block) : undefined;
  }

  async #commit(hotkey: Hotkey, plan: Plan, signal: AbortSignal): Promise<Block> {
    const { session } = this.#tracker;
    if (!session.canCommit) {
      throw new ChainRefusal(
        'commitWeights',
        'CommitRevealEnabled',
        'this subnet takes timelocked commits alone, which this release cannot make; no weights were sent',
      );
    }
    if (this.#commits === undefined) {
      const why = 'and there is no place to keep a commit in; no weights were sent';
      throw new ChainRefusal(
        'commitWeights',
        'CommitRevealEnabled',
        `weights are committed here, ${why}`,
      );
    }
    const [uids, values] = columnsOf(plan.weights);
    const { netuid } = this;
    const sealed = {
      hotkey,
      netuid,
      uids,
      values,
      salt: newSalt(),
      versionKey: BigInt(this.#release),
    };
    const hash = commitHash(session.api.registry, sealed);
    const commit: Commit = { ...sealed, hash, madeAt: this.view.latest.head.number };
    // Before it is sent: a commit whose salt is lost in a crash can never be revealed.
    await this.#commits.put(commit);
    try {
      const landed = await this.#send(
        hotkey,
        commitWeights(netuid, Buffer.from(hash, 'hex')),
        signal,
      );
      this.#notes.next({ is: 'committed', commit, block: landed.block });
      return landed.block;
    } catch (cause) {
      if (cause instanceof ChainRefusal) await this.#commits.remove(hash);
      throw cause;
    }
  }

  #revealFrom(store: CommitStore): void {
    let isLooking = false;
    const look = async (head: number): Promise<void> => {
      if (isLooking) return;
      isLooking = true;
      try {
        const { limits } = this.#tracker.state;
        const epoch = await this.#epoch();
        const now = { head, epoch, revealPeriod: limits.revealPeriod };
        const ends = await revealDue(
          {
            store,
            netuid: this.netuid,
            commitsOf: (hotkey) => this.#commitsOf(hotkey),
            send: (hotkey, call) => this.#send(hotkey, call, this.#closing.signal),
            isOurs: (hotkey) => this.#signerOf(hotkey) !== undefined,
          },
          now,
        );
        for (const end of ends) {
          this.#notes.next(end);
          if (end.is === 'revealed') await this.#readBackRevealed(end);
        }
      } catch (cause) {
        this.#notes.next({
          is: 'trouble',
          why: `weights could not be revealed: ${reasonOf(cause)}`,
        });
      } finally {
        isLooking = false;
      }
    };
    this.heads.subscribe(({ head }) => void look(head.number));
  }

  /** Undefined on a runtime that keeps blocks beside its commits, and so needs no epoch's number. */
  async #epoch(): Promise<number | undefined> {
    const { session } = this.#tracker;
    if (!session.has('subtensorModule', 'subnetEpochIndex')) return undefined;
    const epoch = await session.storage(
      'subtensorModule',
      'subnetEpochIndex',
      [this.netuid],
      this.#now,
    );
    return Number(epoch?.toString() ?? 0);
  }

  async #commitsOf(hotkey: Hotkey): Promise<readonly ChainCommit[]> {
    const { session } = this.#tracker;
    const keys = [this.netuid, hotkey];
    const found = await session.storage('subtensorModule', 'weightCommits', keys, this.#now);
    const rows = (found?.toJSON() ?? []) as readonly (readonly [string, ...(number | string)[]])[];
    return rows.map(([hash, second, third, fourth]) => ({
      hash: hash.slice(2),
      second: Number(second),
      third: Number(third),
      fourth: Number(fourth),
    }));
  }

  async #readBackRevealed({
    commit,
    landed,
  }: Extract<CommitEnd, { is: 'revealed' }>): Promise<void> {
    const neuron = neuronOf(this.view.latest, commit.hotkey);
    if (neuron === undefined) return;
    const weights = commit.uids.map((uid, at) => [
      uid,
      commit.values[at] ?? 0,
    ]) as unknown as Weights;
    await this.#readBack(neuron.uid, weights, landed);
  }

  /** What was sent must be what is there: no other node may have changed it on the way. */
  async #readBack(uid: number, sent: Weights, { hash, block }: Landed): Promise<void> {
    const read = await this.#weightsAt(uid, hash).catch((cause: unknown) => {
      const what = `weights are in block ${block}, and cannot be read back`;
      throw new ServiceFault('unavailable', `${what}: ${reasonOf(cause)}`, { cause });
    });
    if (isAsSent(sent, read)) return;
    const what = `the chain has other weights for uid ${uid} in block ${block} than were sent`;
    throw new ServiceFault('unavailable', `${what}: ${JSON.stringify(read).slice(0, 200)}`);
  }

  async #weightsAt(uid: number, block: `0x${string}`): Promise<Weights> {
    const { session } = this.#tracker;
    const keys = [this.netuid, uid];
    const found = await session.storage('subtensorModule', 'weights', keys, block);
    return (found?.toJSON() ?? []) as unknown as Weights;
  }

  get #now(): `0x${string}` {
    return `0x${this.view.latest.head.hash}`;
  }

  async #send(hotkey: Hotkey, call: ChainCall, signal: AbortSignal): Promise<Landed> {
    const signer = this.#signerOf(hotkey);
    if (signer === undefined) {
      throw new ServiceFault('refused', `this node has no key for ${hotkey.slice(0, MAX_ADDRESS)}`);
    }
    return this.#sendBy(signer, call, signal);
  }

  async #sendBy(signer: ChainSigner, call: ChainCall, signal: AbortSignal): Promise<Landed> {
    const key = Buffer.from(signer.publicKey).toString('hex');
    const before = this.#calls.get(key) ?? Promise.resolve();
    const done = before
      .catch(() => undefined)
      .then(() =>
        submit(this.#tracker.session, {
          call,
          signer,
          signal,
          nextBlock: () => this.#nextBlock(),
          onBlock: ({ block }) => this.#notes.next({ is: 'in block', call: call.name, block }),
        }),
      );
    this.#calls.set(key, done);
    try {
      return await done;
    } finally {
      if (this.#calls.get(key) === done) this.#calls.delete(key);
    }
  }

  /** Also where the chain is closed: whoever waits finds out then. */
  #nextBlock(): Promise<void> {
    return new Promise((resolve) => {
      this.heads.pipe(take(1)).subscribe({ next: () => resolve(), complete: () => resolve() });
    });
  }

  /** Does it once for each who subscribes, and gives up waiting with them. */
  #doing<T>(work: (signal: AbortSignal) => Promise<T>): Observable<T> {
    return new Observable((subscriber) => {
      const leaving = new AbortController();
      const late = later(this.#clock.now(), CALL_TIME);
      const cancel = this.#clock.at(late, () => leaving.abort(), 'chain');
      const done = from(work(AbortSignal.any([leaving.signal, this.#closing.signal])));
      const heard = done.subscribe(subscriber);
      return () => {
        cancel();
        heard.unsubscribe();
        leaving.abort();
      };
    });
  }
}

/** The subnet on which TAO is staked as TAO. */
const ROOT = 0;

const columnsOf = (weights: Weights): readonly [readonly number[], readonly number[]] => [
  weights.map(([uid]) => uid),
  weights.map(([, weight]) => weight),
];

/** The address as a call writes it, so that it can be compared with what the chain has. */
function axonOfCall({ args }: ChainCall): Omit<ChainAxon, 'block'> {
  const [, , ip, port, ipType, protocol, placeholder1] = args;
  return {
    ip: BigInt(String(ip)),
    port: Number(port),
    ipType: Number(ipType),
    protocol: Number(protocol),
    placeholder1: Number(placeholder1),
  };
}

function isAddress(registry: Tracker['session']['api']['registry'], hotkey: Hotkey): boolean {
  try {
    return (
      hotkey.length <= MAX_ADDRESS && registry.createType('AccountId', hotkey).toString() === hotkey
    );
  } catch {
    return false;
  }
}
