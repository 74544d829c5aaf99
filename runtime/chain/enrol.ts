/**
 * What a new hotkey does on the mock chain before it takes part, by the calls that anyone makes:
 *
 *     fund ──▶ register ──▶ stake
 *
 * Each step is taken where it is missing, so that one cut short goes on from there. A buyer stakes and
 * is best not registered.
 */
import { concat, defer, EMPTY, ignoreElements, type Observable } from 'rxjs';
import { neuronOf } from '../../protocols/metagraph.ts';
import type { Role } from '../../protocols/messages.ts';
import { BUYER_STAKE, VALIDATOR_STAKE } from '../../protocols/rules/eligibility.ts';
import { tao, type Coldkey, type Hotkey, type Rao } from '../../protocols/units.ts';
import type { SharedFileChain } from './shared-file.ts';

export interface Enrolment {
  readonly role: Role;
  readonly coldkey: Coldkey;
  readonly hotkey: Hotkey;
  /** In place of what the role needs; of no effect once there is a stake. */
  readonly stake?: Rao;
}

/** Registration is burnt and stake is staked; the rest is change. */
const PURSE = tao(1_000);

export const NEEDED_STAKE: Readonly<Record<Role, Rao>> = {
  miner: tao(0),
  validator: VALIDATOR_STAKE,
  pool: VALIDATOR_STAKE,
  buyer: BUYER_STAKE,
};

/** Completes once the hotkey has what its role needs; errors with the chain's refusal. */
export function enrol(
  chain: Pick<SharedFileChain, 'view' | 'stakeOf' | 'balanceOf' | 'fund' | 'register' | 'addStake'>,
  { role, coldkey, hotkey, stake = NEEDED_STAKE[role] }: Enrolment,
): Observable<never> {
  const isRegistered = (): boolean => neuronOf(chain.view.latest, hotkey) !== undefined;
  const isMissing = {
    slot: () => role !== 'buyer' && !isRegistered(),
    stake: () => stake > 0n && chain.stakeOf(hotkey) === 0n,
  };
  const fund = defer(() => {
    if (!isMissing.slot() && !isMissing.stake()) return EMPTY;
    const purse = (PURSE + stake) as Rao;
    return chain.balanceOf(coldkey) >= purse / 2n ? EMPTY : chain.fund(coldkey, purse);
  });
  const register = defer(() =>
    isMissing.slot() && role !== 'buyer'
      ? chain.register({ coldkey, hotkey, roles: [role] })
      : EMPTY,
  );
  const back = defer(() =>
    isMissing.stake() ? chain.addStake({ coldkey, hotkey, amount: stake }) : EMPTY,
  );
  return concat(fund, register, back).pipe(ignoreElements());
}
