/**
 * A validator audits the batches that miners offer it, reports to the query's pool, countersigns
 * what the pool makes of the reports, and turns the settled past into weights once an epoch.
 *
 *     batch ──▶ the next block picks a sample ──▶ audit ──▶ report ──▶ (pool)
 *                             where the query asks for it ──▶ commit first: `sealed-report.ts`
 *     proposal ──▶ own reports unchanged? F as I make it? checks as I find them? ──▶ countersign
 *
 * It reports once on every batch that came in time: with the score of the audit or, where the
 * audit failed or ran late, as an abstention. No pool waits for it, no miner pays for its troubles.
 */
import { standingAt } from '../protocols/ledger.ts';
import { neuronOf } from '../protocols/metagraph.ts';
import { addressOf, attemptOf, hotkeyOf, type Report } from '../protocols/messages.ts';
import { auditScore, isApproved } from '../protocols/rules/audit.ts';
import { differs } from '../protocols/rules/checks.ts';
import { AUDIT_TIME, batchDue, settleDue } from '../protocols/rules/deadlines.ts';
import { drawOf } from '../protocols/rules/draw.ts';
import { standingOf } from '../protocols/rules/eligibility.ts';
import { sampleOf, sampleSeed, sampleSize } from '../protocols/rules/sampling.ts';
import { isSealed } from '../protocols/rules/sealed.ts';
import { caseFault } from '../protocols/rules/settlement.ts';
import { minerWeights } from '../protocols/rules/weights.ts';
import { caseDigest } from '../protocols/seals.ts';
import { later, minutes, type BatchId, type Block, type Instant } from '../protocols/units.ts';
import { countReasons, type Verdict } from '../protocols/verdict.ts';
import {
  ask,
  nothing,
  refuse,
  send,
  type Actor,
  type Context,
  type Effect,
  type Outcome,
} from './actor.ts';
import { handOn } from './appealing.ts';
import {
  accountShortfall,
  attemptKey,
  isAnswerTo,
  isPresent,
  refusalOf,
  restrictedUntil,
  STAKE_TIME,
} from './asking.ts';
import {
  answerOf,
  closesAt,
  COUNTERSIGN_TIME,
  countersign,
  isAsISawIt,
  toRepeat,
  TRAVEL,
  type Audit,
  type Signing,
} from './countersigning.ts';
import { EPOCH_ALARM, newEpoch, watchEpoch } from './epoch.ts';
import { newFollowing, catchUp, follow, page, type Following } from './following.ts';
import { firstTime, keep } from './once.ts';
import { takeRating } from './rating.ts';
import { caseName, noteSettled, releaseSettled, type Releasing } from './releasing.ts';
import { commitFirst, lookAt, reveal, sealReport } from './sealed-report.ts';
import { COLLUSION_ALARM, look, takeFinding } from './watching.ts';

/**
 * Batches in hand at once: 64 queries' worth, 13 MB of usual leads. One counts until it is settled, or
 * until nobody can settle it any more: a pool that settles nothing has no more than these, either.
 */
const MOST_BATCHES = 512;
/** Proposals under way at once, each waiting for the checks to be repeated. */
const MOST_CASES = 256;

export interface ValidatorState extends Following, Releasing {
  epoch: Block;
}

export const validator: Actor<
  'validator',
  ValidatorState,
  'alarm' | 'block' | 'stake' | 'audit' | 'verify' | 'collusion' | 'setWeights'
> = {
  role: 'validator',

  begin(context) {
    const { chain, now } = context;
    const state: ValidatorState = {
      ...newFollowing(chain),
      seen: new Map(),
      audits: new Map(),
      signings: new Map(),
      epoch: chain.latest.epochStart,
    };
    return [state, watchEpoch(chain, now), ...catchUp(state, context)];
  },

  on: {
    batch(state, envelope, { self, now, chain }) {
      const { body: batch, from } = envelope;
      const { query, miner } = batch;
      const closes = batchDue(query);
      if (from !== addressOf('miner', miner)) return refuse(envelope, 'not_yours');
      if (now > closes) return refuse(envelope, 'late');
      if (!isAnswerTo(query, batch, now)) return refuse(envelope, 'malformed');

      const draw = drawOf(query, chain);
      if (draw === 'unknown_block') return refuse(envelope, 'unknown_block');
      if (draw === 'bad_query') return refuse(envelope, 'malformed');
      if (!draw.panel.includes(hotkeyOf(self))) return refuse(envelope, 'not_in_panel');
      if (!draw.miners.includes(miner)) return refuse(envelope, 'not_drawn');
      const drawnAt = chain.at(query.rounds.at(-1)?.block ?? chain.latest.head.number);
      const restricted = restrictedUntil(state.ledger, query, drawnAt);
      if (restricted !== undefined) {
        // Eight miners answer; the buyer is told once.
        const isFirst = firstTime(state.seen, `restricted ${attemptKey(query)}`, closes, now);
        const told = isFirst ? refusalOf(query, 'restricted', { until: restricted }) : nothing;
        return [...refuse(envelope, 'restricted'), ...told];
      }
      if (!firstTime(state.seen, `${attemptKey(query)} ${miner}`, closes, now)) {
        return refuse(envelope, 'repeated');
      }
      releaseSettled(state, now);
      const until = later(settleDue(query), COUNTERSIGN_TIME);
      const due = (later(now, AUDIT_TIME) - TRAVEL) as Instant;
      const block = query.rounds.at(-1)?.block ?? (0 as Block);
      const audit: Audit = { batch, due, block, panel: draw.panel };
      if (!keep(state.audits, batch.id, audit, { until, now, limit: MOST_BATCHES })) {
        return refuse(envelope, 'busy');
      }
      // The block that picks the sample comes after the batch, so that no miner can know which of
      // its leads will be looked at.
      return [ask('block', { after: now, about: batch.id }, due)];
    },

    blockReply(state, { input, outcome }, context) {
      const audit = state.audits.get(input.about as BatchId)?.work;
      if (audit === undefined || audit.sample !== undefined) return nothing;
      if (!outcome.ok) return report(audit, undefined, context);

      const { batch, due } = audit;
      const seed = sampleSeed(outcome.value.hash, hotkeyOf(context.self), batch.id);
      const sample = sampleOf(seed, batch.count, sampleSize(batch.count));
      audit.sample = sample;
      audit.block = outcome.value.number;
      return [ask('audit', { batch, sample, block: audit.block }, due)];
    },

    auditReply(state, { input, outcome }, context) {
      const audit = state.audits.get(input.batch.id)?.work;
      return audit === undefined ? nothing : report(audit, outcome, context);
    },

    commits(state, envelope, { self, now }) {
      const { body, from } = envelope;
      const own = body.commits.find((commit) => commit.validator === hotkeyOf(self));
      const sealing = own && state.audits.get(own.batch)?.work.sealing;
      if (sealing === undefined) return refuse(envelope, 'unknown_query');
      if (from !== addressOf('pool', sealing.batch.query.pool))
        return refuse(envelope, 'not_yours');
      const seen = lookAt(sealing, body.commits, now);
      return typeof seen === 'string' ? refuse(envelope, seen) : seen;
    },

    proposal(state, envelope, context) {
      const { body: theCase, from } = envelope;
      const { query, pool } = theCase;
      const { self, now, chain } = context;
      if (from !== addressOf('pool', pool)) return refuse(envelope, 'not_yours');
      if (standingOf('pool', neuronOf(chain.latest, pool), chain.latest) !== undefined) {
        return refuse(envelope, 'no_standing');
      }
      if (!isPresent(theCase.block, chain)) return refuse(envelope, 'late');

      const draw = drawOf(query, chain);
      const drawnAt = chain.at(query.rounds.at(-1)?.block ?? (0 as Block));
      if (draw === 'unknown_block' || drawnAt === undefined) {
        return refuse(envelope, 'unknown_block');
      }
      if (draw === 'bad_query') return refuse(envelope, 'malformed');
      if (!draw.panel.includes(hotkeyOf(self))) return refuse(envelope, 'not_in_panel');
      if (restrictedUntil(state.ledger, query, drawnAt) !== undefined) {
        return refuse(envelope, 'restricted');
      }
      if (!isAsISawIt(theCase, state, { panel: draw.panel, drawnAt, now }))
        return refuse(envelope, 'mismatch');
      if (caseFault(theCase, draw, drawnAt) !== undefined) return refuse(envelope, 'mismatch');

      const key = attemptKey(query);
      const until = later(now, COUNTERSIGN_TIME);
      if (!firstTime(state.seen, caseName(query), until, now)) return refuse(envelope, 'repeated');
      const signing = { theCase, digest: caseDigest(theCase), waiting: new Set<BatchId>() };
      if (!keep(state.signings, key, signing, { until, now, limit: MOST_CASES })) {
        return refuse(envelope, 'busy');
      }
      return [ask('stake', { hotkey: query.buyer, about: key }, later(now, STAKE_TIME))];
    },

    stakeReply(state, { input, outcome }, { self, now, chain }) {
      const signing = state.signings.get(input.about)?.work;
      if (signing === undefined) return nothing;
      if (accountShortfall(signing.theCase.query, chain, outcome) !== undefined) {
        state.signings.delete(input.about);
        return nothing;
      }
      const repeats = [...toRepeat(signing.theCase, state)];
      for (const { batch } of repeats) signing.waiting.add(batch.id);
      const by = (later(now, COUNTERSIGN_TIME) - STAKE_TIME - TRAVEL) as Instant;
      return repeats.length === 0
        ? sign(state, input.about, signing, self)
        : repeats.map(({ batch, only }) => ask('verify', { batch, only, about: input.about }, by));
    },

    verifyReply(state, { input, outcome }, { self }) {
      const signing = state.signings.get(input.about)?.work;
      if (signing === undefined) return nothing;
      const answer = answerOf(signing.theCase, input.batch.id);
      const found = outcome.ok ? outcome.value : [];
      if (answer?.checks && differs(answer.checks.leads, found, input.only ?? [])) {
        state.signings.delete(input.about);
        return nothing;
      }
      signing.waiting.delete(input.batch.id);
      return signing.waiting.size > 0 ? nothing : sign(state, input.about, signing, self);
    },

    settlement(state, envelope, context) {
      const effects = follow(state, envelope, context, noteSettled(state));
      releaseSettled(state, context.now);
      return effects;
    },

    feedback(state, envelope, context) {
      const { body: feedback, from } = envelope;
      if (from !== addressOf('buyer', feedback.buyer)) return refuse(envelope, 'not_yours');
      const why = takeRating(state.rateable, feedback, context);
      if (why !== undefined) return refuse(envelope, why);
      // It counts when it comes back in the pool's chain: no pool can say that it has not heard it.
      return [send('feedback', addressOf('pool', feedback.pool), feedback)];
    },

    missing: page,

    appeal: handOn,
    vote: handOn,

    collusionReply: takeFinding,

    alarmReply(state, { input }, context) {
      if (input.about === COLLUSION_ALARM) return look(state, context);
      const { now, chain } = context;
      if (input.about !== EPOCH_ALARM) {
        const sealing = state.audits.get(input.about as BatchId)?.work.sealing;
        return sealing === undefined ? nothing : reveal(sealing, now);
      }
      const effects = [watchEpoch(chain, now), ...catchUp(state, context, noteSettled(state))];
      const epoch = newEpoch(chain, state.epoch);
      if (epoch === undefined) return effects;
      state.epoch = epoch;
      const standing = standingAt(state.ledger, epoch);
      const weights = minerWeights(standing.miners, chain.latest);
      // Nothing known means nothing set: silence harms nobody, a guess would.
      if (weights.length === 0) return effects;
      return [...effects, ask('setWeights', weights, later(now, minutes(2)))];
    },

    setWeightsReply: () => nothing,
  },
};

/** Says once what was found of a batch, or commits to it, and why it was rejected where it was. */
function report(
  audit: Audit,
  outcome: Outcome<readonly Verdict[]> | undefined,
  { self, now, random }: Context<'validator'>,
): readonly Effect[] {
  if (audit.report !== undefined || now > closesAt(audit)) return nothing;
  const { batch, sample } = audit;
  const { query, miner, id } = batch;
  const verdicts = outcome?.ok && outcome.value.length === batch.count ? outcome.value : undefined;
  const found =
    verdicts && sample ? auditScore(verdicts, sample) : { sampled: 0, valid: 0, unknown: 0 };
  const reasons = verdicts && sample ? reasonsIn(verdicts, sample) : [];
  audit.report = {
    query: query.id,
    attempt: attemptOf(query),
    miner,
    batch: id,
    validator: hotkeyOf(self),
    block: audit.block,
    ...found,
    reasons,
  };
  if (isSealed(query)) audit.sealing = sealReport(audit.report, audit, random);
  const told: Effect[] = [
    audit.sealing === undefined
      ? send('report', addressOf('pool', query.pool), audit.report)
      : commitFirst(audit.sealing),
  ];
  if (audit.report.score !== undefined && !isApproved(audit.report.score)) {
    told.push({ note: 'batch_rejected', batch: id, miner, reasons });
  }
  return told;
}

const reasonsIn = (verdicts: readonly Verdict[], sample: readonly number[]): Report['reasons'] => [
  ...countReasons(sample.flatMap((index) => verdicts[index] ?? [])),
];

function sign(
  state: ValidatorState,
  key: string,
  signing: Signing,
  self: Context<'validator'>['self'],
): readonly Effect[] {
  state.signings.delete(key);
  return [countersign(signing, self)];
}
