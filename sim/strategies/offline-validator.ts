/**
 * An offline validator is registered, staked, permitted and drawn, and never says a word.
 *
 * Stake earns by being there, and a machine costs money. The rules answer with silence: who scores
 * nothing gains no precision, has no say and is paid nothing. Each panel that it sits on waits for it
 * until the audits' time is up, and a panel of which half is offline binds nothing.
 */
import { nothing } from '../../actors/actor.ts';
import type { ValidatorActor } from './judging.ts';

export const offlineValidator = (honest: ValidatorActor): ValidatorActor => ({
  ...honest,
  begin: (context) => [honest.begin(context)[0]],
  on: {
    ...honest.on,
    batch: () => nothing,
    proposal: () => nothing,
    settlement: () => nothing,
    feedback: () => nothing,
    missing: () => nothing,
  },
});
