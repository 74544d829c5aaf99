/**
 * F lies in 0 to 1 and within the scores that it was made of, R_v in 0 to 200.
 */
import type { Answered, Case } from '../../protocols/messages.ts';
import { points, WHOLE } from '../../protocols/units.ts';
import type { Checker } from './checker.ts';

const HIGHEST = points(200);

export function bounds(): Checker {
  return {
    name: 'bounds',
    see(happening) {
      if (happening.is !== 'sent' || happening.envelope.kind !== 'proposal') return undefined;
      const { answers, reputations } = happening.envelope.body as Case;
      const wild = reputations.find(({ reputation: r }) => !(r >= 0 && r <= HIGHEST));
      if (wild !== undefined) return `R of ${wild.validator} is ${wild.reputation}`;
      for (const answer of answers) {
        const what = answer.kind === 'answered' ? wildScore(answer) : undefined;
        if (what !== undefined) return what;
      }
      return undefined;
    },
  };
}

function wildScore({ batch, finalScore, reports }: Answered): string | undefined {
  if (finalScore === undefined) return undefined;
  const scores = reports.flatMap(({ score }) => score ?? []);
  const fits =
    finalScore >= 0 &&
    finalScore <= WHOLE &&
    finalScore >= Math.min(...scores) &&
    finalScore <= Math.max(...scores);
  return fits ? undefined : `F of ${batch} is ${finalScore}, made of ${scores.join(', ')}`;
}
