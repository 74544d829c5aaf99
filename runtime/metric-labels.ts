/**
 * The words that a metric may have as labels. Each list is whole by type: a new kind, reason or
 * service does not compile before it is here. Whatever else is counted, is counted as `other`.
 */
import type { Fault, Refused, Service } from '../actors/actor.ts';
import type { Kind, Role } from '../protocols/messages.ts';
import type { Loss } from './host.ts';
import type { Status } from './running.ts';

const listOf = <Word extends string>(words: Readonly<Record<Word, true>>): ReadonlySet<string> =>
  new Set(Object.keys(words));

export const ROLES: ReadonlySet<string> = listOf<Role>({
  buyer: true,
  miner: true,
  validator: true,
  pool: true,
});

export const STATUSES: ReadonlySet<string> = listOf<Status>({
  beginning: true,
  live: true,
  resting: true,
  stopping: true,
  stopped: true,
});

export const KINDS: ReadonlySet<string> = listOf<Kind>({
  want: true,
  rating: true,
  query: true,
  refusal: true,
  batch: true,
  commit: true,
  commits: true,
  report: true,
  delivery: true,
  proposal: true,
  countersign: true,
  settlement: true,
  feedback: true,
  missing: true,
  appeal: true,
  vote: true,
});

export const LOSSES: ReadonlySet<string> = listOf<Loss['why']>({
  unknown_address: true,
  not_opened: true,
  oversized: true,
  malformed: true,
  forged: true,
  overflow: true,
  lost_on_the_line: true,
  stopped: true,
  crashed: true,
});

export const REFUSALS: ReadonlySet<string> = listOf<Refused>({
  late: true,
  repeated: true,
  malformed: true,
  not_drawn: true,
  not_in_panel: true,
  no_standing: true,
  unknown_query: true,
  unknown_block: true,
  not_yours: true,
  mismatch: true,
  out_of_range: true,
  restricted: true,
  busy: true,
  not_flagged: true,
  second_appeal: true,
  no_appeal: true,
  own: true,
  ring_mate: true,
  flagged: true,
});

export const SERVICES: ReadonlySet<string> = listOf<Service>({
  alarm: true,
  block: true,
  stake: true,
  source: true,
  audit: true,
  verify: true,
  collusion: true,
  setWeights: true,
  answer: true,
});

/** How a question ended. */
export const CAME: ReadonlySet<string> = listOf<Fault | 'ok'>({
  ok: true,
  timeout: true,
  unavailable: true,
  refused: true,
});

/** The word where the list has it, else `other`. */
export const labelOf = (list: ReadonlySet<string>, word: string | undefined): string =>
  word !== undefined && list.has(word) ? word : 'other';
