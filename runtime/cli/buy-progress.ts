/**
 * What a buyer's node knows of its query while a person waits: whom it asked, who refused, and how
 * long everyone has by the rules. What the miners, validators and the pool do meanwhile it is not
 * told before the delivery, and so nobody is shown it.
 *
 *     a block draws ──▶ miners and a pool are asked ──▶ batches are due ──▶ the pool answers
 */
import {
  hotkeyOf,
  type Address,
  type Query,
  type Refusal,
  type RefusalReason,
} from '../../protocols/messages.ts';
import { batchDue, settleDue, type Timed } from '../../protocols/rules/deadlines.ts';
import { ATTEMPTS } from '../../protocols/rules/draw.ts';
import type { Hotkey, Instant } from '../../protocols/units.ts';
import type { Happening } from '../host.ts';

export interface Progress {
  readonly began: Instant;
  /** 1 to 3; 0 until a query was sent. */
  attempt: number;
  /** Who sits on the panel of the attempt; undefined while nobody has been drawn. */
  panel: number | undefined;
  /** The drawn miners that were sent the query. */
  readonly miners: Set<Hotkey>;
  readonly refusals: Map<Hotkey, RefusalReason>;
  /** The last instants for batches to come in, and for the pool to speak; none before anybody is asked. */
  batchesBy: Instant | undefined;
  answerBy: Instant | undefined;
}

export const newProgress = (began: Instant): Progress => ({
  began,
  attempt: 0,
  panel: undefined,
  miners: new Set(),
  refusals: new Map(),
  batchesBy: undefined,
  answerBy: undefined,
});

/** Takes in what happened. True where a person would see a difference. */
export function follow(progress: Progress, happening: Happening): boolean {
  if (happening.is === 'noted') {
    const { note } = happening;
    if (note.note !== 'step' || note.step.is !== 'drawn') return false;
    beginAttempt(progress, note.attempt);
    progress.panel = note.step.panel;
    return true;
  }
  if (happening.is === 'sent' && happening.envelope.kind === 'query') {
    asks(progress, happening.envelope.body as Query, happening.envelope.to);
    return true;
  }
  if (happening.is === 'received' && happening.envelope.kind === 'refusal') {
    const { attempt, reason } = happening.envelope.body as Refusal;
    if (attempt !== progress.attempt) return false;
    progress.refusals.set(hotkeyOf(happening.envelope.from), reason);
    return true;
  }
  return false;
}

/** A query that is under way already, as when this is run again. */
export function goOn(
  progress: Progress,
  query: Timed,
  drawn: { readonly miners: readonly Hotkey[]; readonly panel: readonly Hotkey[] },
): void {
  beginAttempt(progress, query.rounds.length);
  progress.panel = drawn.panel.length;
  for (const miner of drawn.miners) progress.miners.add(miner);
  progress.batchesBy = batchDue(query);
  progress.answerBy = settleDue(query);
}

function asks(progress: Progress, query: Query, to: Address): void {
  beginAttempt(progress, query.rounds.length);
  if (to.startsWith('miner/')) progress.miners.add(hotkeyOf(to));
  progress.batchesBy = batchDue(query);
  progress.answerBy = settleDue(query);
}

function beginAttempt(progress: Progress, attempt: number): void {
  if (progress.attempt === attempt) return;
  progress.attempt = attempt;
  progress.miners.clear();
  progress.refusals.clear();
  progress.panel = undefined;
}

/** For the last lines of a terminal. */
export function showProgress(progress: Progress, now: Instant): readonly string[] {
  const { attempt, began, miners, panel, refusals, batchesBy, answerBy } = progress;
  const gone = clockOf(now - began);
  if (batchesBy === undefined || answerBy === undefined) {
    return [`${gone}  the next block draws whom to ask`];
  }
  const judges = panel === undefined ? '' : `, ${count(panel, 'validator')} to judge`;
  return [
    `${gone}  attempt ${attempt} of ${ATTEMPTS}: ${count(miners.size, 'miner')} asked${judges}`,
    ...(refusals.size === 0 ? [] : [`      refused: ${showRefusals(refusals)}`]),
    now <= batchesBy
      ? `      miners have ${clockOf(batchesBy - now)} left, the answer comes within ${clockOf(answerBy - now)}`
      : `      the time of the miners is up; the answer comes within ${clockOf(Math.max(answerBy - now, 0))}`,
  ];
}

/** How many gave which reason. */
function showRefusals(refusals: ReadonlyMap<Hotkey, RefusalReason>): string {
  const reasons = Map.groupBy(refusals.values(), (reason) => reason);
  return [...reasons].map(([reason, all]) => `${all.length} ${REFUSALS[reason]}`).join(', ');
}

/** In the words of whoever is told. */
export const REFUSALS: Readonly<Record<RefusalReason, string>> = {
  stale: 'heard of it too late',
  bad_query: 'could not make sense of it',
  not_drawn: 'says that it was not drawn',
  no_standing: 'misses the stake for it',
  chain_unavailable: 'could not look at the chain',
  restricted: 'serves no buyer that is restricted',
  busy: 'busy',
};

const count = (number: number, what: string): string =>
  `${number} ${what}${number === 1 ? '' : 's'}`;

/** Milliseconds as minutes and seconds: `2:05`. */
function clockOf(ms: number): string {
  const whole = Math.round(ms / 1_000);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
