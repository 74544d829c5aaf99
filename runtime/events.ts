/**
 * Reads a file of events: what validators scored, what the automated checks found afterwards, what
 * buyers rated and which queries miners were asked.
 *
 * A stranger may have written it. Nothing in it is believed before it is looked at, and what is not
 * as it must be is told with its row: `scores[12].score is 1.5; allowed: 0 to 1`.
 */
import { createReadStream } from 'node:fs';
import { show, MAX_LEADS } from '../protocols/query.ts';
import { isRating } from '../protocols/rules/reputation.ts';
import { WHOLE, type Hotkey, type Score } from '../protocols/units.ts';
import { UsageError, WorldError } from './cli/trouble.ts';

export const EVENTS_FORMAT = 'collusion-events/1';
/** A larger file is refused: it is read into memory, and a year of a subnet is smaller. */
export const MAX_EVENTS_BYTES = 256_000_000;
/** Of an id, in characters. */
const MAX_ID_LENGTH = 256;

export interface Events {
  readonly name?: string;
  /** In Unix seconds, both ends included. */
  readonly window: { readonly from: number; readonly to: number };
  readonly sampleSize?: number;
  /** Where a list is given, nobody else may appear in the events. */
  readonly validators?: readonly Hotkey[];
  readonly buyers?: readonly Hotkey[];
  readonly miners?: readonly Hotkey[];
  readonly audits: readonly AuditEvent[];
  readonly scores: readonly ScoreEvent[];
  readonly feedback: readonly FeedbackEvent[];
  /** Absent where the file has no such list: then nothing can be said of miners. */
  readonly queries?: readonly QueryEvent[];
}

/** What the automated checks found of a batch afterwards. */
export interface AuditEvent {
  readonly batch: string;
  readonly passRate: Score;
  readonly checked?: number;
  readonly time: number;
}

/** A validator's score of a batch. */
export interface ScoreEvent {
  readonly epoch: number;
  readonly validator: Hotkey;
  readonly miner: Hotkey;
  readonly batch: string;
  readonly score: Score;
  /** F, as whoever wrote the file knew it. */
  readonly finalScore?: Score;
  readonly time: number;
}

/** A buyer's rating of a batch, as it bears on one validator. */
export interface FeedbackEvent {
  readonly buyer: Hotkey;
  readonly validator: Hotkey;
  readonly batch: string;
  /** 1 to 10. */
  readonly rating: number;
  readonly time: number;
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
  const name = file === '-' ? 'stdin' : file;
  const bytes = await readAll(name, file === '-' ? stdin : createReadStream(file));
  return parseEvents(decode(name, bytes), name);
}

async function readAll(name: string, chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of chunks) {
      size += piece.length;
      if (size > MAX_EVENTS_BYTES) {
        throw trouble(name, 'larger than 256 MB', 'at most 256 MB; split its window');
      }
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const cause = error instanceof Error ? error.message : String(error);
    throw new WorldError(`cannot read ${name}: ${cause}; give a file of events, or - for stdin`, {
      cause: error,
    });
  }
  return Buffer.concat(pieces);
}

function decode(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw trouble(name, 'not UTF-8', 'JSON in UTF-8');
  }
}

/** The events in a text; `name` is what a person calls it. */
export function parseEvents(text: string, name = 'the file'): Events {
  const top = objectIn(parse(text, name), name);
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

type Row = Readonly<Record<string, unknown>>;
/** What a value is; `at` names it for the error. */
type Reader<T> = (value: unknown, at: string) => T;

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
    audit: (row: Row, at: string): AuditEvent => ({
      batch: idIn(row['batch'], `${at}.batch`),
      passRate: millionthsIn(row['pass_rate'], `${at}.pass_rate`),
      ...maybe('checked', optional(row['checked'], `${at}.checked`, wholeFrom(0))),
      time: time(row['time'], `${at}.time`),
    }),

    score: (row: Row, at: string): ScoreEvent => ({
      epoch: wholeFrom(0)(row['epoch'], `${at}.epoch`),
      validator: validator(row['validator'], `${at}.validator`),
      miner: miner(row['miner'], `${at}.miner`),
      batch: idIn(row['batch'], `${at}.batch`),
      score: millionthsIn(row['score'], `${at}.score`),
      ...maybe('finalScore', optional(row['final_score'], `${at}.final_score`, millionthsIn)),
      time: time(row['time'], `${at}.time`),
    }),

    feedback: (row: Row, at: string): FeedbackEvent => ({
      buyer: buyer(row['buyer'], `${at}.buyer`),
      validator: validator(row['validator'], `${at}.validator`),
      batch: idIn(row['batch'], `${at}.batch`),
      rating: ratingIn(row['rating'], `${at}.rating`),
      time: time(row['time'], `${at}.time`),
    }),

    query: (row: Row, at: string): QueryEvent => {
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

function parse(text: string, name: string): unknown {
  if (text.trim() === '') throw trouble(name, 'empty', `a document of ${EVENTS_FORMAT}`);
  try {
    return JSON.parse(text);
  } catch (error) {
    // The reason quotes the file, which may hold what a terminal would obey.
    const why = String(error)
      .replaceAll(/[\p{C}\s]+/gu, ' ')
      .slice(0, 120);
    throw trouble(name, `not JSON (${why})`, `a document of ${EVENTS_FORMAT}`);
  }
}

function windowIn(value: unknown): Events['window'] {
  const row = objectIn(value, 'window');
  const from = numberFrom(-Infinity, Infinity, 'Unix seconds')(row['from'], 'window.from');
  const to = numberFrom(from, Infinity, `Unix seconds, ${from} or later`)(row['to'], 'window.to');
  return { from, to };
}

/** Undefined where the file has no such list. */
function rowsIn<T>(
  top: Row,
  field: string,
  read: (row: Row, at: string) => T,
): readonly T[] | undefined {
  return listIn(top, field)?.map((value, index) => {
    const at = `${field}[${index}]`;
    return read(objectIn(value, at), at);
  });
}

const idsIn = (top: Row, field: string): readonly Hotkey[] | undefined =>
  listIn(top, field)?.map((value, index) => idIn(value, `${field}[${index}]`) as Hotkey);

function listIn(top: Row, field: string): readonly unknown[] | undefined {
  const value = top[field];
  if (value === undefined || Array.isArray(value)) return value;
  throw wrong(field, value, 'a list');
}

function objectIn(value: unknown, at: string): Row {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Row;
  throw wrong(at, value, 'an object');
}

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

/** A decimal of 0 to 1, to the nearest millionth. */
function millionthsIn(value: unknown, at: string): Score {
  const decimal = numberFrom(0, 1, '0 to 1')(value, at);
  return Math.round(decimal * WHOLE) as Score;
}

const wholeFrom =
  (least: number, most = Number.MAX_SAFE_INTEGER): Reader<number> =>
  (value, at) => {
    const isWhole = typeof value === 'number' && Number.isInteger(value);
    if (isWhole && value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
    throw wrong(at, value, `a whole number, ${range}`);
  };

const numberFrom =
  (least: number, most: number, allowed: string): Reader<number> =>
  (value, at) => {
    const isNumber = typeof value === 'number' && Number.isFinite(value);
    if (isNumber && value >= least && value <= most) return value;
    throw wrong(at, value, allowed);
  };

/** Many write null for what isn't there. */
const optional = <T>(value: unknown, at: string, read: Reader<T>): T | undefined =>
  value === undefined || value === null ? undefined : read(value, at);

/** A property that is there only where it has a value. */
const maybe = <Name extends string, T>(
  name: Name,
  value: T | undefined,
): { readonly [K in Name]?: T } =>
  (value === undefined ? {} : { [name]: value }) as { readonly [K in Name]?: T };

const setOf = (ids: readonly Hotkey[] | undefined): ReadonlySet<Hotkey> | undefined =>
  ids && new Set(ids);

const trouble = (field: string, came: string, allowed: string): UsageError =>
  new UsageError({ field, came, allowed });

function missing(field: string, allowed: string): never {
  throw wrong(field, undefined, allowed);
}

/** Lists and objects are named, not shown: they may be huge or deep. */
const wrong = (field: string, value: unknown, allowed: string): UsageError =>
  trouble(field, cameOf(value), allowed);

function cameOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : show(value);
}
