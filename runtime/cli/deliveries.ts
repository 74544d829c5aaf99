/**
 * `leadpoet deliveries`: whom leads went to, from the audit logs of the pools and buyers in a data
 * directory, also while they run. Nobody is named in them; `--email` asks who got one person, so that
 * an erasure can be passed on.
 *
 *     pool     delivered ──▶ buyer
 *     buyer    handed_over ──▶ the person who asked; asked_by ──▶ whose token that was (`serve`)
 */
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { show } from '../../protocols/query.ts';
import { auditFiles } from '../audit-log.ts';
import { readLine } from '../audit-line.ts';
import { csvOfRows } from '../export/csv.ts';
import { filesUnder, nodesIn, type NodePlace } from '../erasure/places.ts';
import { KeptLeads } from '../store/kept-leads.ts';
import { NODE_FILE } from '../store/node-store.ts';
import { readNodeTables } from '../store/node-tables.ts';
import { emailIn } from './addresses-in.ts';
import { nodeSettings, type RawOptions } from './node-settings.ts';
import { section } from './table.ts';
import { EXIT, UsageError, WorldError, type Console } from './trouble.ts';
import { linesOf } from './verify-log.ts';

export interface DeliveriesOptions extends RawOptions {
  readonly email?: string;
  readonly since?: string;
  readonly format?: string;
  readonly json?: true;
}

export interface DeliveryRow {
  /** In ISO 8601, UTC. */
  readonly at: string;
  readonly role: string;
  /** The pool or buyer that gave them away. */
  readonly node: string;
  /** A buyer's hotkey; of a buyer's own people the name of the caller, or empty. */
  readonly to: string;
  readonly query: string;
  readonly leads: number;
  readonly batches: readonly string[];
  readonly miners: readonly string[];
  /** Of an erased lead the same hash stands in its place. */
  readonly lead_hashes: readonly string[];
}

/** More are not held in memory: a year of a usual pool. */
const MOST_ROWS = 100_000;
const FORMATS = ['table', 'csv', 'json'] as const;

/** Exit 0 where there are any, 1 where there are none. */
export async function deliveries(options: DeliveriesOptions, io: Console): Promise<number> {
  const { email, since, format, json, ...flags } = options;
  const as = json === true ? 'json' : formatIn(format);
  const from = since === undefined ? '' : momentIn(since);
  const person = email === undefined ? undefined : emailIn(email, '--email');
  const { dataDir } = nodeSettings('buyer', flags, process.env);
  if (!existsSync(dataDir))
    throw new WorldError(`${dataDir} is not there; name another --data-dir`);
  const dir = realpathSync(dataDir);
  const rows: DeliveryRow[] = [];
  for (const place of nodesIn(dir, filesUnder(dir))) {
    if (place.role !== 'pool' && place.role !== 'buyer') continue;
    for (const row of await rowsOf(place, person)) if (row.at >= from) rows.push(row);
    if (rows.length > MOST_ROWS) {
      const allowed = `at most ${MOST_ROWS} deliveries at once`;
      throw new UsageError({ field: '--since', came: show(since), allowed });
    }
  }
  rows.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  io.out(WRITERS[as](rows));
  return rows.length > 0 ? EXIT.done : EXIT.no;
}

function formatIn(text: string | undefined): (typeof FORMATS)[number] {
  const found = FORMATS.find((one) => one === (text ?? 'table'));
  if (found !== undefined) return found;
  throw new UsageError({ field: '--format', came: show(text), allowed: FORMATS.join(', ') });
}

function momentIn(text: string): string {
  const at = /^\d{4}-\d\d-\d\d(?:T[\d:.]+Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  const allowed = 'a day or a moment in UTC: 2026-05-03, 2026-05-03T12:00:00Z';
  throw new UsageError({ field: '--since', came: show(text), allowed });
}

/** Those of one node, each once however often it was said. */
async function rowsOf(
  { dir, role }: NodePlace,
  email: string | undefined,
): Promise<readonly DeliveryRow[]> {
  const person = email === undefined ? undefined : personIn(dir, email);
  const rows = new Map<string, DeliveryRow>();
  const callers = new Map<string, string>();
  for (const file of auditFiles(dir)) {
    for await (const { line, isWhole } of linesOf(file)) {
      const read = isWhole ? readLine(line) : 'not finished yet';
      // What is no line of ours tells of nothing; `verify-log` says which it is.
      if (typeof read === 'string') continue;
      const { event } = read;
      const query = textIn(event['query']);
      if (event['is'] === 'asked_by') callers.set(query, textIn(event['caller']));
      const isGiven = event['is'] === (role === 'pool' ? 'delivered' : 'handed_over');
      const row = isGiven ? rowIn(event, role, person) : undefined;
      // A delivery that may not have arrived is sent again, under its name.
      if (row !== undefined) rows.set(`${query} ${textIn(event['attempt'])}`, row);
      if (rows.size > MOST_ROWS) return [...rows.values()];
    }
  }
  return [...rows.values()].map((row) =>
    role === 'pool' ? row : { ...row, to: callers.get(row.query) ?? '' },
  );
}

/** What an address is called in the log of a node. */
function personIn(dir: string, email: string): string {
  const tables = readNodeTables(join(dir, NODE_FILE));
  try {
    return Buffer.from(new KeptLeads(tables).personOf(email)).toString('hex');
  } finally {
    tables.database.close();
  }
}

function rowIn(
  event: Readonly<Record<string, unknown>>,
  role: string,
  person: string | undefined,
): DeliveryRow | undefined {
  const persons = textsIn(event['persons']);
  const hashes = textsIn(event['lead_hashes']);
  if (event['leads'] === 0) return undefined;
  if (person !== undefined && !persons.includes(person)) return undefined;
  const [, node = ''] = textIn(event['actor']).split('/');
  const [, to = ''] = textIn(event['to']).split('/');
  return {
    at: textIn(event['at']),
    role,
    node,
    to,
    query: textIn(event['query']),
    leads: Number(event['leads']),
    batches: textsIn(event['batches']),
    miners: textsIn(event['miners']),
    lead_hashes:
      person === undefined ? hashes : hashes.filter((_, index) => persons[index] === person),
  };
}

const textIn = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
const textsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(textIn) : [];

const WRITERS: Readonly<
  Record<(typeof FORMATS)[number], (rows: readonly DeliveryRow[]) => string>
> = {
  json: (rows) => `${JSON.stringify({ format: 'leadpoet.deliveries/1', deliveries: rows })}\n`,
  csv: (rows) =>
    csvOfRows(
      ['at', 'role', 'node', 'to', 'query', 'leads', 'batches', 'miners', 'lead_hashes'],
      rows.map(({ at, role, node, to, query, leads, batches, miners, lead_hashes: hashes }) => [
        at,
        role,
        node,
        to,
        query,
        String(leads),
        ...[batches, miners, hashes].map((list) => list.join(' ')),
      ]),
    ),
  table: (rows) =>
    section(
      'Deliveries',
      [
        { title: 'at' },
        { title: 'by' },
        { title: 'to', most: 24 },
        { title: 'query' },
        { title: 'leads', align: 'right' },
        { title: 'miners', most: 40 },
      ],
      rows.map(({ at, role, node, to, query, leads, miners }) => [
        at.slice(0, 19),
        `${role} ${node.slice(0, 8)}`,
        to,
        query.slice(0, 12),
        String(leads),
        miners.map((miner) => miner.slice(0, 8)).join(' '),
      ]),
    ),
};
