/**
 * What the rules pay in an epoch, of what the chain gives to the subnet's neurons: one half to its
 * validators by R_v, the other to its miners by W_m. A chain of today pays validators by stake and
 * bonds instead; the tables have both.
 *
 *     V_v = V · R_v / Σ R_u over R_u > 15      M_m = M · W_m / Σ W_n over A_n > 0.5
 */
import { minerClaim, shares, validatorClaim } from '../protocols/rules/emissions.ts';
import { reputationOf, type Standing } from '../protocols/standing.ts';
import type { Hotkey, Rao } from '../protocols/units.ts';

/** Of each validator and miner, to the rao; a pot that nobody has a claim on is not paid. */
export function paidByRules(
  pot: Rao,
  standing: Standing | undefined,
  {
    validators,
    miners,
  }: { readonly validators: readonly Hotkey[]; readonly miners: readonly Hotkey[] },
): ReadonlyMap<Hotkey, Rao> {
  if (standing === undefined) return new Map();
  const half = (pot / 2n) as Rao;
  const reputed = validators.map((one) => validatorClaim(reputationOf(standing, one)));
  const weighed = miners.map((one) => {
    const score = standing.miners.get(one);
    return score === undefined ? 0 : minerClaim(score);
  });
  return new Map([
    ...shares(reputed, half).map((paid, at) => [validators[at] as Hotkey, paid] as const),
    ...shares(weighed, (pot - half) as Rao).map(
      (paid, at) => [miners[at] as Hotkey, paid] as const,
    ),
  ]);
}
