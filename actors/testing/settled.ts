/** Attempts that ended well, and the chain of their pool in which everyone reads so. */
import {
  attemptOf,
  type Answered,
  type Case,
  type Entry,
  type Query,
  type Sealed,
  type SettledRecord,
} from '../../protocols/messages.ts';
import { caseDigest, entryDigest, NO_ENTRY } from '../../protocols/seals.ts';
import { percent, points, type Block, type Digest, type Hotkey } from '../../protocols/units.ts';
import { batchBy, drawnFor, leadsOf, reportBy, sealed, type Stage } from './stage.ts';

/** Ten good leads of each miner, found good by all. */
export function goodCase(stage: Stage, query: Sealed<Query>, block: Block): Case {
  const { miners, panel } = drawnFor(stage, query);
  return {
    pool: query.pool,
    query,
    block,
    reputations: panel.map((validator) => ({ validator, reputation: points(15) })),
    answers: miners.map((miner): Answered => {
      const batch = batchBy(miner, query, leadsOf(miner, 10));
      const { id, madeAt, count } = batch;
      return {
        kind: 'answered',
        miner,
        batch: id,
        madeAt,
        count,
        reports: panel.map((validator) => reportBy(validator, batch)),
        finalScore: percent(100),
        denied: false,
        approved: true,
        checks: { outcome: 'passed', leads: new Uint8Array(10) },
      };
    }),
  };
}

export type SettledOne = Extract<SettledRecord, { readonly kind: 'settled' }>;

/** Three members of the panel signed it. */
export function settledOf(stage: Stage, theCase: Case): SettledOne {
  const { query } = theCase;
  const digest = caseDigest(theCase);
  return {
    kind: 'settled',
    case: theCase,
    countersigns: drawnFor(stage, query)
      .panel.slice(0, 3)
      .map((validator) =>
        sealed({ query: query.id, attempt: attemptOf(query), digest, validator }),
      ),
  };
}

export function chainOf(pool: Hotkey, records: readonly SettledRecord[]): readonly Sealed<Entry>[] {
  const entries: Sealed<Entry>[] = [];
  let previous: Digest = NO_ENTRY;
  for (const [number, record] of records.entries()) {
    const entry: Sealed<Entry> = sealed({ pool, number, previous, record });
    entries.push(entry);
    previous = entryDigest(entry);
  }
  return entries;
}
