/**
 * What a log says of what happened: who, what about, how many; of a message its kind, its two ends
 * and the query that it belongs to, and never what is in it.
 */
import type { Ask, Note, Service } from '../actors/actor.ts';
import type { Envelope } from '../protocols/messages.ts';
import { ServiceFault, type Happening, type Outgoing } from './host.ts';

export type Severity = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** A line before it is written. */
export interface LogEntry {
  readonly severity: Severity;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Lines of one sort are limited together: made of closed lists, never of what a peer wrote. */
  readonly sort: string;
}

export function entryOf(happening: Happening): LogEntry {
  switch (happening.is) {
    case 'received':
    case 'sent':
      return {
        severity: 'trace',
        message: happening.is,
        fields: aboutMessage(happening.envelope),
        sort: happening.is,
      };
    case 'asked': {
      const { actor, ask } = happening;
      const fields = { actor, service: ask.ask, by: ask.by, ...aboutQuestion(ask) };
      return { severity: 'trace', message: 'asked', fields, sort: 'asked' };
    }
    case 'replied':
      return aboutReply(happening);
    case 'noted':
      return aboutNote(happening.note, happening.actor);
    case 'lost': {
      const { why, kind, from, to } = happening.loss;
      const fields = { why, kind, from, to };
      return { severity: 'warn', message: 'lost a message', fields, sort: `lost ${why}` };
    }
    case 'started':
    case 'stopped':
      return {
        severity: 'info',
        message: happening.is,
        fields: { actor: happening.actor },
        sort: happening.is,
      };
    case 'crashed': {
      const { actor, times, restartsAt, cause } = happening;
      const message = restartsAt === undefined ? 'crashed and stays down' : 'crashed';
      const fields = { actor, times, restarts_at: restartsAt, cause };
      return { severity: 'error', message, fields, sort: 'crashed' };
    }
  }
}

type About = Readonly<Record<string, unknown>>;

function aboutMessage({ kind, from, to, body }: Envelope | Outgoing): About {
  return { kind, from, to, ...aboutBody({ kind, body } as Contents) };
}

/** A kind with the body that belongs to it. */
type Contents = {
  [K in Envelope['kind']]: { kind: K; body: Outgoing<K>['body'] };
}[Envelope['kind']];

/** One case a kind, so that a new one does not compile before someone has looked at what is in it. */
function aboutBody({ kind, body }: Contents): About {
  switch (kind) {
    case 'want':
      return { leads: body.want.leads };
    case 'rating':
      return { query: body.query, rating: body.rating };
    case 'query':
      return { query: body.id, attempt: body.rounds.length, leads: body.want.leads };
    case 'refusal':
      return { query: body.query, attempt: body.attempt, reason: body.reason };
    case 'batch':
      return { query: body.query.id, batch: body.id, leads: body.count };
    case 'commit':
    case 'report':
      return { query: body.query, attempt: body.attempt, batch: body.batch };
    case 'commits':
      return { query: body.query, attempt: body.attempt, commits: body.commits.length };
    case 'delivery':
      return {
        query: body.query,
        attempt: body.attempt,
        status: body.status,
        leads: body.leads.length,
      };
    case 'proposal':
      return { query: body.query.id, attempt: body.query.rounds.length };
    case 'countersign':
      return { query: body.query, attempt: body.attempt, digest: body.digest };
    case 'settlement':
      return { pool: body.pool, number: body.number, record: body.record.kind };
    case 'feedback':
      return { query: body.query, rating: body.rating };
    case 'missing':
      return { pool: body.pool, first: body.from, last: body.to };
    case 'appeal':
      return { validator: body.validator, block: body.block };
    case 'vote':
      return { accused: body.accused, lifts: body.lifts, block: body.block };
  }
}

/** By which query or batch a question is known, where it is about one. */
function aboutQuestion(ask: Ask): About {
  switch (ask.ask) {
    case 'source':
      return { query: ask.input.query, attempt: ask.input.attempt, leads: ask.input.want.leads };
    case 'audit':
    case 'verify':
      return { batch: ask.input.batch.id, leads: ask.input.batch.count };
    case 'answer':
      return { query: ask.input.query, leads: ask.input.leads.length };
    case 'stake':
      return { hotkey: ask.input.hotkey };
    case 'setWeights':
      return { weights: ask.input.length };
    case 'alarm':
    case 'block':
    case 'collusion':
      return {};
  }
}

/** Whose errors may have words of a lead in them: a host's name, what a model wrote. */
const ON_LEADS: ReadonlySet<Service> = new Set<Service>(['source', 'audit', 'verify', 'answer']);

function aboutReply({ actor, reply, cause }: Happening & { is: 'replied' }): LogEntry {
  const { service, input, outcome } = reply;
  const about = aboutQuestion({ ask: service, input, by: 0 } as unknown as Ask);
  const came = outcome.ok ? 'ok' : outcome.fault;
  // An alarm has no other answer than that its time has come.
  const isWell = outcome.ok || service === 'alarm';
  const told = cause === undefined ? {} : { cause: ON_LEADS.has(service) ? spare(cause) : cause };
  return {
    severity: isWell ? 'trace' : 'warn',
    message: isWell ? 'answered' : 'no answer',
    fields: { actor, service, came, ...about, ...told },
    sort: isWell ? 'answered' : `no answer ${service} ${came}`,
  };
}

/** A fault is written by us and names no lead; of any other error only what kind it is. */
function spare(cause: unknown): unknown {
  if (cause instanceof ServiceFault) return { name: cause.name, message: cause.message };
  if (!(cause instanceof Error)) return `[${typeof cause}]`;
  const { code } = cause as { readonly code?: unknown };
  return { name: cause.name, ...(typeof code === 'string' ? { code } : {}) };
}

function aboutNote(note: Note, actor: string): LogEntry {
  switch (note.note) {
    case 'refused': {
      const { kind, from, why } = note;
      const fields = { actor, kind, from, why };
      return { severity: 'debug', message: 'refused', fields, sort: `refused ${kind} ${why}` };
    }
    case 'batch_rejected': {
      const { batch, miner, reasons } = note;
      const fields = { actor, batch, miner, reasons: Object.fromEntries(reasons) };
      return { severity: 'info', message: 'rejected a batch', fields, sort: 'batch_rejected' };
    }
    case 'step': {
      const { query, attempt, step } = note;
      const fields = { actor, query, attempt, ...step };
      const isEnd = step.is === 'answered' || step.is === 'settled' || step.is === 'unsettled';
      return { severity: isEnd ? 'info' : 'debug', message: step.is, fields, sort: step.is };
    }
  }
}
