/**
 * Each attempt is settled once and each batch reported on once; F is what the reports make it, and a
 * batch is approved by it and by nothing else.
 *
 *     F = Σ (O_v · R_v) / Σ R_v      over R_v > 15, else the lower median of those above 0
 *
 * It is worked out here from the text of the rules and not by the function that the subnet calls: a
 * mistake there would else agree with itself. A node that went away knows nothing of its former
 * life, and may do again what it did in it.
 */
import { type Address, type Answered, type Case, type Report } from '../../protocols/messages.ts';
import { percent, points, type Hotkey, type Instant } from '../../protocols/units.ts';
import type { Checker } from './checker.ts';

const SAY = points(15);
const GOOD = percent(90);
/** An attempt is over in ten minutes; then what was said in it can be forgotten. */
const KEPT = 600_000;

export function settlements(): Checker {
  /** When each node said what it may say once: by node, then by what and to whom. */
  const said = new Map<Address, Map<string, Instant>>();

  function again(from: Address, what: string, at: Instant): boolean {
    const own = said.get(from) ?? new Map<string, Instant>();
    said.set(from, own);
    for (const [old, since] of own) {
      if (since + KEPT >= at) break;
      own.delete(old);
    }
    if (own.has(what)) return true;
    own.set(what, at);
    return false;
  }

  return {
    name: 'settlements',
    see(happening) {
      if (happening.is === 'stopped' || happening.is === 'crashed') said.delete(happening.actor);
      if (happening.is !== 'sent') return undefined;
      const { kind, from, to, body } = happening.envelope;
      if (kind === 'report') {
        const { query, attempt, miner } = body as Report;
        const what = `${query}/${attempt} ${miner}`;
        return again(from, what, happening.at) ? `${from} reports twice on ${what}` : undefined;
      }
      if (kind !== 'proposal') return undefined;
      const theCase = body as Case;
      const attempt = `${theCase.query.id}/${theCase.query.rounds.length}`;
      if (again(from, `${attempt} ${to}`, happening.at)) return `${from} settles ${attempt} twice`;
      return wrongJudgement(theCase);
    },
  };
}

function wrongJudgement({ answers, reputations }: Case): string | undefined {
  const standing = new Map(
    reputations.map(({ validator, reputation }) => [validator, reputation] as const),
  );
  for (const answer of answers) {
    if (answer.kind !== 'answered') continue;
    const { batch, finalScore, denied, approved } = answer;
    const right = slowScore(answer, standing);
    if (finalScore !== right) return `F of ${batch} is ${finalScore}, and should be ${right}`;
    if (approved !== (right !== undefined && right >= GOOD && !denied)) {
      return `${batch} is ${approved ? '' : 'not '}approved at ${finalScore}`;
    }
  }
  return undefined;
}

function slowScore(
  { reports }: Answered,
  standing: ReadonlyMap<Hotkey, number>,
): number | undefined {
  const say = reports
    .flatMap(({ validator, score }) =>
      score === undefined ? [] : [{ score: BigInt(score), r: standing.get(validator) ?? 0 }],
    )
    .filter(({ r }) => r > 0)
    .toSorted((a, b) => Number(a.score - b.score));
  const risen = say.filter(({ r }) => r > SAY);
  if (risen.length === 0) {
    const middle = say[Math.ceil(say.length / 2) - 1]?.score;
    return middle === undefined ? undefined : Number(middle);
  }

  const sum = (of: (one: (typeof risen)[number]) => bigint): bigint =>
    risen.reduce((all, one) => all + of(one), 0n);
  return Number(sum(({ score, r }) => score * BigInt(r)) / sum(({ r }) => BigInt(r)));
}
