/**
 * What leaking pools let their friends read: each report as it comes in, while others still audit.
 *
 *     leaking pool ──tell──▶ leak ──scoresOf──▶ copying validator
 *
 * No message of the protocol carries it: pool and validator know each other by other ways. It takes
 * no time, which is the worst case for those who look.
 */
import { keep, type Open } from '../../actors/once.ts';
import type { Report } from '../../protocols/messages.ts';
import { later, minutes, type Hotkey, type Instant, type Score } from '../../protocols/units.ts';

export interface Leak {
  /** The pools that tell. */
  readonly pools: ReadonlySet<Hotkey>;
  tell(report: Report, now: Instant): void;
  /** Of those who have reported on an attempt's batch so far and did not abstain. */
  scoresOf(of: Told): readonly Score[];
}

/** Which batch of which attempt. */
export type Told = Pick<Report, 'query' | 'attempt' | 'batch'>;

/** An attempt takes ten minutes at the most. */
const KEPT = minutes(10);
/** As many batches as pools have open attempts, and more than any scenario asks for at once. */
const MOST_BATCHES = 8_192;

export function newLeak(pools: ReadonlySet<Hotkey>): Leak {
  const told: Open<string, Map<Hotkey, Score>> = new Map();
  return {
    pools,
    tell(report, now) {
      const { validator, score } = report;
      if (score === undefined) return;
      const key = keyOf(report);
      const scores = told.get(key)?.work ?? new Map<Hotkey, Score>();
      scores.set(validator, score);
      if (told.has(key)) return;
      keep(told, key, scores, { until: later(now, KEPT), now, limit: MOST_BATCHES });
    },
    scoresOf: (of) => [...(told.get(keyOf(of))?.work.values() ?? [])],
  };
}

const keyOf = ({ query, attempt, batch }: Told): string => `${query}/${attempt} ${batch}`;
