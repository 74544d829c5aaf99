/**
 * What the chain makes of one epoch: consensus on the weights that the validators set, and the pay of
 * all since the epoch before.
 *
 *     pot = emission a block · blocks since the last epoch
 *     pot ──▶ 18 % to the owner, rounded down ──▶ the rest by Yuma's shares, to the last rao
 *
 * Where nobody has any stake there is nobody to share the rest, and it is not made.
 */
import type { Neuron } from '../../protocols/metagraph.ts';
import { shares } from '../../protocols/rules/emissions.ts';
import { yumaEpoch, type YumaEpoch, type YumaSubnet } from '../../protocols/rules/yuma.ts';
import type { Row16 } from '../../protocols/rules/yuma/matrix.ts';
import type { Coldkey, Hotkey, Rao, Uid } from '../../protocols/units.ts';
import type { SubnetRules } from './rules.ts';

/** What an epoch came to for a neuron, in proportions of 0 to 1. */
export interface NeuronEpoch {
  readonly uid: Uid;
  readonly hotkey: Hotkey;
  readonly incentive: number;
  /** What a validator gets of the validators' pay; the incentive is that of a miner. */
  readonly dividends: number;
  readonly consensus: number;
  /** How much of a validator's weights the majority shares. */
  readonly trust: number;
  /** What was paid to its coldkey for it. */
  readonly emission: Rao;
}

export interface EpochOutcome {
  /** By uid. */
  readonly rows: readonly NeuronEpoch[];
  readonly permits: readonly boolean[];
  readonly bonds: readonly Row16[];
  /** What each coldkey gets, the owner's among them; none gets nothing. */
  readonly pay: ReadonlyMap<Coldkey, Rao>;
  readonly paid: Rao;
}

/** What `shares` are counted in, to all bits that a double has of one. */
const STEPS = Number(1n << 60n);

/** `neurons` are those of the subnet that the epoch finds. */
export function epochOf(
  subnet: YumaSubnet,
  neurons: readonly Neuron[],
  pot: Rao,
  rules: SubnetRules,
): EpochOutcome {
  const { permitsRequired, maxValidators, yumaVersion, kappa, bondsPenalty, alpha } = rules;
  const epoch = yumaEpoch(subnet, {
    version: yumaVersion,
    kappa,
    bondsPenalty,
    alpha,
    maxValidators: permitsRequired ? maxValidators : neurons.length,
  });
  const owned = ownersPart(pot);
  const claims = epoch.emission.map((share) => BigInt(Math.floor(share * STEPS)));
  const rows = rowsOf(epoch, neurons, shares(claims, (pot - owned) as Rao));
  const pay = payOf(rows, neurons);
  add(pay, rules.owner, owned);
  const paid = [...pay.values()].reduce((sum, amount) => sum + amount, 0n) as Rao;
  return { rows, permits: epoch.permits, bonds: epoch.bonds, pay, paid };
}

/** Per cent of what a subnet pays that its owner gets first. */
const OWNERS_CUT = 18n;

const ownersPart = (pot: Rao): Rao => ((pot * OWNERS_CUT) / 100n) as Rao;

function rowsOf(
  { incentive, dividends, consensus, validatorTrust }: YumaEpoch,
  neurons: readonly Neuron[],
  emission: readonly Rao[],
): NeuronEpoch[] {
  return neurons.map(({ hotkey }, uid) => ({
    uid: uid as Uid,
    hotkey,
    incentive: incentive[uid] ?? 0,
    dividends: dividends[uid] ?? 0,
    consensus: consensus[uid] ?? 0,
    trust: validatorTrust[uid] ?? 0,
    emission: emission[uid] ?? (0n as Rao),
  }));
}

/** One coldkey may own many neurons. */
function payOf(rows: readonly NeuronEpoch[], neurons: readonly Neuron[]): Map<Coldkey, Rao> {
  const pay = new Map<Coldkey, Rao>();
  for (const { coldkey, uid } of neurons) add(pay, coldkey, rows[uid]?.emission ?? (0n as Rao));
  return pay;
}

function add(pay: Map<Coldkey, Rao>, coldkey: Coldkey, amount: Rao): void {
  if (amount > 0n) pay.set(coldkey, ((pay.get(coldkey) ?? 0n) + amount) as Rao);
}
