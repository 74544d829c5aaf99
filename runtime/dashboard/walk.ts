/**
 * The walk of one query, as far as whoever watches has seen it: who was asked, what came back and
 * when, what each of the panel made of it, and what became of it in the end.
 *
 *     buyer ──query──▶ miner ──batch──▶ panel ──report──▶ pool ──F, checks──▶ delivery
 *
 * A node sees its own part at once, and the rest when the case is settled. No lead is in it: counts,
 * scores, reasons.
 */
import type { QueryAnswer } from '../../actors/actor.ts';
import type {
  Batch,
  Delivery,
  Query,
  Refusal,
  Report,
  RoadStep,
} from '../../protocols/messages.ts';
import { batchDue, settleDue } from '../../protocols/rules/deadlines.ts';
import type { BatchId, Hotkey, Instant, Score } from '../../protocols/units.ts';

/** Times are instants; scores are millionths, as everywhere. */
export interface Walk {
  readonly id: string;
  readonly buyer: Hotkey;
  /** Whether a person is behind it, or a validator that fills the pool. */
  readonly account: Query['account'];
  readonly leads: number;
  readonly industry: string | null;
  readonly region: string | null;
  readonly sealed: boolean;
  readonly openedAt: Instant;
  pool: Hotkey | null;
  attempt: number;
  askedAt: Instant;
  due: Instant;
  /** When the pool has spoken at the latest. */
  ends: Instant;
  lanes: Lane[];
  /** Why the attempts before this one brought nothing. */
  readonly before: string[];
  outcome: Outcome;
  /** Leads that were delivered. */
  delivered: number;
  endedAt: Instant | null;
  settled: { readonly at: Instant; readonly countersigns: number } | null;
  rating: number | null;
}

/** `settled`: seen by one who is not told what was delivered. */
export type Outcome = 'open' | 'settled' | Delivery['status'];

/** What one drawn miner did, and what others found of it. */
export interface Lane {
  readonly miner: Hotkey;
  askedAt: Instant | null;
  /** When its batch was first seen. */
  batchAt: Instant | null;
  batch: string | null;
  count: number;
  refused: string | null;
  readonly reports: Word[];
  /** F. */
  finalScore: Score | null;
  checkedFrom: Instant | null;
  checkedAt: Instant | null;
  checks: { readonly passed: number; readonly failed: number; readonly unknown: number } | null;
  outcome: RoadStep['outcome'] | null;
  chosen: boolean;
  reasons: readonly (readonly [string, number])[];
}

/** A validator's word on a batch. */
export interface Word {
  readonly validator: Hotkey;
  /** When it was seen; null where it is known from the settlement alone. */
  readonly at: Instant | null;
  /** O_v; null where it abstains. */
  readonly score: Score | null;
  readonly sampled: number | null;
}

/** Drawn miners, panel and attempts are 8, 5 and 3 by the rules; a stranger's message may say more. */
const MOST_LANES = 8;
const MOST_REPORTS = 8;
/** Of a rejected batch, those found most. */
const MOST_REASONS = 6;

export const newWalk = (query: Query): Walk => ({
  id: query.id.slice(0, 12),
  buyer: query.buyer,
  account: query.account,
  leads: query.want.leads,
  industry: query.want.industry ?? null,
  region: query.want.region ?? null,
  sealed: query.want.sealed === true,
  openedAt: query.openedAt,
  pool: null,
  attempt: 0,
  askedAt: query.openedAt,
  due: batchDue(query),
  ends: settleDue(query),
  lanes: [],
  before: [],
  outcome: 'open',
  delivered: 0,
  endedAt: null,
  settled: null,
  rating: null,
});

/** Goes on with an attempt where it is a later one than before. */
export function attemptOn(walk: Walk, query: Query): void {
  const attempt = query.rounds.length;
  if (attempt <= walk.attempt) return;
  if (walk.attempt > 0) walk.before.push(inBrief(walk));
  walk.attempt = attempt;
  walk.askedAt = query.rounds.at(-1)?.askedAt ?? query.openedAt;
  walk.due = batchDue(query);
  walk.ends = settleDue(query);
  walk.pool = query.pool;
  walk.lanes = [];
  walk.outcome = 'open';
  walk.settled = null;
}

function inBrief({ lanes }: Walk): string {
  const came = lanes.filter(({ batch }) => batch !== null).length;
  return `${came} of ${lanes.length} miners answered, and nothing was delivered`;
}

export function laneOf(walk: Walk, miner: Hotkey): Lane | undefined {
  const known = walk.lanes.find((lane) => lane.miner === miner);
  if (known !== undefined || walk.lanes.length >= MOST_LANES) return known;
  const lane: Lane = {
    miner,
    askedAt: null,
    batchAt: null,
    batch: null,
    count: 0,
    refused: null,
    reports: [],
    finalScore: null,
    checkedFrom: null,
    checkedAt: null,
    checks: null,
    outcome: null,
    chosen: false,
    reasons: [],
  };
  walk.lanes.push(lane);
  return lane;
}

export function offered(walk: Walk, { id, miner, count }: Batch, at: Instant): void {
  const lane = laneOf(walk, miner);
  if (lane === undefined || lane.batch !== null) return;
  lane.batch = id.slice(0, 12);
  lane.batchAt = at;
  lane.count = count;
}

export function reported(walk: Walk, report: Report, at: Instant): void {
  const lane = laneOf(walk, report.miner);
  const { validator, score, sampled } = report;
  if (lane !== undefined) wordOf(lane, { validator, at, score: score ?? null, sampled });
}

/** Its first word counts, as with a pool. */
function wordOf({ reports }: Lane, word: Word): void {
  if (reports.length >= MOST_REPORTS) return;
  if (reports.some(({ validator }) => validator === word.validator)) return;
  reports.push(word);
}

export function refused(walk: Walk, { reason }: Refusal, by: Hotkey): void {
  const lane = walk.lanes.find(({ miner }) => miner === by);
  if (lane !== undefined) lane.refused = reason;
}

/** How a case was proposed, settled or told of: F, the checks, who missed. */
export function walked(walk: Walk, road: readonly RoadStep[], chosen?: BatchId): void {
  for (const step of road) {
    const lane = laneOf(walk, step.miner);
    if (lane === undefined) continue;
    lane.outcome = step.outcome;
    lane.batch ??= step.batch?.slice(0, 12) ?? null;
    lane.count = Math.max(lane.count, step.count);
    lane.finalScore = step.finalScore ?? null;
    lane.checks = step.checks ?? null;
    if (chosen !== undefined) lane.chosen = step.batch === chosen;
    // A settlement has the codes of the checks, and the delivery their reasons.
    if (step.reasons.length > 0) lane.reasons = step.reasons.slice(0, MOST_REASONS);
    for (const { validator, score } of step.reports) {
      wordOf(lane, { validator, at: null, score: score ?? null, sampled: null });
    }
  }
}

export function delivered(
  walk: Walk,
  { status, leads, road, chosen }: Delivery,
  at: Instant,
): void {
  walked(walk, road, chosen);
  walk.outcome = status;
  walk.delivered = leads.length;
  walk.endedAt = at;
}

/** What a buyer tells its person in the end. */
export function answered(walk: Walk, { leads, partial, attempts }: QueryAnswer, at: Instant): void {
  walk.delivered = leads.length;
  walk.endedAt ??= at;
  if (walk.account === 'validator') return;
  walk.outcome = leads.length === 0 ? 'none' : partial ? 'partial' : 'complete';
  const failure = attempts.at(-1)?.failure;
  if (leads.length === 0 && failure !== undefined) walk.before.push(failure.replaceAll('_', ' '));
}
