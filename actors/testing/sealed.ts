/** What a panel says of batches where the query asks for sealed reports. */
import type { Batch, Commit, Revealed, Sealed } from '../../protocols/messages.ts';
import { commitTo, nonceFrom } from '../../protocols/rules/sealed.ts';
import type { Hotkey, Score } from '../../protocols/units.ts';
import { reportBy, sealed } from './stage.ts';

/** The report of a validator with a nonce of its own, which another `chance` makes another one. */
export function revealedBy(
  validator: Hotkey,
  batch: Batch,
  score?: Score,
  chance = 0,
): Sealed<Revealed> {
  const secret = Array.from(Buffer.from(`${validator}${batch.id}`));
  return { ...reportBy(validator, batch, score), nonce: nonceFrom([...secret, chance]) };
}

/** What the same validator commits to. */
export const commitBy = (
  validator: Hotkey,
  batch: Batch,
  score?: Score,
  chance = 0,
): Sealed<Commit> => sealed(commitTo(revealedBy(validator, batch, score, chance)));
