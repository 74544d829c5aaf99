/**
 * The records: what moves standing, each on its own, as a ledger holds them.
 *
 *     a settled case ──▶ one a drawn miner: its batch, or that it missed
 *     a buyer's feedback ──▶ one rating      an appeal, a vote ──▶ an event of penalties
 */
import type { OwnerOf } from './metagraph.ts';
import type { Answer, Answered, Appeal, Case, CheckOutcome, Feedback, Vote } from './messages.ts';
import type { Recorded } from './place.ts';
import { remembered } from './remembered.ts';
import { goodLeads, toldLeads, type ToldLeads } from './rules/checks.ts';
import type { AppealEvent, VoteEvent } from './rules/penalty-events.ts';
import { appealDigest, caseDigest, feedbackDigest, voteDigest } from './seals.ts';
import { compareText } from './sorted.ts';
import type { Hotkey, Score } from './units.ts';

/** One thing that moves standing. */
export type LedgerRecord = BatchRecord | MissRecord | RatingRecord;

/** A miner's answer in time, and what became of it. */
export interface BatchRecord extends Recorded {
  readonly kind: 'batch';
  readonly query: string;
  readonly attempt: number;
  /** Who may rate it. Absent for a validator's own query, which nobody rates. */
  readonly buyer?: string;
  /** Only where a file of events leaves open who asked: whoever rates it is taken to have received it. */
  readonly anyBuyer?: true;
  readonly miner: Hotkey;
  readonly batch: string;
  /** One a validator that did not abstain. */
  readonly opinions: readonly { readonly validator: Hotkey; readonly score: Score }[];
  /** F before the checks; absent where nobody with a say scored. */
  readonly finalScore?: Score;
  /** F ≥ 0.90 and not denied: before the checks. */
  readonly approved: boolean;
  readonly checks: CheckOutcome | 'none';
  /** Of the leads that the checks could tell. Only of a checked batch, and of none in a file of events. */
  readonly told?: ToldLeads;
  /** How many leads there were; not known of a file of events. */
  readonly count?: number;
  /** What counts for A_m. */
  readonly asked: number;
  readonly good: number;
  /** Its leads are the query's own, of which a rating speaks. */
  readonly chosen: boolean;
}

/** A drawn miner that did not answer in time. */
export interface MissRecord extends Recorded {
  readonly kind: 'miss';
  readonly query: string;
  readonly attempt: number;
  readonly miner: Hotkey;
}

/** A buyer's word on what was delivered. */
export interface RatingRecord extends Recorded {
  readonly kind: 'rating';
  readonly buyer: Hotkey;
  readonly query: string;
  /** 1 to 10. */
  readonly rating: number;
  /** Which of the query's chosen batches; absent: that of the first attempt that has one. */
  readonly batch?: string;
  /** Of whom it speaks; absent: of all. In either case only of those who approved the batch. */
  readonly validators?: readonly Hotkey[];
}

/** What a settled case says of everyone: for one case the same records each time. */
export const recordsOfCase: (theCase: Case) => readonly LedgerRecord[] = remembered((theCase) => {
  const key = caseDigest(theCase);
  const { query, block, answers } = theCase;
  const chosen = chosenOf(answers);
  return answers.map((answer, index): LedgerRecord => {
    const record = {
      at: block,
      key: `${key}/${String(index).padStart(3, '0')}`,
      query: query.id,
      attempt: query.rounds.length,
      miner: answer.miner,
    };
    if (answer.kind === 'missed') return { ...record, kind: 'miss' };
    return {
      ...record,
      ...goodLeads(query.want.leads, answer),
      ...(query.account === 'buyer' ? { buyer: query.buyer } : {}),
      ...(answer.finalScore === undefined ? {} : { finalScore: answer.finalScore }),
      kind: 'batch',
      batch: answer.batch,
      opinions: answer.reports.flatMap(({ validator, score }) =>
        score === undefined ? [] : [{ validator, score }],
      ),
      approved: answer.approved,
      checks: answer.checks?.outcome ?? 'none',
      ...(answer.checks === undefined ? {} : { told: toldLeads(answer.checks.leads) }),
      count: answer.count,
      chosen: answer === chosen,
    };
  });
});

/** The batch that answers the query: checked, of the highest F, then made first. */
export const chosenOf = (answers: readonly Answer[]): Answered | undefined =>
  answers
    .filter((answer) => answer.kind === 'answered')
    .filter(({ approved, checks }) => approved && checks?.outcome === 'passed')
    .toSorted(
      (a, b) =>
        (b.finalScore ?? 0) - (a.finalScore ?? 0) ||
        a.madeAt - b.madeAt ||
        compareText(a.batch, b.batch),
    )[0];

/** A buyer's rating. Its key is its digest: the same one by two pools' chains counts once. */
export const recordOfFeedback: (feedback: Feedback) => LedgerRecord = remembered((feedback) => ({
  kind: 'rating',
  at: feedback.block,
  key: feedbackDigest(feedback),
  buyer: feedback.buyer,
  query: feedback.query,
  rating: feedback.rating,
}));

/** An appeal, by the coldkey whose flag it is against. */
export const appealEvent = (appeal: Appeal, ownerOf: OwnerOf): AppealEvent => ({
  kind: 'appeal',
  at: appeal.block,
  key: `appeal/${appealDigest(appeal)}`,
  owner: ownerOf(appeal.validator),
});

/** A vote, by the coldkeys of its voter and of the accused. */
export const voteEvent = (vote: Vote, ownerOf: OwnerOf): VoteEvent => ({
  kind: 'vote',
  at: vote.block,
  key: `vote/${voteDigest(vote)}`,
  owner: ownerOf(vote.validator),
  validator: vote.validator,
  accused: ownerOf(vote.accused),
  lifts: vote.lifts,
});
