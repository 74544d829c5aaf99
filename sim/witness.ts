/**
 * An honest validator whose ledger can be looked into: any will do, for all hold the same.
 */
import type { ValidatorState } from '../actors/validator.ts';
import type { Subnet } from '../runtime/subnet.ts';
import { strategyOf } from './strategies/strategies.ts';

/** Undefined while none of them runs. */
export function witnessIn(
  subnet: Pick<Subnet, 'nodes' | 'validatorAt'>,
): ValidatorState | undefined {
  for (const { plan, hotkey } of subnet.nodes) {
    if (plan.role !== 'validator' || strategyOf(plan.name)?.strategy !== 'honest') continue;
    const state = subnet.validatorAt(hotkey)?.state;
    if (state !== undefined) return state;
  }
  return undefined;
}
