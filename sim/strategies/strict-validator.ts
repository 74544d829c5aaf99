/**
 * A strict validator marks every batch 8 % lower than it found it.
 *
 *     O_v = found − 0.08      in leads of the sample, the rest of a lead by chance
 *
 * Nobody gains by it: it is the honest disagreement that a network has to bear. It stays within the
 * 10 % of F that count as agreement, and rejects the batches that were just good enough.
 */
import type { Fraction } from '../../protocols/units.ts';
import { lowered, relooked, type ValidatorActor } from './judging.ts';

/** Below the 10 % that would cost it precision. */
export const STRICTNESS: Fraction = 80_000 as Fraction;

export const strictValidator = (honest: ValidatorActor): ValidatorActor =>
  relooked(honest, (found, at, { random }) =>
    // By name, so that what it makes of one batch does not depend on which came before.
    lowered(found, at, STRICTNESS, random.fork(`strict ${at.batch.id}`)),
  );
