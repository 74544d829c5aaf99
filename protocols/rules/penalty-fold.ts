/**
 * The fold of penalties: one event after the other, in the order (block, key).
 *
 * An event mostly comes behind all that are there, and is folded in place. One that belongs before
 * others, or says more of a window than was known, has all of them folded anew: there are few.
 */
import { comparePlaces, placeOf } from '../place.ts';
import { appealAgainst, APPEAL_BLOCKS, appealVotedOn } from './appeals.ts';
import { FLAGGED, WATCHED } from './collusion/finding.ts';
import {
  FLAG_BLOCKS,
  flagOf,
  isWatchedAt,
  newPenalties,
  RESTRICTION_BLOCKS,
  restrictionOf,
  spentBefore,
  suspicionAt,
  type History,
  type Penalties,
  type Penalty,
} from './penalties.ts';
import type {
  AppealEvent,
  DecidedEvent,
  FoundEvent,
  Owner,
  PenaltyEvent,
  Suspect,
  VoteEvent,
} from './penalty-events.ts';

/** False where the event is known already: then nothing changes. */
export function enterPenalty(penalties: Penalties, event: PenaltyEvent): boolean {
  if (penalties.events.has(event.key)) return false;
  penalties.events.set(event.key, event);

  const subject = subjectOf(event);
  const known = penalties.effective.get(subject);
  if (known !== undefined && !saysMore(event, known)) return true;
  penalties.effective.set(subject, event);
  const isNext = penalties.last === undefined || comparePlaces(penalties.last, event) < 0;
  if (known === undefined && isNext) fold(penalties, event);
  else foldAnew(penalties);
  return true;
}

/** What an event is of: of one window, or one appeal's end, only one counts. */
function subjectOf(event: PenaltyEvent): string {
  switch (event.kind) {
    case 'found':
      return windowName(event);
    case 'decided':
      return `decided ${event.appeal}`;
    case 'appeal':
    case 'vote':
      return event.key;
  }
}

/** Names a finding's window, whatever was found. */
const windowName = ({ at, from, narrow }: FoundEvent): string =>
  `found ${at} ${from}${narrow ? ' narrow' : ''}`;

function saysMore(event: PenaltyEvent, known: PenaltyEvent): boolean {
  const more = sizeOf(event) - sizeOf(known);
  return more > 0 || (more === 0 && event.key > known.key);
}
const sizeOf = (event: PenaltyEvent): number => ('size' in event ? event.size : 0);

function foldAnew(penalties: Penalties): void {
  penalties.validators.clear();
  penalties.buyers.clear();
  penalties.refused.clear();
  penalties.last = undefined;
  for (const event of [...penalties.effective.values()].toSorted(comparePlaces)) {
    fold(penalties, event);
  }
}

function fold(penalties: Penalties, event: PenaltyEvent): void {
  penalties.last = placeOf(event);
  switch (event.kind) {
    case 'found':
      for (const change of validatorChanges(penalties, event))
        makeValidatorChange(penalties, event, change);
      for (const change of buyerChanges(penalties, event))
        makeBuyerChange(penalties, event, change);
      return;
    case 'appeal':
      return foldAppeal(penalties, event);
    case 'vote':
      return foldVote(penalties, event);
    case 'decided':
      return foldDecided(penalties, event);
  }
}

/** Whether a finding would change anything: one that does not need not be entered. */
export function isNews(penalties: Penalties, event: FoundEvent): boolean {
  const known = penalties.effective.get(windowName(event));
  if (known !== undefined) return saysMore(event, known);
  const before = asBefore(penalties, event);
  return validatorChanges(before, event).length > 0 || buyerChanges(before, event).length > 0;
}

/** The penalties that an event meets: where later ones are known already, without these. */
function asBefore(penalties: Penalties, event: FoundEvent): Penalties {
  const { mode, last, effective } = penalties;
  if (last === undefined || comparePlaces(last, event) < 0) return penalties;
  const before = newPenalties(mode);
  for (const one of [...effective.values()].toSorted(comparePlaces)) {
    if (comparePlaces(one, event) < 0) fold(before, one);
  }
  return before;
}

/** What a finding makes of one coldkey. */
type Change =
  | { readonly is: 'watched' | 'unwatched' | 'lapsed'; readonly owner: Owner }
  | { readonly is: 'suspected' | 'penalised'; readonly owner: Owner; readonly suspect: Suspect };

function validatorChanges(penalties: Penalties, event: FoundEvent): Change[] {
  const suspects = new Map(event.validators.map((suspect) => [suspect.owner, suspect]));
  return changesOf(suspects, penalties.validators, (owner, history) => {
    if (flagOf(penalties, owner, event.at + 1) !== undefined) return [];
    return changeOf(penalties, event, { owner, suspect: suspects.get(owner), history });
  });
}

function buyerChanges(penalties: Penalties, event: FoundEvent): Change[] {
  const suspects = new Map(event.buyers.map((suspect) => [suspect.owner, suspect]));
  return changesOf(suspects, penalties.buyers, (owner, history) => {
    if (restrictionOf(penalties, owner, event.at + 1) !== undefined) return [];
    const named = suspects.get(owner);
    // Whoever is named as a buyer is to be restricted, whatever its own score.
    const suspect = named && { ...named, score: FLAGGED };
    const found = changeOf(penalties, event, { owner, suspect, history });
    return found.map((change) =>
      named && 'suspect' in change ? { ...change, suspect: named } : change,
    );
  });
}

/** What becomes of those that a finding speaks of, and of those that its silence may clear. */
function changesOf(
  suspects: ReadonlyMap<Owner, Suspect>,
  histories: ReadonlyMap<Owner, History>,
  changesTo: (owner: Owner, history: History | undefined) => readonly Change[],
): Change[] {
  const changes: Change[] = [];
  for (const owner of suspects.keys()) changes.push(...changesTo(owner, histories.get(owner)));
  for (const [owner, history] of histories) {
    if (!suspects.has(owner)) changes.push(...changesTo(owner, history));
  }
  return changes;
}

function changeOf(
  { mode }: Penalties,
  { at, from, narrow }: FoundEvent,
  {
    owner,
    suspect,
    history,
  }: {
    readonly owner: Owner;
    readonly suspect: Suspect | undefined;
    readonly history: History | undefined;
  },
): Change[] {
  const spent = history === undefined ? -Infinity : spentBefore(history);
  if (narrow ? spent !== from : spent > from) return [];

  const isProvisional = history !== undefined && suspicionAt(history, at + 1) !== undefined;
  if (suspect !== undefined && suspect.score >= FLAGGED) {
    const isConfirmed = mode === 'immediate' || isProvisional;
    return [{ is: isConfirmed ? 'penalised' : 'suspected', owner, suspect }];
  }
  // A part of a window clears nobody.
  if (narrow) return [];
  const changes: Change[] = isProvisional ? [{ is: 'lapsed', owner }] : [];
  const watched = suspect !== undefined && suspect.score >= WATCHED;
  if (watched !== (history !== undefined && isWatchedAt(history, at + 1))) {
    changes.push({ is: watched ? 'watched' : 'unwatched', owner });
  }
  return changes;
}

function makeValidatorChange(penalties: Penalties, event: FoundEvent, change: Change): void {
  const history = historyOf(penalties.validators, change.owner);
  if (change.is !== 'penalised') return makeChange(history, event, change);
  endSuspicion(history, event.at);
  if (isWatchedAt(history, event.at + 1)) history.watches.push({ at: event.at, watched: false });
  history.penalties.push(penaltyOf(event, change.suspect, FLAG_BLOCKS, []));
}

function makeBuyerChange(penalties: Penalties, event: FoundEvent, change: Change): void {
  if (change.is !== 'penalised') {
    return makeChange(historyOf(penalties.buyers, change.owner), event, change);
  }
  const { suspect } = change;
  const ties = suspect.ring.flatMap((mate) => flagOf(penalties, mate, event.at + 1) ?? []);
  // It was named for a ring of which nobody is flagged.
  if (suspect.score < FLAGGED && ties.length === 0) return;
  const history = historyOf(penalties.buyers, change.owner);
  // What first made it suspect was part of the scheme.
  const from = suspicionAt(history, event.at + 1)?.from ?? event.from;
  endSuspicion(history, event.at);
  history.penalties.push({ ...penaltyOf(event, suspect, RESTRICTION_BLOCKS, ties), from });
}

function makeChange(
  { watches, suspicions }: History,
  { at, from }: FoundEvent,
  change: Change,
): void {
  if (change.is === 'suspected') suspicions.push({ at, from });
  if (change.is === 'watched') watches.push({ at, watched: true });
  if (change.is === 'unwatched') watches.push({ at, watched: false });
  if (change.is === 'lapsed') endSuspicion({ suspicions }, at);
}

function endSuspicion({ suspicions }: Pick<History, 'suspicions'>, at: number): void {
  const last = suspicions.at(-1);
  if (last !== undefined) last.ended ??= at;
}

const penaltyOf = (
  { at, from }: FoundEvent,
  { owner, hotkeys, score, why, ring }: Suspect,
  blocks: number,
  ties: readonly Penalty[],
): Penalty => ({ owner, hotkeys, at, until: at + blocks, from, score, why, ring, ties });

function foldAppeal(penalties: Penalties, event: AppealEvent): void {
  const { key, at } = event;
  const flag = appealAgainst(penalties, event);
  if (typeof flag === 'string') penalties.refused.set(key, flag);
  else flag.appeal = { key, at, until: at + APPEAL_BLOCKS, votes: new Map() };
}

function foldVote(penalties: Penalties, event: VoteEvent): void {
  const appeal = appealVotedOn(penalties, event);
  if (typeof appeal === 'string') penalties.refused.set(event.key, appeal);
  else appeal.votes.set(event.owner, event);
}

function foldDecided(penalties: Penalties, event: DecidedEvent): void {
  const flag = penalties.validators
    .get(event.accused)
    ?.penalties.find(({ appeal }) => appeal?.key === event.appeal);
  if (flag?.appeal === undefined) return;
  flag.appeal.decided = event;
  if (!event.decision.lifted) return;
  flag.lifted = event.at;
  for (const { penalties: restrictions } of penalties.buyers.values()) {
    for (const restriction of restrictions) liftWith(restriction, flag, event.at);
  }
}

/** A buyer that stands for nothing but its ring goes free when the whole ring does. */
function liftWith(restriction: Penalty, flag: Penalty, at: number): void {
  if (restriction.score >= FLAGGED || !restriction.ties.includes(flag)) return;
  if (restriction.ties.some(({ lifted }) => lifted === undefined)) return;
  restriction.lifted ??= at;
}

function historyOf(histories: Map<Owner, History>, owner: Owner): History {
  const known = histories.get(owner);
  if (known !== undefined) return known;
  const history: History = { watches: [], suspicions: [], penalties: [] };
  histories.set(owner, history);
  return history;
}
