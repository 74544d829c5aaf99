/**
 * A pool settles the queries that name it, keeps the approved leads, and delivers the best.
 *
 *     query, batches, reports ──▶ settle ──▶ delivery ──▶ (buyer)
 *                                   └──▶ proposal ──▶ (panel) ──▶ countersigns ──▶ settlement ──▶ (everyone)
 *
 * The delivery does not wait for the countersigns: these only make the case move anybody's standing.
 */
import { standingAt } from '../protocols/ledger.ts';
import { ownersIn } from '../protocols/metagraph.ts';
import { reputationOf } from '../protocols/standing.ts';
import {
  addressOf,
  attemptOf,
  hotkeyOf,
  roleOf,
  type Case,
  type Countersign,
  type Query,
  type Sealed,
} from '../protocols/messages.ts';
import { batchDue, settleDue } from '../protocols/rules/deadlines.ts';
import type { Draw } from '../protocols/rules/draw.ts';
import { takeDownErased } from '../protocols/rules/held.ts';
import { newStock } from '../protocols/rules/pool.ts';
import { commitDue, isSealed, reportsDue } from '../protocols/rules/sealed.ts';
import { isBinding, isSound, type Reputations } from '../protocols/rules/settlement.ts';
import type { IsSuppressed } from '../protocols/rules/suppression.ts';
import { caseDigest } from '../protocols/seals.ts';
import { later, type Digest, type Hotkey } from '../protocols/units.ts';
import {
  ask,
  nothing,
  refuse,
  send,
  type Actor,
  type Context,
  type Effect,
  type Step,
} from './actor.ts';
import {
  accountShortfall,
  attemptKey,
  examine,
  isAnswerTo,
  refusalOf,
  restrictedUntil,
  STAKE_TIME,
} from './asking.ts';
import { takePlea } from './appealing.ts';
import {
  append,
  catchUp,
  follow,
  followers,
  newFollowing,
  page,
  type Following,
} from './following.ts';
import { deliver, type Delivering } from './delivering.ts';
import { firstTime, keep, type Open, type Seen } from './once.ts';
import {
  close,
  couldNotTell,
  isJudged,
  isOver,
  judgeReady,
  newAttempt,
  panelOf,
  wakeUps,
  type Attempting,
} from './settling.ts';
import { isOpened, keepCommit, showCommits } from './sealed-answers.ts';
import { EPOCH_ALARM, watchEpoch } from './epoch.ts';
import { takeRating } from './rating.ts';
import { COUNTERSIGN_TIME } from './countersigning.ts';
import { COLLUSION_ALARM, look, takeFinding } from './watching.ts';

/** Attempts under way at once: of 8 batches of 25 kB each, 200 MB at the very most. */
const MOST_ATTEMPTS = 1_024;

interface Proposal {
  readonly theCase: Case;
  readonly digest: Digest;
  readonly draw: Draw;
  readonly countersigns: Map<Hotkey, Sealed<Countersign>>;
}

export interface PoolState extends Following, Delivering {
  readonly seen: Seen<string>;
  readonly attempts: Open<string, Attempting>;
  readonly proposals: Open<string, Proposal>;
}

type PoolActor = Actor<'pool', PoolState, 'alarm' | 'stake' | 'verify' | 'collusion'>;

/** A pool that honours a list of those who are not to be contacted. */
export const poolWith = ({ isSuppressed }: { readonly isSuppressed: IsSuppressed }): PoolActor => ({
  ...pool,
  begin(context) {
    const [state, ...effects] = pool.begin(context);
    return [{ ...state, isSuppressed }, ...effects];
  },
});

export const pool: PoolActor = {
  role: 'pool',

  begin(context) {
    const { chain, now } = context;
    const state: PoolState = {
      ...newFollowing(chain),
      seen: new Map(),
      stock: newStock(),
      attempts: new Map(),
      proposals: new Map(),
    };
    return [state, watchEpoch(chain, now), ...catchUp(state, context)];
  },

  withoutErased: ({ stock }) => takeDownErased(stock),

  on: {
    query(state, envelope, { self, now, chain }) {
      const { body: query } = envelope;
      const draw = examine(envelope, now, chain);
      if ('refused' in draw) {
        const told = draw.tell === undefined ? nothing : refusalOf(query, draw.tell);
        return [...refuse(envelope, draw.refused), ...told];
      }
      if (query.pool !== hotkeyOf(self)) return refuse(envelope, 'not_yours');
      const drawnAt = chain.at(query.rounds.at(-1)?.block ?? chain.latest.head.number);
      if (drawnAt === undefined) return refuse(envelope, 'unknown_block');
      const until = restrictedUntil(state.ledger, query, drawnAt);
      if (until !== undefined) {
        const told = refusalOf(query, 'restricted', { until }, draw.miners);
        return [...refuse(envelope, 'restricted'), ...told];
      }

      const key = attemptKey(query);
      const due = settleDue(query);
      if (!firstTime(state.seen, key, due, now)) return refuse(envelope, 'repeated');
      const attempt = newAttempt(query, draw, drawnAt);
      if (!keep(state.attempts, key, attempt, { until: due, now, limit: MOST_ATTEMPTS })) {
        return [...refuse(envelope, 'busy'), ...refusalOf(query, 'busy')];
      }
      return [
        ask('stake', { hotkey: query.buyer, about: key }, later(now, STAKE_TIME)),
        ...wakeUps(query).map((at) => ask('alarm', { about: key }, at)),
      ];
    },

    stakeReply(state, { input, outcome }, context) {
      const attempt = state.attempts.get(input.about)?.work;
      if (attempt === undefined) return nothing;
      const { query } = attempt;
      const shortfall = accountShortfall(query, context.chain, outcome);
      if (shortfall !== undefined) {
        state.attempts.delete(input.about);
        return shortfall === 'chain_unavailable'
          ? refusalOf(query, shortfall)
          : refusalOf(query, 'no_standing', { shortfall });
      }
      attempt.admitted = true;
      return advance(state, attempt, context);
    },

    batch(state, envelope, context) {
      const { body: batch, from } = envelope;
      const { miner } = batch;
      const attempt = state.attempts.get(attemptKey(batch.query))?.work;
      if (attempt === undefined) return refuse(envelope, 'unknown_query');
      if (from !== addressOf('miner', miner)) return refuse(envelope, 'not_yours');
      if (context.now > batchDue(attempt.query)) return refuse(envelope, 'late');
      if (!attempt.draw.miners.includes(miner)) return refuse(envelope, 'not_drawn');
      // Of the query as its buyer sent it here: the batch may bring another of the same name.
      if (!isAnswerTo(attempt.query, batch, context.now)) return refuse(envelope, 'malformed');
      if (attempt.batches.has(miner)) return refuse(envelope, 'repeated');

      attempt.batches.set(miner, batch);
      const step = { is: 'batch', miner, count: batch.count } as const;
      return [noteOf(attempt.query, step), ...advance(state, attempt, context)];
    },

    commit(state, envelope, context) {
      const { body: commit, from } = envelope;
      const { validator, miner } = commit;
      const attempt = state.attempts.get(`${commit.query}/${commit.attempt}`)?.work;
      if (attempt === undefined) return refuse(envelope, 'unknown_query');
      if (from !== addressOf('validator', validator)) return refuse(envelope, 'not_yours');
      if (!isSealed(attempt.query)) return refuse(envelope, 'mismatch');
      if (!attempt.draw.panel.includes(validator)) return refuse(envelope, 'not_in_panel');
      if (!attempt.draw.miners.includes(miner)) return refuse(envelope, 'not_drawn');
      if (context.now > commitDue(attempt.query) || attempt.shown.has(miner)) {
        return refuse(envelope, 'late');
      }
      if (!keepCommit(attempt, commit)) return refuse(envelope, 'repeated');
      return advance(state, attempt, context);
    },

    report(state, envelope, context) {
      const { body: report, from } = envelope;
      const { validator, miner } = report;
      const attempt = state.attempts.get(`${report.query}/${report.attempt}`)?.work;
      if (attempt === undefined) return refuse(envelope, 'unknown_query');
      if (from !== addressOf('validator', validator)) return refuse(envelope, 'not_yours');
      if (!attempt.draw.panel.includes(validator)) return refuse(envelope, 'not_in_panel');
      if (!attempt.draw.miners.includes(miner)) return refuse(envelope, 'not_drawn');
      if (!isSound(report)) return refuse(envelope, 'malformed');
      if (context.now > reportsDue(attempt.query)) return refuse(envelope, 'late');
      if (!isOpened(attempt, report)) return refuse(envelope, 'mismatch');

      const reports = attempt.reports.get(miner) ?? new Map<Hotkey, typeof report>();
      if (reports.has(validator)) return refuse(envelope, 'repeated');
      if (isJudged(attempt, miner)) return refuse(envelope, 'late');
      reports.set(validator, report);
      attempt.reports.set(miner, reports);
      const step = { is: 'scored', miner, validator } as const;
      return [noteOf(attempt.query, step), ...advance(state, attempt, context)];
    },

    verifyReply(state, { input, outcome }, context) {
      const attempt = state.attempts.get(input.about)?.work;
      if (attempt === undefined) return nothing;
      const { batch } = input;
      const whole = outcome.ok && outcome.value.length === batch.count;
      attempt.checked.set(batch.id, whole ? outcome.value : couldNotTell(batch));
      return advance(state, attempt, context);
    },

    alarmReply(state, { input }, context) {
      if (input.about === EPOCH_ALARM) {
        return [watchEpoch(context.chain, context.now), ...catchUp(state, context)];
      }
      if (input.about === COLLUSION_ALARM) return look(state, context);
      const attempt = state.attempts.get(input.about)?.work;
      if (attempt !== undefined) return advance(state, attempt, context);

      const proposal = state.proposals.get(input.about);
      if (proposal === undefined || proposal.until > context.now) return nothing;
      state.proposals.delete(input.about);
      const { theCase, countersigns } = proposal.work;
      return [noteOf(theCase.query, { is: 'unsettled', countersigns: countersigns.size })];
    },

    collusionReply: takeFinding,

    countersign(state, envelope, context) {
      const { self, chain } = context;
      const { body: sign, from } = envelope;
      const key = `${sign.query}/${sign.attempt}`;
      const proposal = state.proposals.get(key)?.work;
      if (proposal === undefined) return refuse(envelope, 'unknown_query');
      if (from !== addressOf('validator', sign.validator)) return refuse(envelope, 'not_yours');
      if (!proposal.draw.panel.includes(sign.validator)) return refuse(envelope, 'not_in_panel');
      if (sign.digest !== proposal.digest) return refuse(envelope, 'mismatch');
      if (proposal.countersigns.has(sign.validator)) return refuse(envelope, 'repeated');

      proposal.countersigns.set(sign.validator, sign);
      const { theCase, digest, draw } = proposal;
      const countersigns = [...proposal.countersigns.values()];
      if (!isBinding(countersigns, theCase, digest, draw)) return nothing;

      state.proposals.delete(key);
      const record = { kind: 'settled', case: theCase, countersigns } as const;
      const entry = append(state, hotkeyOf(self), record, context);
      return [
        noteOf(theCase.query, { is: 'settled', digest, countersigns: countersigns.length }),
        ...followers(chain.latest, self).map((to) => send('settlement', to, entry)),
      ];
    },

    settlement: (state, envelope, context) => follow(state, envelope, context),

    feedback(state, envelope, context) {
      const { body: feedback, from } = envelope;
      const { self, chain } = context;
      // Its buyer signed it; a validator may bring it too, for a message may be lost.
      const isBrought = roleOf(from) === 'validator';
      if (!isBrought && from !== addressOf('buyer', feedback.buyer)) {
        return refuse(envelope, 'not_yours');
      }
      if (feedback.pool !== hotkeyOf(self)) return refuse(envelope, 'not_yours');
      const why = takeRating(state.rateable, feedback, context);
      // What one validator brings, all do.
      if (why !== undefined) return isBrought ? nothing : refuse(envelope, why);

      const entry = append(state, hotkeyOf(self), { kind: 'rated', feedback }, context);
      return followers(chain.latest, self).map((to) => send('settlement', to, entry));
    },

    missing: page,

    appeal: takePlea,
    vote: takePlea,
  },
};

/** Moves an attempt on as far as it goes. */
function advance(
  state: PoolState,
  attempt: Attempting,
  context: Context<'pool'>,
): readonly Effect[] {
  if (!attempt.admitted) return nothing;
  const reputations = reputationsAt(state, attempt);
  const shown = showCommits(attempt, context.now);
  const checks = judgeReady(attempt, reputations, context.now);
  if (!isOver(attempt, context.now)) return [...shown, ...checks];
  return [...shown, ...settle(state, attempt, reputations, context)];
}

/** R_v of the epoch in which the attempt was drawn: it is settled before that everywhere. */
function reputationsAt({ ledger }: PoolState, { draw, drawnAt }: Attempting): Reputations {
  const standing = standingAt(ledger, drawnAt.epochStart, ownersIn(drawnAt));
  return new Map(draw.panel.map((validator) => [validator, reputationOf(standing, validator)]));
}

function settle(
  state: PoolState,
  attempt: Attempting,
  reputations: Reputations,
  context: Context<'pool'>,
): readonly Effect[] {
  const { self, now, chain } = context;
  const { query } = attempt;
  const key = attemptKey(query);
  state.attempts.delete(key);
  const { theCase, chosen, road, suppressed } = close(attempt, {
    pool: hotkeyOf(self),
    block: chain.latest.head.number,
    stock: state.stock,
    reputations,
    others: [...state.attempts.values()].map(({ work }) => work),
    isSuppressed: state.isSuppressed,
    now,
  });
  const delivery = deliver(state, attempt, { chosen: chosen?.batch, road, suppressed }, now);

  const until = later(now, COUNTERSIGN_TIME);
  const digest = caseDigest(theCase);
  const proposal = { theCase, digest, draw: attempt.draw, countersigns: new Map() };
  keep(state.proposals, key, proposal, { until, now, limit: MOST_ATTEMPTS });
  return [
    send('delivery', addressOf('buyer', query.buyer), delivery),
    ...panelOf(attempt).map((validator) => send('proposal', validator, theCase)),
    ask('alarm', { about: key }, until),
  ];
}

const noteOf = (query: Query, step: Step): Effect => ({
  note: 'step',
  query: query.id,
  attempt: attemptOf(query),
  step,
});
