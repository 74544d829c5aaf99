/**
 * How a pool brings one attempt at a query to its end.
 *
 *     batches and reports ──▶ F ──▶ the checks of what is approved ──▶ case ──▶ leads into the pool
 *
 * It moves on with whatever it has: a miner or validator that has not spoken by its deadline counts
 * as silent, and the attempt ends at the latest 240 s after the miners' deadline.
 */
import { decodeLeads } from '../protocols/batch.ts';
import { emailKey, type Lead } from '../protocols/lead.ts';
import type { Metagraph } from '../protocols/metagraph.ts';
import type {
  Address,
  Answer,
  Answered,
  Batch,
  Case,
  Commit,
  Query,
  Report,
  RoadStep,
  Sealed,
} from '../protocols/messages.ts';
import { chosenOf } from '../protocols/records.ts';
import { checkCodes, checkOutcome, CODES } from '../protocols/rules/checks.ts';
import { batchDue, CHECKS_TIME, settleDue } from '../protocols/rules/deadlines.ts';
import type { Draw } from '../protocols/rules/draw.ts';
import { formatsOf, readLead } from '../protocols/rules/format.ts';
import {
  admit,
  earlierSigned,
  personOf,
  signedWhen,
  withhold,
  type Offered,
  type PoolStock,
} from '../protocols/rules/pool.ts';
import { commitDue, isSealed, reportsDue } from '../protocols/rules/sealed.ts';
import type { IsSuppressed } from '../protocols/rules/suppression.ts';
import { judge, type Judgement, type Reputations } from '../protocols/rules/settlement.ts';
import { later, type BatchId, type Block, type Hotkey, type Instant } from '../protocols/units.ts';
import { because, type Verdict } from '../protocols/verdict.ts';
import { ask, type Effect } from './actor.ts';
import { attemptKey } from './asking.ts';
import { opinionsIn, roadStep } from './road.ts';
import { commitsIn, hasPanelSpoken } from './sealed-answers.ts';

/** An attempt that is under way. */
export interface Attempting {
  readonly query: Sealed<Query>;
  readonly draw: Draw;
  readonly drawnAt: Metagraph;
  /** Whether the buyer was found to have the standing; until then nothing is judged. */
  admitted: boolean;
  readonly batches: Map<Hotkey, Sealed<Batch>>;
  /** By miner, then by validator. */
  readonly reports: Map<Hotkey, Map<Hotkey, Sealed<Report>>>;
  /** The same of commits; empty where the query does not ask for sealed reports. */
  readonly commits: Map<Hotkey, Map<Hotkey, Sealed<Commit>>>;
  /** The miners to whose answers nobody will commit any more. */
  readonly shown: Set<Hotkey>;
  readonly judged: Map<BatchId, Judgement>;
  /** The leads of each approved batch, while it is open. */
  readonly leads: Map<BatchId, ReadBatch>;
  readonly checked: Map<BatchId, readonly Verdict[]>;
}

export const newAttempt = (query: Sealed<Query>, draw: Draw, drawnAt: Metagraph): Attempting => ({
  query,
  draw,
  drawnAt,
  admitted: false,
  batches: new Map(),
  reports: new Map(),
  commits: new Map(),
  shown: new Set(),
  judged: new Map(),
  leads: new Map(),
  checked: new Map(),
});

/** The instants at which an attempt has to be looked at although nobody spoke. */
export const wakeUps = (query: Query): readonly Instant[] => [
  (batchDue(query) + 1) as Instant,
  commitDue(query),
  ...(isSealed(query) ? [reportsDue(query)] : []),
  settleDue(query),
];

/** Judges each batch whose panel has spoken or run out of time, and asks for the checks of the good. */
export function judgeReady(
  attempt: Attempting,
  reputations: Reputations,
  now: Instant,
): readonly Effect[] {
  const { query, drawnAt, judged } = attempt;
  const effects: Effect[] = [];
  for (const [miner, batch] of attempt.batches) {
    const reports = attempt.reports.get(miner);
    if (judged.has(batch.id) || !hasPanelSpoken(attempt, miner, now)) continue;

    const judgement = isElsewhere(attempt, batch)
      ? { denied: false, approved: false }
      : judge(onBatch(batch.id, reports), reputations, drawnAt);
    judged.set(batch.id, judgement);
    if (!judgement.approved) continue;
    attempt.leads.set(batch.id, readBatch(batch));
    const by = Math.min(later(now, CHECKS_TIME), settleDue(query)) as Instant;
    effects.push(ask('verify', { batch, about: attemptKey(query) }, by));
  }
  return effects;
}

/**
 * Whether so many of the panel were sent another batch than this one that the others cannot settle
 * it. Then nobody can tell what the miner's answer was, and it counts as none: no miner can keep a
 * case from being countersigned by telling everyone something else.
 */
function isElsewhere({ draw, reports }: Attempting, { id, miner }: Batch): boolean {
  const others = [...(reports.get(miner)?.values() ?? [])].filter(({ batch }) => batch !== id);
  return others.length > 0 && 2 * others.length >= draw.panel.length;
}

/** Whether a miner's answer was judged: what comes later can be no part of that. */
export function isJudged({ batches, judged }: Attempting, miner: Hotkey): boolean {
  const batch = batches.get(miner);
  return batch !== undefined && judged.has(batch.id);
}

/** Whether every drawn miner and validator has spoken or run out of time, and the checks are done. */
export function isOver(attempt: Attempting, now: Instant): boolean {
  const { query, draw, batches, judged, checked } = attempt;
  if (now >= settleDue(query)) return true;
  const allMiners = draw.miners.every((miner) => batches.has(miner)) || now > batchDue(query);
  return (
    allMiners &&
    [...batches.values()].every(({ id }) => {
      const judgement = judged.get(id);
      return judgement !== undefined && (!judgement.approved || checked.has(id));
    })
  );
}

/** Where the checks did not come back in time, nobody could tell. */
export const couldNotTell = ({ count }: Batch): readonly Verdict[] =>
  Array.from({ length: count }, () => because('provider_unavailable'));

/** The end of an attempt: the case for everyone, the road for the buyer, the leads for the pool. */
export interface Ending {
  readonly theCase: Case;
  readonly chosen?: Answered;
  readonly road: readonly RoadStep[];
  /** How many leads that passed stay out of the pool, as their persons are not to be contacted. */
  readonly suppressed: number;
}

/**
 * Closes an attempt, and admits what passed. Between open batches the earlier signed one has the
 * better claim to an address, so they are taken in that order.
 */
export function close(
  attempt: Attempting,
  {
    pool,
    block,
    stock,
    reputations,
    others,
    isSuppressed,
    now,
  }: {
    readonly pool: Hotkey;
    readonly block: Block;
    readonly stock: PoolStock;
    readonly reputations: Reputations;
    /** The other attempts that are under way here. */
    readonly others: readonly Attempting[];
    /** Whom this pool does not sell; nobody where absent. */
    readonly isSuppressed?: IsSuppressed | undefined;
    readonly now: Instant;
  },
): Ending {
  const { query, draw } = attempt;
  const answers = new Map<Hotkey, Answer>();
  let suppressed = 0;
  const bySigning = [...attempt.batches.values()].toSorted(earlierSigned);
  for (const batch of bySigning) {
    if (isElsewhere(attempt, batch)) continue;
    const read = attempt.leads.get(batch.id) ?? NOTHING_READ;
    const offered = read.leads.map((lead) => lead && { lead, person: personOf(stock, lead) });
    const claims = () => claimsAgainst(batch, offered, stock, others);
    const answer = answered(attempt, batch, reputations, claims);
    answers.set(batch.miner, answer);
    if (answer.checks?.outcome !== 'passed') continue;
    suppressed += admitLeads(stock, batch, offered, answer, { isSuppressed, now });
  }

  const inOrder = draw.miners.map((miner) => answers.get(miner) ?? missed(attempt, miner));
  const chosen = chosenOf(inOrder);
  return {
    theCase: {
      pool,
      query,
      block,
      reputations: draw.panel.map((validator) => ({
        validator,
        reputation: reputations.get(validator) ?? (0 as never),
      })),
      answers: inOrder,
    },
    ...(chosen === undefined ? {} : { chosen }),
    road: inOrder.map((answer) =>
      roadStep(answer, answer.kind === 'answered' ? attempt.checked.get(answer.batch) : []),
    ),
    suppressed,
  };
}

/**
 * Judged by the reputations that the case names: a record of the epoch before may have come since it
 * was judged first. What that lets be approved only now was not checked, and is undecided.
 */
function answered(
  attempt: Attempting,
  batch: Batch,
  reputations: Reputations,
  claims: () => (index: number) => boolean,
): Answered {
  const { id, miner, madeAt, count } = batch;
  const reports = onBatch(id, attempt.reports.get(miner));
  const judgement = attempt.judged.has(id)
    ? judge(reports, reputations, attempt.drawnAt)
    : { denied: false, approved: false };
  const verdicts = attempt.checked.get(id) ?? couldNotTell(batch);
  return {
    kind: 'answered',
    miner,
    batch: id,
    madeAt,
    count,
    reports,
    ...commitsIn(attempt, miner),
    ...judgement,
    ...(judgement.approved
      ? { checks: { outcome: checkOutcome(verdicts), leads: checkCodes(verdicts, claims()) } }
      : {}),
  };
}

const missed = (attempt: Attempting, miner: Hotkey): Answer => ({
  kind: 'missed',
  miner,
  reports: [...(attempt.reports.get(miner)?.values() ?? [])],
  ...commitsIn(attempt, miner),
});

const onBatch = (
  id: BatchId,
  reports: ReadonlyMap<Hotkey, Sealed<Report>> | undefined,
): readonly Sealed<Report>[] => [...(reports?.values() ?? [])].filter(({ batch }) => batch === id);

/** A batch's leads, decoded and read once: what is no good lead is not there. */
interface ReadBatch {
  readonly leads: readonly (Lead | undefined)[];
  readonly emails: ReadonlySet<string>;
}

function readBatch({ leads: bytes }: Batch): ReadBatch {
  const decoded = decodeLeads(bytes);
  const format = formatsOf(decoded);
  const leads = decoded.map((lead, index) => readLead(lead, format(index)));
  return { leads, emails: new Set(leads.flatMap((lead) => lead ?? []).map(keyOf)) };
}

/** Of a batch that was not approved nobody reads the leads. */
const NOTHING_READ: ReadBatch = { leads: [], emails: new Set() };

const keyOf = (lead: Lead): string => emailKey(lead['Owner(s) Email']);

/** Whether the address of the lead at an index belongs to somebody with the better claim. */
function claimsAgainst(
  batch: Batch,
  offered: readonly (Offered | undefined)[],
  stock: PoolStock,
  others: readonly Attempting[],
): (index: number) => boolean {
  const claims = others.flatMap((other) =>
    [...other.batches.values()]
      .filter((one) => earlierSigned(one, batch) < 0)
      .flatMap((one) => other.leads.get(one.id)?.emails ?? []),
  );
  return (index) => {
    const one = offered[index];
    if (one === undefined) return false;
    const signed = signedWhen(stock, one.person);
    if (signed !== undefined && earlierSigned(signed, batch) < 0) return true;
    return claims.some((claim) => claim.has(keyOf(one.lead)));
  };
}

/**
 * Puts the leads that passed into the stock; one whose address is there already stays out, and so
 * does one that is not to be contacted. How many the latter are is given back. Whom the list names is
 * this pool's own affair: no miner gains or loses by it.
 */
function admitLeads(
  stock: PoolStock,
  batch: Batch,
  offered: readonly (Offered | undefined)[],
  answer: Answered,
  { isSuppressed, now }: { readonly isSuppressed: IsSuppressed | undefined; readonly now: Instant },
): number {
  const { checks, finalScore } = answer;
  if (checks === undefined || finalScore === undefined) return 0;
  const origin = {
    batch: batch.id,
    miner: batch.miner,
    finalScore,
    signedAt: batch.madeAt,
    admittedAt: now,
    reports: opinionsIn(answer),
  };
  const isGood = (code: number | undefined): boolean => code === CODES.pass || code === CODES.known;
  const good = offered
    .filter((_, index) => isGood(checks.leads[index]))
    .flatMap((one) => one ?? []);
  const isOut = ({ lead }: Offered): boolean => isSuppressed?.(lead) === true;
  admit(
    stock,
    good.filter((one) => !isOut(one)),
    origin,
  );
  const out = good.filter(isOut);
  for (const one of out) withhold(stock, one, origin);
  return out.length;
}

/** Everyone who follows this attempt: its panel. */
export const panelOf = ({ draw }: Attempting): readonly Address<'validator'>[] =>
  draw.panel.map((validator) => `validator/${validator}` as Address<'validator'>);
