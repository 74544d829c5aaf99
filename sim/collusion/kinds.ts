/**
 * What a ring does, and when.
 *
 *     favour   its members give their own miners more          score + 0.3 · strength
 *     rivals   and the rivals of these less                     score − 0.3 · strength
 *     sheet    lean on one sheet that they share                (1 − strength) own + strength · sheet
 *     copy     hand in, later, what another one gave            `strength` of the time
 */
export type Act = 'favour' | 'rivals' | 'sheet' | 'copy';

export interface RingWays {
  readonly acts: readonly Act[];
  /** In all epochs, in some here and there, or in some in a row. */
  readonly when: 'always' | 'part-time' | 'burst';
  /** Its own miners, or the one that an honest validator happened to like most: it shall look guilty. */
  readonly miners: 'own' | 'liked';
}

export type RingKind =
  | 'favour'
  | 'rivals'
  | 'sheet'
  | 'sheet-only'
  | 'copy'
  | 'part-time'
  | 'burst'
  | 'framing'
  | 'mixed';

export const RING_KINDS: Readonly<Record<RingKind, RingWays>> = {
  favour: { acts: ['favour'], when: 'always', miners: 'own' },
  rivals: { acts: ['favour', 'rivals'], when: 'always', miners: 'own' },
  sheet: { acts: ['sheet', 'favour'], when: 'always', miners: 'own' },
  'sheet-only': { acts: ['sheet'], when: 'always', miners: 'own' },
  copy: { acts: ['copy'], when: 'always', miners: 'own' },
  'part-time': { acts: ['favour'], when: 'part-time', miners: 'own' },
  burst: { acts: ['favour', 'rivals'], when: 'burst', miners: 'own' },
  framing: { acts: ['favour'], when: 'always', miners: 'liked' },
  mixed: { acts: ['sheet', 'favour', 'rivals'], when: 'part-time', miners: 'own' },
};

/** Who leans on the same sheet or copies shows it on batches that both scored: panels of five have few. */
export const needsCommonBatches = (kind: RingKind): boolean =>
  RING_KINDS[kind].acts.some((act) => act === 'sheet' || act === 'copy');
