/**
 * A subnet at one block, from what the runtime tells of it in one call.
 *
 *     getMetagraph, price, time ──▶ neurons, limits on weights, who serves where
 *
 * A neuron's stake is in TAO's value: alpha × the pool's price + what is staked on the root for it,
 * as the chain itself counts it (with what a parent key lends to a child).
 *
 * Stake moves with the price, so the list of neurons is a new one in most blocks; but a neuron of
 * which nothing changed is the same object as before, and keys are the same strings for ever: 256
 * blocks of 256 neurons stay under 20 MB.
 */
import type { Metagraph, Neuron } from '../../../protocols/metagraph.ts';
import type {
  Block,
  Coldkey,
  Digest,
  Hotkey,
  Instant,
  Rao,
  Uid,
} from '../../../protocols/units.ts';
import { rolesOf, type ChainAxon } from './axon.ts';
import type { Decoded, Hex, Session } from './session.ts';

/** What the chain asks of weights, as of a block. */
export interface WeightLimits {
  /** Blocks between two settings, and from registration to the first. */
  readonly rate: number;
  /** Of a lower key none are taken; 0 takes all. */
  readonly versionKey: bigint;
  readonly least: number;
  /** Of the greatest weight, after all are scaled so that it is 65535. */
  readonly most: number;
  readonly commitReveal: boolean;
  /** Epochs from commit to reveal. */
  readonly revealPeriod: number;
}

export interface SubnetState {
  readonly metagraph: Metagraph;
  readonly limits: WeightLimits;
  /** By uid. */
  readonly axons: readonly ChainAxon[];
  /** Rao of TAO for 10⁹ rao of alpha. */
  readonly price: bigint;
  /** What the pool holds, in rao of each. */
  readonly pool: { readonly tao: bigint; readonly alpha: bigint };
  /** What a registration costs, in rao. */
  readonly burn: Rao;
  readonly maxUids: number;
  readonly emission: readonly bigint[];
  readonly incentives: readonly number[];
  readonly dividends: readonly number[];
}

/** More slots than any subnet has ever had; beyond, the answer is no metagraph. */
const MAX_NEURONS = 4_096;

/** Addresses once written, by the key's bytes: their checksum costs a hash. */
export class Keys {
  readonly #written = new Map<string, string>();
  readonly #write: (key: Uint8Array) => string;

  constructor(write: (key: Uint8Array) => string) {
    this.#write = write;
  }

  of(key: Uint8Array): string {
    const bytes = Buffer.from(key).toString('latin1');
    let text = this.#written.get(bytes);
    if (text === undefined) {
      // Two keys a slot, and slots change hands: begun anew after some years of that.
      if (this.#written.size >= 16 * MAX_NEURONS) this.#written.clear();
      text = this.#write(key);
      this.#written.set(bytes, text);
    }
    return text;
  }
}

/** What is kept from one block to the next. */
export interface Before {
  readonly keys: Keys;
  readonly neurons: readonly Neuron[];
}

/** Reads a block; undefined where the chain has no such subnet. Rejects where the node fails. */
export async function readSubnet(
  session: Session,
  netuid: number,
  block: { readonly number: number; readonly hash: Hex },
  before: Before,
): Promise<SubnetState | undefined> {
  const [answer, price, time] = await Promise.all([
    session.runtime('subnetInfoRuntimeApi', 'getMetagraph', [netuid], block.hash),
    session.runtime('swapRuntimeApi', 'currentAlphaPrice', [netuid], block.hash),
    session.storage('timestamp', 'now', [], block.hash),
  ]);
  const found = (answer as unknown as { unwrapOr(other: undefined): Struct | undefined }).unwrapOr(
    undefined,
  );
  if (found === undefined) return undefined;
  const head = {
    number: block.number as Block,
    hash: block.hash.slice(2) as Digest,
    time: Number(time?.toString()) as Instant,
  };
  if (!Number.isSafeInteger(head.time)) throw new Error('the block has no time');
  return stateOf(found, head, BigInt(price.toString()), before);
}

/** A struct of @polkadot/api. */
export interface Struct {
  get(name: string): Decoded | undefined;
}

/** Of a decoded metagraph. Throws where a field is not there or lists are not of one length. */
export function stateOf(
  graph: Struct,
  head: Metagraph['head'],
  price: bigint,
  { keys, neurons: before }: Before,
): SubnetState {
  const rows = new Rows(graph);
  const { count } = rows;
  const hotkeys = rows.list('hotkeys').map((key) => keys.of(key.toU8a()) as Hotkey);
  const coldkeys = rows.list('coldkeys').map((key) => keys.of(key.toU8a()) as Coldkey);
  const alpha = rows.list('alphaStake').map(bigOf);
  const root = rows.list('taoStake').map(bigOf);
  const permits = rows.list('validatorPermit').map((permit) => permit.toJSON() === true);
  const lastUpdates = rows.list('lastUpdate').map(numOf);
  const registered = rows.list('blockAtRegistration').map(numOf);
  const axons = rows.list('axons').map((axon) => axonOf(axon as unknown as Struct));

  const neurons = Array.from({ length: count }, (_, uid): Neuron => {
    const now: Neuron = {
      uid: uid as Uid,
      hotkey: at(hotkeys, uid),
      coldkey: at(coldkeys, uid),
      stake: taoValue(at(alpha, uid), at(root, uid), price),
      permit: at(permits, uid),
      roles: rolesOf(at(axons, uid)),
      registeredAt: at(registered, uid) as Block,
      // A registration sets it, and a slot's first owner on an old chain may have none.
      lastUpdate: Math.max(at(lastUpdates, uid), at(registered, uid)) as Block,
    };
    const then = before[uid];
    return then !== undefined && isSame(then, now) ? then : now;
  });
  const isUnchanged =
    before.length === count && neurons.every((neuron, uid) => neuron === before[uid]);
  return {
    metagraph: {
      head,
      epochStart: numOf(field(graph, 'lastStep')) as Block,
      tempo: numOf(field(graph, 'tempo')),
      permitsRequired: true,
      stakeInAlpha: true,
      neurons: isUnchanged ? before : neurons,
    },
    limits: {
      rate: numOf(field(graph, 'weightsRateLimit')),
      versionKey: bigOf(field(graph, 'weightsVersion')),
      least: numOf(field(graph, 'minAllowedWeights')),
      most: numOf(field(graph, 'maxWeightsLimit')),
      commitReveal: field(graph, 'commitRevealWeightsEnabled').toJSON() === true,
      revealPeriod: numOf(field(graph, 'commitRevealPeriod')),
    },
    axons,
    price,
    pool: { tao: bigOf(field(graph, 'taoIn')), alpha: bigOf(field(graph, 'alphaIn')) },
    burn: bigOf(field(graph, 'burn')) as Rao,
    maxUids: numOf(field(graph, 'maxUids')),
    emission: rows.list('emission').map(bigOf),
    incentives: rows.list('incentives').map(numOf),
    dividends: rows.list('dividends').map(numOf),
  };
}

const RAO = 1_000_000_000n;

/** Rounded down. All in rao; the price is in rao of TAO for 10⁹ rao of alpha. */
export const taoValue = (alpha: bigint, root: bigint, price: bigint): Rao =>
  ((alpha * price) / RAO + root) as Rao;

const isSame = (a: Neuron, b: Neuron): boolean =>
  a.hotkey === b.hotkey &&
  a.coldkey === b.coldkey &&
  a.stake === b.stake &&
  a.permit === b.permit &&
  a.registeredAt === b.registeredAt &&
  a.lastUpdate === b.lastUpdate &&
  a.roles.join() === b.roles.join();

/** The lists of a metagraph: as long as there are neurons, each of them. */
class Rows {
  readonly #graph: Struct;
  readonly count: number;

  constructor(graph: Struct) {
    this.#graph = graph;
    this.count = numOf(field(graph, 'numUids'));
    if (this.count > MAX_NEURONS) throw new Error(`${this.count} neurons are too many`);
  }

  list(name: string): readonly Decoded[] {
    const list = field(this.#graph, name);
    if (Array.isArray(list) && list.length === this.count) return list as readonly Decoded[];
    throw new Error(`the runtime's metagraph has not as many ${name} as neurons`);
  }
}

function axonOf(axon: Struct): ChainAxon {
  const [block, ipType, port, protocol, placeholder1] = (
    ['block', 'ipType', 'port', 'protocol', 'placeholder1'] as const
  ).map((name) => numOf(field(axon, name)));
  return {
    block: block ?? 0,
    ip: bigOf(field(axon, 'ip')),
    ipType: ipType ?? 0,
    port: port ?? 0,
    protocol: protocol ?? 0,
    placeholder1: placeholder1 ?? 0,
  };
}

function field(struct: Struct, name: string): Decoded {
  const found = struct.get(name);
  if (found === undefined) throw new Error(`the runtime's metagraph has no ${name}`);
  return found;
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`the runtime's metagraph has no row ${index}`);
  return found;
}

const bigOf = (value: Decoded): bigint => BigInt(value.toString());

/** Of a block, a tempo, a proportion: never above 2^53, or it is none. */
function numOf(value: Decoded): number {
  const number = Number(value.toString());
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error('the runtime’s metagraph has a number that cannot be');
}
