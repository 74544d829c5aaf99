/** The same events told otherwise: under other names, or two tellings as one. For tests. */
import type { Hotkey } from '../../../units.ts';
import type { CollusionEvents } from '../events.ts';

/** With every id of a validator, miner, buyer and batch changed. */
export function named(events: CollusionEvents, again: (id: string) => string): CollusionEvents {
  const hotkey = (id: Hotkey): Hotkey => again(id) as Hotkey;
  return {
    ...events,
    audits: events.audits.map((event) => ({ ...event, batch: again(event.batch) })),
    scores: events.scores.map((event) => ({
      ...event,
      validator: hotkey(event.validator),
      miner: hotkey(event.miner),
      batch: again(event.batch),
    })),
    feedback: events.feedback.map((event) => ({
      ...event,
      buyer: hotkey(event.buyer),
      validator: hotkey(event.validator),
      batch: again(event.batch),
    })),
  };
}

/** Those of both, of one sample size: the first's. */
export const together = (a: CollusionEvents, b: CollusionEvents): CollusionEvents => ({
  ...a,
  audits: [...a.audits, ...b.audits],
  scores: [...a.scores, ...b.scores],
  feedback: [...a.feedback, ...b.feedback],
});
