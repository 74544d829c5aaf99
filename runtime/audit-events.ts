/**
 * What of all that happens on a node goes into its audit log: whatever moves standing, money or
 * leads, and when its actors began and ended. Names are hotkeys and hashes.
 */
import type { Ask, Note, Reply, Service } from '../actors/actor.ts';
import type { Lead } from '../protocols/lead.ts';
import type { DeliveredLead, Envelope, Kind, Messages } from '../protocols/messages.ts';
import { FLAGGED } from '../protocols/rules/collusion/finding.ts';
import { hours, type Instant } from '../protocols/units.ts';
import type { AuditEvent } from './audit-line.ts';
import type { AuditLog } from './audit-log.ts';
import type { Cancel, Happening, Outgoing } from './host.ts';
import type { Observer } from './observe.ts';

/** What strangers can cause at will goes in so often an hour: a flood must not push out the rest. */
const MOST_REFUSALS = 600;
const WINDOW = hours(1);
/** Of a list so many are named: more would make a line too long to be read. */
const MOST_NAMED = 256;

/** Writes all that matters from now on. */
export function auditHappenings(
  observer: Observer,
  log: AuditLog,
  hashes: LeadHashes = NO_HASHES,
): Cancel {
  let from = -Infinity;
  let refusals = 0;
  return observer.listen((happening) => {
    const event = auditEvent(happening, hashes);
    if (event === undefined) return;
    if (event.is !== 'refused') {
      log.write(event);
      return;
    }
    const { at } = happening;
    if (at >= from + WINDOW) {
      if (refusals > MOST_REFUSALS) log.write(leftOut(refusals - MOST_REFUSALS, from as Instant));
      from = at;
      refusals = 0;
    }
    if (++refusals <= MOST_REFUSALS) log.write(event);
  });
}

const leftOut = (count: number, since: Instant): AuditEvent => ({
  is: 'refusals_left_out',
  count,
  since: new Date(since).toISOString(),
});

/** The event that a happening is; undefined where it is of no matter. */
export function auditEvent(
  happening: Happening,
  hashes: LeadHashes = NO_HASHES,
): AuditEvent | undefined {
  switch (happening.is) {
    case 'started':
    case 'stopped':
      return { is: happening.is, actor: happening.actor };
    case 'crashed': {
      const { actor, times, restartsAt } = happening;
      return { is: 'crashed', actor, times, staysDown: restartsAt === undefined };
    }
    case 'sent':
      return sent(happening.envelope, hashes);
    case 'received':
      return received(happening.envelope);
    case 'replied':
      return replied(happening.actor, happening.reply);
    case 'noted':
      return noted(happening.actor, happening.note);
    case 'asked':
      return asked(happening.actor, happening.ask, hashes);
    case 'lost':
      return undefined;
  }
}

/**
 * What leads are called where nobody is to be named: with a secret of the node's own, so that who has
 * the log alone learns nothing, and who has an address and the node can say who got it.
 */
export interface LeadHashes {
  leadOf(lead: Lead): string;
  personOf(lead: Lead): string;
}
const NO_HASHES: LeadHashes = { leadOf: () => '', personOf: () => '' };

/** Whose leads went where, in the order of the leads. */
const hashed = (leads: readonly DeliveredLead[], hashes: LeadHashes) => ({
  batches: named(leads.map(({ batch }) => batch)),
  miners: named(leads.map(({ miner }) => miner)),
  lead_hashes: named(leads.map(({ lead }) => hashes.leadOf(lead))),
  persons: named(leads.map(({ lead }) => hashes.personOf(lead))),
});

function sent(
  { kind, from: actor, to, body, name }: Outgoing,
  hashes: LeadHashes,
): AuditEvent | undefined {
  const tell = SENT[kind] as ((said: unknown, hashes: LeadHashes) => AuditEvent) | undefined;
  return tell && { actor, to, name, ...tell(body, hashes) };
}

/** A buyer's person is handed what came of a query. */
function asked(actor: string, ask: Ask, hashes: LeadHashes): AuditEvent | undefined {
  if (ask.ask !== 'answer') return undefined;
  const { query, leads } = ask.input;
  return { is: 'handed_over', actor, query, leads: leads.length, ...hashed(leads, hashes) };
}

/** Of the kinds that matter to who sends them. */
const SENT: {
  readonly [K in Kind]?: (body: Messages[K]['body'], hashes: LeadHashes) => AuditEvent;
} = {
  delivery: ({ query, attempt, status, leads, chosen }, hashes) => ({
    is: 'delivered',
    query,
    attempt,
    status,
    leads: leads.length,
    chosen,
    ...hashed(leads, hashes),
  }),
  refusal: ({ query, attempt, reason }) => ({ is: 'refused', query, attempt, reason }),
  report: ({ query, attempt, batch, miner, score }) => ({
    is: 'reported',
    query,
    attempt,
    batch,
    miner,
    score,
  }),
  countersign: ({ query, attempt, digest }) => ({ is: 'countersigned', query, attempt, digest }),
};

function received({ kind, from, to: actor, body }: Envelope): AuditEvent | undefined {
  if (kind !== 'settlement') return undefined;
  const { pool, number, previous, record } = body as Envelope<'settlement'>['body'];
  return { is: 'entry_received', actor, from, pool, number, previous, record: record.kind };
}

function replied(
  actor: string,
  { service, outcome, input }: Reply<Service>,
): AuditEvent | undefined {
  if (service === 'setWeights') {
    const neurons = Array.isArray(input) ? input.length : 0;
    return outcome.ok
      ? { is: 'weights_set', actor, neurons, block: outcome.value as number }
      : { is: 'weights_not_set', actor, neurons, fault: outcome.fault };
  }
  if (service !== 'collusion' || !outcome.ok) return undefined;
  const { validators, buyers } = outcome.value as Extract<
    Reply<'collusion'>['outcome'],
    { ok: true }
  >['value'];
  const flagged = named(
    validators.filter((one) => one.score >= FLAGGED).map((one) => one.validator),
  );
  const restricted = named(buyers.filter((one) => one.restricted).map((one) => one.buyer));
  if (flagged.length + restricted.length === 0) return undefined;
  return { is: 'collusion_found', actor, flagged, restricted };
}

function noted(actor: string, note: Note): AuditEvent | undefined {
  if (note.note !== 'step') {
    if (note.note === 'refused') {
      const { kind, from, why } = note;
      return { is: 'refused', actor, kind, from, why };
    }
    return { is: 'batch_rejected', actor, batch: note.batch, miner: note.miner };
  }
  const { query, attempt, step } = note;
  const head = { actor, query, attempt };
  switch (step.is) {
    case 'settled':
      return { is: 'settled', ...head, digest: step.digest, countersigns: step.countersigns };
    case 'unsettled':
      return { is: 'unsettled', ...head, countersigns: step.countersigns };
    case 'answered':
      return { is: 'answered', ...head, leads: step.leads };
    case 'drawn':
    case 'batch':
    case 'scored':
      return undefined;
  }
}

/** Each once, and not too many. */
const named = (names: readonly string[]): readonly string[] =>
  [...new Set(names)].slice(0, MOST_NAMED);
