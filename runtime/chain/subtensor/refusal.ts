/**
 * What the chain says no to, by name. It has two ways to say it and both come to the same error:
 *
 *     before any block, by the pool:   1010: Invalid Transaction: Custom error: 6
 *                                      1010: {"invalid":{"custom":6}}
 *     in a block, by the pallet:       subtensorModule.SettingWeightsTooFast
 *
 * The pool's numbers are few and mean different things for different calls, and the same thing has
 * changed its name over the years: a name here is that which a reader of the chain's source finds
 * for this call, whichever way it came and however old the chain is.
 */
import { ServiceFault } from '../../host.ts';

/** The calls of ours, as the chain names them. */
export const CALLS = [
  'burnedRegister',
  'addStake',
  'removeStake',
  'serveAxonTls',
  'setWeights',
  'commitWeights',
  'revealWeights',
] as const;
export type CallName = (typeof CALLS)[number];

/** A call that the chain refused: `refusal` is its name for that. The message begins with it. */
export class ChainRefusal extends ServiceFault {
  readonly call: CallName;
  readonly refusal: string;
  constructor(call: CallName, refusal: string, detail?: string, options?: ErrorOptions) {
    const what = detail ?? ADVICE[refusal];
    super('refused', what === undefined ? refusal : `${refusal}: ${what}`, options);
    this.name = 'ChainRefusal';
    this.call = call;
    this.refusal = refusal;
  }
}

/** By number, of runtimes 293 to 425; a later number is `Custom` and the number. */
const POOL_NAMES: Readonly<Record<number, string>> = {
  0: 'ColdkeyInSwapSchedule',
  1: 'StakeAmountTooLow',
  2: 'BalanceTooLow',
  3: 'SubnetNotExists',
  4: 'HotkeyAccountDoesntExist',
  5: 'NotEnoughStakeToWithdraw',
  6: 'RateLimitExceeded',
  7: 'InsufficientLiquidity',
  8: 'SlippageTooHigh',
  9: 'TransferDisallowed',
  10: 'HotKeyNotRegisteredInNetwork',
  11: 'InvalidIpAddress',
  12: 'ServingRateLimitExceeded',
  13: 'InvalidPort',
  14: 'ZeroMaxAmount',
  15: 'InvalidRevealRound',
  16: 'CommitNotFound',
  17: 'CommitBlockNotInRevealRange',
  18: 'InputLengthsUnequal',
  19: 'UidNotFound',
  20: 'EvmKeyAssociateRateLimitExceeded',
  21: 'ColdkeySwapDisputed',
  22: 'InvalidRealAccount',
  23: 'FailedShieldedTxParsing',
  24: 'InvalidShieldedTxPubKeyHash',
  25: 'NonAssociatedColdKey',
  26: 'DelegateTakeTooLow',
  27: 'DelegateTakeTooHigh',
  255: 'BadRequest',
};

/** What means the same under two names, or under the pool's name and the pallet's. */
const SAME_ALWAYS: Readonly<Record<string, string>> = {
  SubNetworkDoesNotExist: 'SubnetNotExists',
  MechanismDoesNotExist: 'SubnetNotExists',
};
const SAME_FOR: Readonly<Record<CallName, Readonly<Record<string, string>>>> = {
  burnedRegister: {},
  addStake: {
    NotEnoughBalanceToStake: 'BalanceTooLow',
    AmountTooLow: 'StakeAmountTooLow',
    // The chain's pool says of a stake that comes before the subnet was started no more than 255.
    BadRequest: 'SubtokenDisabled',
  },
  removeStake: { AmountTooLow: 'StakeAmountTooLow', BadRequest: 'SubtokenDisabled' },
  serveAxonTls: { HotKeyNotRegisteredInSubNet: 'HotKeyNotRegisteredInNetwork' },
  setWeights: {
    RateLimitExceeded: 'SettingWeightsTooFast',
    NotEnoughStakeToSetWeights: 'StakeAmountTooLow',
    InputLengthsUnequal: 'WeightVecNotEqualSize',
    HotKeyNotRegisteredInNetwork: 'HotKeyNotRegisteredInSubNet',
    UidNotFound: 'HotKeyNotRegisteredInSubNet',
  },
  commitWeights: {
    RateLimitExceeded: 'CommittingWeightsTooFast',
    NotEnoughStakeToSetWeights: 'StakeAmountTooLow',
    HotKeyNotRegisteredInNetwork: 'HotKeyNotRegisteredInSubNet',
  },
  revealWeights: {
    CommitNotFound: 'NoWeightsCommitFound',
    RateLimitExceeded: 'SettingWeightsTooFast',
    NotEnoughStakeToSetWeights: 'StakeAmountTooLow',
    InputLengthsUnequal: 'WeightVecNotEqualSize',
  },
};

/** The one name of what the chain calls `name` for a call. */
export const refusalName = (call: CallName, name: string): string =>
  SAME_FOR[call][name] ?? SAME_ALWAYS[name] ?? name;

/** Of a failure in a block. */
export const inBlock = (call: CallName, name: string): ChainRefusal =>
  new ChainRefusal(call, refusalName(call, name));

/** What a node's error of a submitted call comes to. */
export type Submitted =
  /** The chain says no. */
  | { readonly is: 'refused'; readonly refusal: ChainRefusal }
  /** It was signed upon what is no longer so; signed anew after the next block it may pass. */
  | { readonly is: 'outdated' }
  /** The node knows it already, under this very signature. */
  | { readonly is: 'known' }
  /** Not about this call: the node itself. */
  | { readonly is: 'failed' };

/** By a node's words and by the development chain's. */
const OUTDATED =
  /"stale"|"future"|"ancientBirthBlock"|"exhaustsResources"|"badProof"|outdated|valid in the future|ancient birth block|exhausts? (the )?(block )?(limits|resources)|bad signature|^1014\b|^1012\b/i;
const UNPAID = /"payment"|Inability to pay some fees/i;

/** Of an error that the node answered `author_submit…` with. */
export function inPool(call: CallName, error: unknown): Submitted {
  const text = error instanceof Error ? error.message : String(error);
  const number = /"custom":\s*(\d{1,3})\b/.exec(text) ?? /Custom error:\s*(\d{1,3})\b/.exec(text);
  if (number !== null) {
    const code = Number(number[1]);
    const name = refusalName(call, POOL_NAMES[code] ?? `Custom${code}`);
    return { is: 'refused', refusal: new ChainRefusal(call, name, undefined, { cause: error }) };
  }
  if (UNPAID.test(text)) return { is: 'refused', refusal: new ChainRefusal(call, 'CannotPayFees') };
  if (/^1013\b/.test(text)) return { is: 'known' };
  if (OUTDATED.test(text)) return { is: 'outdated' };
  if (/^101\d\b/.test(text)) {
    const said = text.slice(0, MAX_SAID).replaceAll(/[^\x20-\x7e]/g, '?');
    return { is: 'refused', refusal: new ChainRefusal(call, 'InvalidTransaction', said) };
  }
  return { is: 'failed' };
}
/** A node's words are shown to a person, and may be anything. */
const MAX_SAID = 200;

/** What to do, for those that a person can do something about. */
const ADVICE: Readonly<Record<string, string>> = {
  ColdkeyInSwapSchedule: 'this coldkey is being swapped for another; wait until that is done',
  StakeAmountTooLow: 'the stake is below what the chain asks for',
  BalanceTooLow: 'the coldkey has less than that',
  NotEnoughBalanceToStake: 'the coldkey has less than a registration costs',
  SubnetNotExists: 'there is no such subnet on this chain; look at --netuid',
  HotkeyAccountDoesntExist: 'nobody has registered this hotkey; register it first',
  NotEnoughStakeToWithdraw: 'there is less stake than that',
  RateLimitExceeded: 'too many of these in too short a time; try again later',
  TooManyRegistrationsThisBlock: 'try again in the next block',
  TooManyRegistrationsThisInterval: 'try again later',
  InsufficientLiquidity: 'the subnet’s pool is too small for that',
  SlippageTooHigh: 'the price would move by more than was allowed',
  HotKeyNotRegisteredInNetwork: 'register the hotkey first: leadpoet register',
  HotKeyNotRegisteredInSubNet: 'register the hotkey first: leadpoet register',
  HotKeyAlreadyRegisteredInSubNet: 'it needs no second registration',
  InvalidIpAddress: 'the chain takes no such address',
  InvalidIpType: 'the chain takes addresses of version 4 and 6',
  ServingRateLimitExceeded: 'it was announced a moment ago; try again later',
  InvalidPort: 'the chain takes ports 1 to 65535',
  SubtokenDisabled: 'the subnet has not been started, or takes no such call',
  BadRequest: 'the chain does not take a call like that',
  CannotPayFees: 'the account that signs has too little to pay the fee',
  NonAssociatedColdKey: 'the hotkey belongs to another coldkey',
  SubNetRegistrationDisabled: 'the subnet’s owner takes no registrations now',
  NoNeuronIdAvailable: 'every slot is taken by one that cannot be pushed out yet',
  SettingWeightsTooFast: 'weights were set a moment ago; try again later',
  CommittingWeightsTooFast: 'weights were committed a moment ago; try again later',
  IncorrectWeightVersionKey: 'the subnet asks for a newer release; update leadpoet',
  NeuronNoValidatorPermit: 'there is too little stake behind the hotkey for a permit',
  CommitRevealEnabled: 'the subnet takes weights by commit and reveal only',
  CommitRevealDisabled: 'the subnet takes weights without commit and reveal',
  TooManyUnrevealedCommits: 'ten commits wait to be revealed already',
  RevealTooEarly: 'the epoch to reveal in has not come',
  ExpiredWeightCommit: 'the epoch to reveal in has passed',
  NoWeightsCommitFound: 'the chain has no such commit, or it was revealed before',
};
