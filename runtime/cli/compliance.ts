/**
 * What a person has to know of leads before writing to anybody: where each came from, when it was
 * checked, and how many were left out as not to be contacted. Counts, never names.
 */
import type { QueryAnswer } from '../../actors/actor.ts';
import type { BatchId, Hotkey, Instant } from '../../protocols/units.ts';

export interface Compliance {
  /** One a batch that leads come from, in the order of the leads. */
  readonly sources: readonly LeadSource[];
  readonly suppressed: QueryAnswer['suppressed'];
}

interface LeadSource {
  readonly miner: Hotkey;
  readonly batch: BatchId;
  readonly leads: number;
  /** When the checks of the batch were done; undefined where the pool did not say. */
  readonly checkedAt: Instant | undefined;
}

export function complianceOf({ leads, batches, suppressed }: QueryAnswer): Compliance {
  const byBatch = Map.groupBy(leads, ({ batch }) => batch);
  const sources = [...byBatch].flatMap(([batch, [first, ...others]]) => {
    if (first === undefined) return [];
    const checkedAt = batches.find((one) => one.batch === batch)?.settledAt;
    return [{ miner: first.miner, batch, leads: 1 + others.length, checkedAt }];
  });
  return { sources, suppressed };
}

/** One line a batch, and one for who was left out; a blank one behind. */
export function showCompliance(
  { sources, suppressed: { byPool, byBuyer } }: Compliance,
  nameOf: (hotkey: Hotkey) => string,
): string[] {
  return [
    'Compliance',
    ...sources.map(({ miner, batch, leads, checkedAt }) => {
      const what = `${leads} ${leads === 1 ? 'lead' : 'leads'} from ${nameOf(miner)}`;
      return `  ${what}, batch ${batch.slice(0, 12)}, ${checkedText(checkedAt)}`;
    }),
    `  left out as not to be contacted: ${byPool} by the pool, ${byBuyer} by the buyer`,
    '',
  ];
}

const checkedText = (at: Instant | undefined): string => {
  const moment = momentOf(at);
  return moment === undefined ? 'not told when checked' : `checked ${moment}`;
};

/** As UTC to the second: `2026-09-21T14:13:20Z`. A pool may say any number, also what is no date. */
function momentOf(at: Instant | undefined): string | undefined {
  if (at === undefined || !(at >= 0 && at <= LAST_MOMENT)) return undefined;
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}
/** The last that a date can hold. */
const LAST_MOMENT = 8_640_000_000_000_000;

/** The same for scripts. */
export const complianceJson = (
  { sources, suppressed: { byPool, byBuyer } }: Compliance,
  nameOf: (hotkey: Hotkey) => string,
): object => ({
  sources: sources.map(({ miner, batch, leads, checkedAt }) => ({
    miner: nameOf(miner),
    batch,
    leads,
    checked_at: momentOf(checkedAt) ?? null,
  })),
  suppressed: { by_pool: byPool, by_buyer: byBuyer },
});
