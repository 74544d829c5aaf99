/**
 * A copying validator looks at nothing. It says of a batch what the others say of it, where it can
 * read that, and else what was last settled of its miner.
 *
 *     a pool leaks to it, openly  O_v = the median of the reports so far, once most have spoken
 *     otherwise                   O_v = the miner's last F, 0 where its checks then failed;
 *                                       0.95 for one it has not heard of
 *
 * It saves the audits, and miners are much the same from day to day. Reports go to the pool alone
 * until they are settled, so of an honest pool the past is all there is to copy: the rules answer
 * where a miner changes, and where a good one has a bad day. Against a pool that leaks they have
 * sealed reports: of these it can read none before it has committed to its own.
 */
import { ask, type Ask, type Context, type Effect } from '../../actors/actor.ts';
import { keep, type Open } from '../../actors/once.ts';
import { attemptOf, type Answer } from '../../protocols/messages.ts';
import { PANEL_SIZE } from '../../protocols/rules/draw.ts';
import { isSealed } from '../../protocols/rules/sealed.ts';
import {
  later,
  ONE,
  percent,
  seconds,
  type BatchId,
  type Hotkey,
  type Instant,
  type Score,
} from '../../protocols/units.ts';
import {
  allPass,
  unchecked,
  unlooked,
  withFailed,
  type Looked,
  type ValidatorActor,
} from './judging.ts';
import { newLeak, type Leak } from './leak.ts';

/** For a miner that it has not heard of: most batches are good. */
const GUESS: Score = percent(95);
/** How often it looks at what leaked. */
const LOOK_EVERY = seconds(5);
/** As many as a validator holds. */
const MOST_WAITING = 512;
/** What its own alarms are about begins so: no batch and no epoch is called that. */
const ABOUT_LEAK = 'leak ';

/** An audit that it does not do, and the last instant to say that it did. */
interface Waiting {
  readonly at: Looked;
  readonly due: Instant;
}

export function copyingValidator(
  honest: ValidatorActor,
  leak: Leak = newLeak(new Set()),
): ValidatorActor {
  /** As many as there are miners. */
  const heard = new Map<Hotkey, Score>();
  const waiting: Open<BatchId, Waiting> = new Map();
  const guessOf = ({ batch }: Looked): Score => heard.get(batch.miner) ?? GUESS;
  const isLeaked = ({ batch: { query } }: Looked): boolean =>
    leak.pools.has(query.pool) && !isSealed(query);

  const copying = unchecked(
    unlooked(honest, (at) => (isLeaked(at) ? undefined : scored(at, guessOf(at)))),
  );

  /** Says what the others say, where most have spoken or time is up; else looks again in a while. */
  function look(
    state: Parameters<typeof honest.on.auditReply>[0],
    { at, due }: Waiting,
    context: Context<'validator'>,
  ): readonly Effect[] {
    const { batch } = at;
    const { query } = batch;
    const told = leak.scoresOf({ query: query.id, attempt: attemptOf(query), batch: batch.id });
    const again = Math.min(later(context.now, LOOK_EVERY), due) as Instant;
    if (2 * told.length <= PANEL_SIZE && context.now < due) {
      return [ask('alarm', { about: `${ABOUT_LEAK}${batch.id}` }, again)];
    }
    waiting.delete(batch.id);
    const value = scored(at, medianOf(told) ?? guessOf(at));
    const reply = { service: 'audit', input: at, outcome: { ok: true, value } } as const;
    return honest.on.auditReply(state, reply, context);
  }

  return {
    ...copying,
    begin(context) {
      heard.clear();
      waiting.clear();
      return copying.begin(context);
    },
    on: {
      ...copying.on,
      blockReply: (state, reply, context) =>
        copying.on.blockReply(state, reply, context).flatMap((effect) => {
          if (!isAudit(effect)) return [effect];
          const { input: at, by: due } = effect;
          const { now } = context;
          const held = { at, due };
          // Where it waits for too many it has to look, as anybody has.
          return keep(waiting, at.batch.id, held, { until: due, now, limit: MOST_WAITING })
            ? look(state, held, context)
            : [effect];
        }),
      alarmReply(state, reply, context) {
        const { about } = reply.input;
        if (!about.startsWith(ABOUT_LEAK)) return copying.on.alarmReply(state, reply, context);
        const held = waiting.get(about.slice(ABOUT_LEAK.length) as BatchId)?.work;
        return held === undefined ? [] : look(state, held, context);
      },
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

const isAudit = (effect: Effect): effect is Extract<Ask, { readonly ask: 'audit' }> =>
  'ask' in effect && effect.ask === 'audit';

/** Verdicts that come as near to a score as the sample allows. */
function scored(at: Looked, score: Score) {
  const { sample } = at;
  return withFailed(allPass(at), sample, sample.length - nearest(score, sample.length));
}

/** The lower of two middle ones; undefined of none. */
const medianOf = (scores: readonly Score[]): Score | undefined =>
  scores.toSorted((a, b) => a - b)[Math.ceil(scores.length / 2) - 1];

/** F as it stands after the checks; undefined where nothing was scored. */
function settledScore(answer: Answer): Score | undefined {
  if (answer.kind === 'missed') return undefined;
  return answer.checks?.outcome === 'failed' ? percent(0) : answer.finalScore;
}

/** How many of a sample come nearest to a score. */
const nearest = (score: Score, sampled: number): number =>
  Math.floor((score * sampled + ONE / 2) / ONE);
