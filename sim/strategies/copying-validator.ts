/**
 * A copying validator reports of a batch what was last settled of its miner, and looks at nothing.
 *
 *     O_v = the miner's last F, 0 where its checks then failed; 0.95 for one it has not heard of
 *
 * It saves the audits, and miners are much the same from day to day. Reports go to the pool alone
 * until they are settled, so the past is all there is to copy: the rules answer where a miner
 * changes, and where a good one has a bad day.
 */
import type { Answer } from '../../protocols/messages.ts';
import { ONE, percent, type Hotkey, type Score } from '../../protocols/units.ts';
import { allPass, unchecked, unlooked, withFailed, type ValidatorActor } from './judging.ts';

/** For a miner that it has not heard of: most batches are good. */
const GUESS: Score = percent(95);

export function copyingValidator(honest: ValidatorActor): ValidatorActor {
  /** As many as there are miners. */
  const heard = new Map<Hotkey, Score>();
  const copying = unchecked(
    unlooked(honest, (at) => {
      const { sample, batch } = at;
      const valid = nearest(heard.get(batch.miner) ?? GUESS, sample.length);
      return withFailed(allPass(at), sample, sample.length - valid);
    }),
  );
  return {
    ...copying,
    begin(context) {
      heard.clear();
      return copying.begin(context);
    },
    on: {
      ...copying.on,
      settlement(state, envelope, context) {
        const { record } = envelope.body;
        if (record.kind === 'settled') {
          for (const answer of record.case.answers) {
            const score = settledScore(answer);
            if (score !== undefined) heard.set(answer.miner, score);
          }
        }
        return copying.on.settlement(state, envelope, context);
      },
    },
  };
}

/** F as it stands after the checks; undefined where nothing was scored. */
function settledScore(answer: Answer): Score | undefined {
  if (answer.kind === 'missed') return undefined;
  return answer.checks?.outcome === 'failed' ? percent(0) : answer.finalScore;
}

/** How many of a sample come nearest to a score. */
const nearest = (score: Score, sampled: number): number =>
  Math.floor((score * sampled + ONE / 2) / ONE);
