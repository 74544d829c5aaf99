/** A world as a document of `collusion-events/1`, for `leadpoet collusion FILE`. */
import { ONE } from '../../protocols/units.ts';
import type { World } from './world.ts';

/** `runtime/events.ts` reads the very events of the world from it. The truth is not in it. */
export function eventsDocument({ window, events }: World, name: string): string {
  const { audits, scores, feedback, sampleSize } = events;
  return JSON.stringify({
    format: 'collusion-events/1',
    name,
    window,
    sample_size: sampleSize,
    audits: audits.map(({ batch, passRate, checked, time }) => ({
      batch,
      pass_rate: passRate / ONE,
      checked,
      time,
    })),
    scores: scores.map(({ epoch, validator, miner, batch, score, finalScore, time }) => ({
      epoch,
      validator,
      miner,
      batch,
      score: score / ONE,
      final_score: finalScore === undefined ? undefined : finalScore / ONE,
      time,
    })),
    feedback,
  });
}
