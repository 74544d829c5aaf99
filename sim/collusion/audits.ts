/** What the automated checks find of batches afterwards: the ground that honest scores stand on. */
import type { Random } from '../../actors/actor.ts';
import type { AuditEvent } from '../../protocols/rules/collusion/events.ts';
import { ratio, type Score } from '../../protocols/units.ts';
import type { MadeBatch } from './batches.ts';
import { binomial, happens, whole, within01 } from './draws.ts';
import type { AuditPlan } from './plan.ts';

/** Leads of a batch that could be told. */
const FEWEST_CHECKED = 10;
const MOST_CHECKED = 100;
/** Seconds until the checks are through. */
const SOONEST = 1_800;
export const AUDITS_LATEST = 5_400;

export function auditsOf(
  batches: readonly MadeBatch[],
  plan: AuditPlan,
  idOf: (batch: MadeBatch) => string,
  random: Random,
): AuditEvent[] {
  return batches.flatMap((batch) => {
    const isAudited = happens(random, plan.share);
    const checked = whole(random, FEWEST_CHECKED, MOST_CHECKED);
    const passed = binomial(random, checked, within01(batch.quality + plan.shift));
    const time = batch.time + whole(random, SOONEST, AUDITS_LATEST);
    if (!isAudited) return [];

    return [{ batch: idOf(batch), passRate: ratio(passed, checked) as Score, checked, time }];
  });
}
