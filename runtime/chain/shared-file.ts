/**
 * The mock chain that the processes of one data directory share: one file, the same rules as in
 * memory, a block every 250 ms of the wall clock from the genesis that the file names.
 *
 *     call ──▶ file, at the block after all that anybody has seen ──▶ folded by each process
 *
 * Peers find one another through it: a neuron's axon says where it listens, and under which peer key.
 */
import { Observable, defer, of, share } from 'rxjs';
import { digest } from '../../protocols/hash.ts';
import type { ChainView, Head, Metagraph } from '../../protocols/metagraph.ts';
import type { Block, Coldkey, Duration, Hotkey, Instant, Rao, Uid } from '../../protocols/units.ts';
import { later } from '../../protocols/units.ts';
import { UsageError } from '../cli/trouble.ts';
import { ServiceFault, type Clock } from '../host.ts';
import type { Axon, Endpoint, LiveChain } from '../live.ts';
import { Blocks } from './blocks.ts';
import { CallLog, isBusy, type Filed } from './call-log.ts';
import type { Call } from './call.ts';
import type { SubnetRules } from './rules.ts';
import { Subnet, type Registration, type Staking, type Weights } from './subnet.ts';

export interface SharedFileChainOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly netuid: number;
  /** What differs from `MOCK_RULES`; the same for all who share the file. */
  readonly rules?: Partial<SubnetRules>;
}

/** A query takes seconds here, so blocks do not take twelve. */
export const MOCK_BLOCK_TIME = 250 as Duration;
/** An epoch of ten seconds: nobody waits longer than that for a permit. Weights may be set at each. */
export const MOCK_RULES: Partial<SubnetRules> = { tempo: 39, weightsRateLimit: 20 };

/** How often a call waits for others that have the file: some two seconds in all. */
const TRIES = 40;
const TRY_AGAIN = 20 as Duration;

export class SharedFileChain implements LiveChain {
  readonly view: ChainView;
  readonly heads: Observable<Metagraph>;
  readonly genesis: string;
  readonly netuid: number;
  readonly #clock: Clock;
  readonly #log: CallLog;
  readonly #rules: Partial<SubnetRules>;
  readonly #blocks: Blocks;
  #subnet: Subnet;
  #axons = new Map<Hotkey, Axon>();
  #reached = 0 as Block;
  #isOpen = true;

  /** Throws a `WorldError` where the file can't be used, a `UsageError` where it is of another netuid. */
  constructor({ file, clock, netuid, rules = {} }: SharedFileChainOptions) {
    this.#clock = clock;
    this.#rules = { ...MOCK_RULES, ...rules, netuid };
    this.#log = new CallLog(file, { at: clock.now(), netuid });
    const { genesis } = this.#log;
    if (genesis.netuid !== netuid) {
      this.#log.close();
      throw new UsageError({
        field: '--netuid',
        came: String(netuid),
        allowed: `${genesis.netuid}, as ${file} says`,
      });
    }
    this.netuid = netuid;
    this.genesis = digest('leadpoet.mock-genesis/1', genesis.seed, genesis.at, netuid);
    this.#subnet = new Subnet(this.#rules);
    this.#blocks = new Blocks({
      clock,
      seed: genesis.seed,
      genesis: genesis.at,
      blockTime: MOCK_BLOCK_TIME,
      subnet: () => this.#subnet,
      reach: (due) => this.#reach(due),
    });
    this.view = this.#blocks.view;
    this.heads = this.#blocks
      .coming(
        (block) => (block + 1) as Block,
        (block) => this.#blocks.metagraph(block),
      )
      .pipe(share());
    // A file that cannot be read is found at once, and not by the first actor that looks.
    const { reached, calls } = this.#log.look(0 as Block);
    this.#fold(calls);
    this.#reached = reached;
  }

  after(instant: Instant): Observable<Head> {
    return this.#blocks.after(instant);
  }

  stake(hotkey: Hotkey): Observable<Rao> {
    return defer(() => of(this.stakeOf(hotkey)));
  }

  stakeOf(hotkey: Hotkey): Rao {
    return this.#subnet.stakeOf(hotkey, this.#blocks.number());
  }

  balanceOf(coldkey: Coldkey): Rao {
    return this.#subnet.balanceOf(coldkey, this.#blocks.number());
  }

  /** What a neuron set, the greatest being 65535. */
  weightsOf(uid: Uid): Weights {
    return this.#subnet.weightsOf(uid, this.#blocks.number());
  }

  endpointOf(hotkey: Hotkey): Endpoint | undefined {
    return this.#announced().get(hotkey);
  }

  /** Of two that announce one key, the one that did so first and still does. */
  hotkeyOf(peerKey: Uint8Array): Hotkey | undefined {
    for (const [hotkey, axon] of this.#announced()) {
      if (Buffer.compare(axon.peerKey, peerKey) === 0) return hotkey;
    }
    return undefined;
  }

  /** Mock TAO out of nowhere. */
  fund(coldkey: Coldkey, amount: Rao): Observable<Block> {
    return this.#call({ is: 'fund', coldkey, amount });
  }

  register(registration: Registration): Observable<Block> {
    return this.#call({ is: 'register', ...registration });
  }

  addStake(staking: Staking): Observable<Block> {
    return this.#call({ is: 'addStake', ...staking });
  }

  removeStake(staking: Staking): Observable<Block> {
    return this.#call({ is: 'removeStake', ...staking });
  }

  serve(hotkey: Hotkey, axon: Axon): Observable<Block> {
    return this.#call({ is: 'serve', hotkey, axon });
  }

  setWeights(hotkey: Hotkey, weights: Weights): Observable<Block> {
    return this.#call({ is: 'setWeights', hotkey, weights });
  }

  close(): Promise<void> {
    this.#isOpen = false;
    this.#log.close();
    return Promise.resolve();
  }

  /** The newest block, with all calls that take effect in it. Where the file is held up: as before. */
  #reach(due: Block): Block {
    if (due <= this.#reached || !this.#isOpen) return this.#reached;
    const { reached, calls } = this.#log.look(due);
    this.#fold(calls);
    this.#reached = reached;
    return reached;
  }

  #call(call: Call): Observable<Block> {
    return new Observable<Block>((subscriber) => {
      let left = TRIES;
      let cancel = (): void => {};
      const attempt = (): void => {
        try {
          const at = this.#append(call);
          subscriber.add(this.#blocks.when(at, () => at).subscribe(subscriber));
        } catch (cause) {
          if (isBusy(cause) && --left > 0) {
            cancel = this.#clock.at(later(this.#clock.now(), TRY_AGAIN), attempt, 'chain');
            return;
          }
          subscriber.error(
            cause instanceof ServiceFault
              ? cause
              : new ServiceFault('unavailable', 'the file of the mock chain is held up', { cause }),
          );
        }
      };
      attempt();
      return () => cancel();
    });
  }

  #append(call: Call): Block {
    const due = this.#blocks.number();
    let isTaken = false;
    try {
      return this.#log.append(due, call, (unread, at) => {
        this.#fold(unread);
        this.#reached = (at - 1) as Block;
        apply(this.#subnet, at, call);
        isTaken = true;
        this.#place(call);
      });
    } catch (cause) {
      // What was folded here is not in the file.
      if (isTaken) this.#foldAnew();
      throw cause;
    }
  }

  #fold(calls: readonly Filed[]): void {
    for (const { at, call } of calls) {
      apply(this.#subnet, at, call);
      this.#place(call);
    }
  }

  #foldAnew(): void {
    this.#subnet = new Subnet(this.#rules);
    this.#axons = new Map();
    this.#log.rewind();
    this.#fold(this.#log.look(0 as Block).calls);
  }

  /** As of the newest block: a peer that was started again is found even where nobody looks at blocks. */
  #announced(): ReadonlyMap<Hotkey, Axon> {
    this.#blocks.number();
    return this.#axons;
  }

  #place(call: Call): void {
    if (call.is === 'serve') this.#axons.set(call.hotkey, call.axon);
  }
}

function apply(subnet: Subnet, at: Block, call: Call): void {
  switch (call.is) {
    case 'fund':
      return subnet.fund(at, call.coldkey, call.amount);
    case 'register':
      return subnet.register(at, call);
    case 'addStake':
      return subnet.addStake(at, call);
    case 'removeStake':
      return subnet.removeStake(at, call);
    case 'serve':
      return subnet.serve(at, call.hotkey, call.axon.roles);
    case 'setWeights':
      return subnet.setWeights(at, call.hotkey, call.weights);
  }
}
