/**
 * Reads a file of events: what validators scored, what the automated checks found afterwards, what
 * buyers rated and which queries miners were asked.
 *
 * A stranger may have written it. Nothing in it is believed before it is looked at, and what is not
 * as it must be is told with its row: `scores[12].score is 1.5; allowed: 0 to 1`.
 */
import { MAX_LEADS } from '../protocols/query.ts';
import type {
  AuditEvent,
  CollusionEvents,
  FeedbackEvent,
  ScoreEvent,
} from '../protocols/rules/collusion/events.ts';
import { isRating } from '../protocols/rules/reputation.ts';
import type { Hotkey } from '../protocols/units.ts';
import {
  listIn,
  maybe,
  millionthsIn,
  numberFrom,
  objectIn,
  optional,
  wholeFrom,
  wrong,
  type Fields,
  type Reader,
} from './fields.ts';
import { nameOf, parseJson, readJsonFile, type JsonKind } from './json-file.ts';

export const EVENTS_FORMAT = 'collusion-events/1';
/** A larger file is refused: it is read into memory, and a year of a subnet is smaller. */
export const MAX_EVENTS_BYTES = 256_000_000;
const EVENTS: JsonKind = {
  file: 'a file of events',
  document: `a document of ${EVENTS_FORMAT}`,
  mostBytes: MAX_EVENTS_BYTES,
  mostSize: '256 MB',
  remedy: 'split its window',
};
/** Of an id, in characters. */
const MAX_ID_LENGTH = 256;

export interface Events extends CollusionEvents {
  readonly name?: string;
  /** In Unix seconds, both ends included. */
  readonly window: { readonly from: number; readonly to: number };
  /** Where a list is given, nobody else may appear in the events. */
  readonly validators?: readonly Hotkey[];
  readonly buyers?: readonly Hotkey[];
  readonly miners?: readonly Hotkey[];
  /** Absent where the file has no such list: then nothing can be said of miners. */
  readonly queries?: readonly QueryEvent[];
}

/** A query that a miner was asked. */
export interface QueryEvent {
  readonly query: string;
  readonly buyer?: Hotkey;
  readonly miner: Hotkey;
  /** 1 to 100. */
  readonly leads: number;
  /** Absent for a miss. */
  readonly batch?: string;
  /** Leads of the batch that were good; 0 for a miss. */
  readonly good: number;
  readonly time: number;
}

/** The events in a file, or in what comes on stdin where the file is `-`. */
export async function readEvents(
  file: string,
  stdin: AsyncIterable<Uint8Array> = process.stdin,
): Promise<Events> {
  const document = await readJsonFile(file, EVENTS, stdin);
  return eventsIn(document, nameOf(file));
}

/** The events in a text; `name` is what a person calls it. */
export const parseEvents = (text: string, name = 'the file'): Events =>
  eventsIn(parseJson(text, EVENTS, name), name);

function eventsIn(document: unknown, name: string): Events {
  const top = objectIn(document, name);
  if (top['format'] !== EVENTS_FORMAT) throw wrong('format', top['format'], EVENTS_FORMAT);

  const window = windowIn(top['window']);
  const validators = idsIn(top, 'validators');
  const buyers = idsIn(top, 'buyers');
  const miners = idsIn(top, 'miners');
  const known = { validators: setOf(validators), buyers: setOf(buyers), miners: setOf(miners) };
  const readers = readersFor(window, known);

  return {
    ...maybe('name', optional(top['name'], 'name', textIn)),
    window,
    ...maybe('sampleSize', optional(top['sample_size'], 'sample_size', wholeFrom(1))),
    ...maybe('validators', validators),
    ...maybe('buyers', buyers),
    ...maybe('miners', miners),
    audits: rowsIn(top, 'audits', readers.audit) ?? [],
    scores: rowsIn(top, 'scores', readers.score) ?? missing('scores', 'a list'),
    feedback: rowsIn(top, 'feedback', readers.feedback) ?? [],
    ...maybe('queries', rowsIn(top, 'queries', readers.query)),
  };
}

interface Known {
  readonly validators: ReadonlySet<Hotkey> | undefined;
  readonly buyers: ReadonlySet<Hotkey> | undefined;
  readonly miners: ReadonlySet<Hotkey> | undefined;
}

function readersFor(window: Events['window'], { validators, buyers, miners }: Known) {
  const time = numberFrom(window.from, window.to, `${window.from} to ${window.to}, the window`);
  const validator = memberOf(validators, 'validators');
  const buyer = memberOf(buyers, 'buyers');
  const miner = memberOf(miners, 'miners');

  return {
    audit: (row: Fields, at: string): AuditEvent => ({
      batch: idIn(row['batch'], `${at}.batch`),
      passRate: millionthsIn(row['pass_rate'], `${at}.pass_rate`),
      ...maybe('checked', optional(row['checked'], `${at}.checked`, wholeFrom(0))),
      time: time(row['time'], `${at}.time`),
    }),

    score: (row: Fields, at: string): ScoreEvent => ({
      epoch: wholeFrom(0)(row['epoch'], `${at}.epoch`),
      validator: validator(row['validator'], `${at}.validator`),
      miner: miner(row['miner'], `${at}.miner`),
      batch: idIn(row['batch'], `${at}.batch`),
      score: millionthsIn(row['score'], `${at}.score`),
      ...maybe('finalScore', optional(row['final_score'], `${at}.final_score`, millionthsIn)),
      time: time(row['time'], `${at}.time`),
    }),

    feedback: (row: Fields, at: string): FeedbackEvent => ({
      buyer: buyer(row['buyer'], `${at}.buyer`),
      validator: validator(row['validator'], `${at}.validator`),
      batch: idIn(row['batch'], `${at}.batch`),
      rating: ratingIn(row['rating'], `${at}.rating`),
      time: time(row['time'], `${at}.time`),
    }),

    query: (row: Fields, at: string): QueryEvent => {
      const batch = optional(row['batch'], `${at}.batch`, idIn);
      const leads = wholeFrom(1, MAX_LEADS)(row['num_leads'], `${at}.num_leads`);
      const good = row['good'] ?? (batch === undefined ? 0 : undefined);
      return {
        query: idIn(row['query'], `${at}.query`),
        ...maybe('buyer', optional(row['buyer'], `${at}.buyer`, buyer)),
        miner: miner(row['miner'], `${at}.miner`),
        leads,
        ...maybe('batch', batch),
        good: wholeFrom(0, batch === undefined ? 0 : leads)(good, `${at}.good`),
        time: time(row['time'], `${at}.time`),
      };
    },
  };
}

function windowIn(value: unknown): Events['window'] {
  const row = objectIn(value, 'window');
  const from = numberFrom(-Infinity, Infinity, 'Unix seconds')(row['from'], 'window.from');
  const to = numberFrom(from, Infinity, `Unix seconds, ${from} or later`)(row['to'], 'window.to');
  return { from, to };
}

/** Undefined where the file has no such list. */
function rowsIn<T>(
  top: Fields,
  field: string,
  read: (row: Fields, at: string) => T,
): readonly T[] | undefined {
  return listIn(top, field)?.map((value, index) => {
    const at = `${field}[${index}]`;
    return read(objectIn(value, at), at);
  });
}

const idsIn = (top: Fields, field: string): readonly Hotkey[] | undefined =>
  listIn(top, field)?.map((value, index) => idIn(value, `${field}[${index}]`) as Hotkey);

function idIn(value: unknown, at: string): string {
  const isId = typeof value === 'string' && value !== '' && value.length <= MAX_ID_LENGTH;
  if (isId) return value;
  throw wrong(at, value, `a text of 1 to ${MAX_ID_LENGTH} characters`);
}

/** An id of the list, where the file has that list. */
const memberOf =
  (known: ReadonlySet<Hotkey> | undefined, list: string): Reader<Hotkey> =>
  (value, at) => {
    const id = idIn(value, at) as Hotkey;
    if (known?.has(id) === false) throw wrong(at, value, `an id that is in ${list}`);
    return id;
  };

function textIn(value: unknown, at: string): string {
  if (typeof value === 'string') return value;
  throw wrong(at, value, 'a text');
}

function ratingIn(value: unknown, at: string): number {
  if (isRating(value)) return value;
  throw wrong(at, value, 'a whole number, 1 to 10');
}

const setOf = (ids: readonly Hotkey[] | undefined): ReadonlySet<Hotkey> | undefined =>
  ids && new Set(ids);

function missing(field: string, allowed: string): never {
  throw wrong(field, undefined, allowed);
}
