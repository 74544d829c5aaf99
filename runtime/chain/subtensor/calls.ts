/**
 * The calls that we make and the arguments we give them. A chain's runtime changes while a node
 * runs; a call whose arguments have moved would say something else than is meant, with money in it.
 * So each is compared with what the chain has, and a chain that differs is refused in plain words.
 */
import type { ApiPromise } from '@polkadot/api';
import { WorldError } from '../../cli/trouble.ts';
import { CALLS, type CallName } from './refusal.ts';

/** Names and types, in order, as @polkadot/api shows them. */
const ARGUMENTS: Readonly<Record<CallName, string>> = {
  burnedRegister: 'netuid u16, hotkey AccountId32',
  addStake: 'hotkey AccountId32, netuid u16, amountStaked u64',
  removeStake: 'hotkey AccountId32, netuid u16, amountUnstaked u64',
  serveAxonTls:
    'netuid u16, version u32, ip u128, port u16, ipType u8, protocol u8, placeholder1 u8, placeholder2 u8, certificate Bytes',
  setWeights: 'netuid u16, dests Vec<u16>, weights Vec<u16>, versionKey u64',
  commitWeights: 'netuid u16, commitHash H256',
  revealWeights: 'netuid u16, uids Vec<u16>, values Vec<u16>, salt Vec<u16>, versionKey u64',
};

/** Without them a subnet with commit-reveal gets no weights from us; all else works. */
const DISPENSABLE: ReadonlySet<CallName> = new Set(['commitWeights', 'revealWeights']);

export type Tx = Pick<ApiPromise['tx'], string>;

/** Whether weights can be committed and revealed. Throws a `WorldError` where another call differs. */
export function checkCalls(tx: Tx): { readonly canCommit: boolean } {
  const faults = CALLS.map((call) => [call, faultOf(tx, call)] as const).filter(
    ([, fault]) => fault !== undefined,
  );
  const fatal = faults.filter(([call]) => !DISPENSABLE.has(call)).map(([, fault]) => fault);
  if (fatal.length > 0) {
    throw new WorldError(
      `this chain is not one that this release knows: ${fatal.join('; ')}. Update leadpoet, or look at --subtensor.network`,
    );
  }
  return { canCommit: faults.length === 0 };
}

function faultOf(tx: Tx, call: CallName): string | undefined {
  const found = tx['subtensorModule']?.[call];
  if (found === undefined) return `it has no call ${call}`;
  const has = found.meta.args.map((arg) => `${arg.name.toString()} ${arg.type.toString()}`);
  // Wrapped numbers (`NetUid`, `AlphaBalance`) are the number that they wrap, to the byte.
  const flat = has.join(', ');
  return flat === ARGUMENTS[call]
    ? undefined
    : `its ${call} takes (${flat.slice(0, 300)}), not (${ARGUMENTS[call]})`;
}

/** What is given for a call's arguments: as @polkadot/api takes them. */
export type Argument = number | bigint | string | Uint8Array | readonly number[];

export interface ChainCall {
  readonly name: CallName;
  readonly args: readonly Argument[];
}

export const burnedRegister = (netuid: number, hotkey: string): ChainCall => ({
  name: 'burnedRegister',
  args: [netuid, hotkey],
});

/** The amount is in rao of TAO. */
export const addStake = (hotkey: string, netuid: number, rao: bigint): ChainCall => ({
  name: 'addStake',
  args: [hotkey, netuid, rao],
});

/** The amount is in rao of alpha. */
export const removeStake = (hotkey: string, netuid: number, alpha: bigint): ChainCall => ({
  name: 'removeStake',
  args: [hotkey, netuid, alpha],
});

export const setWeights = (
  netuid: number,
  uids: readonly number[],
  weights: readonly number[],
  versionKey: bigint,
): ChainCall => ({ name: 'setWeights', args: [netuid, uids, weights, versionKey] });

export const commitWeights = (netuid: number, hash: Uint8Array): ChainCall => ({
  name: 'commitWeights',
  args: [netuid, hash],
});

export interface Revealed {
  readonly uids: readonly number[];
  readonly values: readonly number[];
  readonly salt: readonly number[];
  readonly versionKey: bigint;
}
export const revealWeights = (
  netuid: number,
  { uids, values, salt, versionKey }: Revealed,
): ChainCall => ({ name: 'revealWeights', args: [netuid, uids, values, salt, versionKey] });
