/**
 * A lazy validator approves every batch without looking, and signs every proposal unchecked.
 *
 * It saves the audits' whole cost, and where most batches are good it agrees with F most of the
 * time. The rules answer with P_v: − 10 for each bad batch that the others scored more than 10 %
 * lower, − 20 where one that it approved then fails its checks.
 */
import { allPass, unchecked, unlooked, type ValidatorActor } from './judging.ts';

export const lazyValidator = (honest: ValidatorActor): ValidatorActor =>
  unchecked(unlooked(honest, allPass));
