/**
 * What a run says of itself: `manifest.json` (what was run and what came of it, to the digest) and
 * `summary.json` (the figures that a script wants).
 *
 * The manifest is written last. A directory without one holds no finished run, and one of another
 * version is refused by name.
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Role } from '../../protocols/messages.ts';
import { UsageError, WorldError } from '../../runtime/cli/trouble.ts';
import {
  numberFrom,
  objectIn,
  wholeFrom,
  wrong,
  type Fields,
  type Reader,
} from '../../runtime/fields.ts';
import { readJsonFile, type JsonKind } from '../../runtime/json-file.ts';
import { inWorld } from './files.ts';

export const RUN_FORMAT = 'leadpoet.run/1';
export const SUMMARY_FORMAT = 'leadpoet.summary/1';

export interface Manifest {
  readonly format: typeof RUN_FORMAT;
  /** As it was read, to the letter: with the seed it is all that the run depends on. */
  readonly scenario: { readonly name: string; readonly text: string };
  readonly seed: number;
  /** Of everything that happened, as lower-case hex. */
  readonly digest: string;
  readonly events: number;
  readonly virtual_s: number;
  readonly wall_s: number;
  /** Of this program. */
  readonly version: string;
  /** Of Node, as in `v24.21.0`. */
  readonly node: string;
}

export interface Summary {
  readonly format: typeof SUMMARY_FORMAT;
  readonly epochs: number;
  readonly queries: number;
  readonly answered: number;
  readonly leads_delivered: number;
  readonly leads_rejected: number;
  readonly batches: number;
  readonly batches_approved: number;
  readonly messages: number;
  readonly lost: number;
  readonly penalties: number;
  /** Flags for collusion, and restrictions of buyers, also those that were lifted. */
  readonly flagged: number;
  readonly restricted: number;
  readonly earnings: readonly Earnings[];
  /** Each flag and restriction, in the order in which they began; no more than a thousand. */
  readonly caught: readonly Caught[];
}

/** One flag of a validator or restriction of a buyer. */
export interface Caught {
  readonly name: string;
  readonly role: Role;
  readonly strategy: string;
  readonly event: 'flagged' | 'restricted';
  /** V_c, or a buyer's own score; 0 to 1. */
  readonly score: number;
  readonly at_s: number;
  /** The last second of its effect, which may lie beyond the run's end. */
  readonly ends_s: number;
  /** By an appeal, which is then when it ended. */
  readonly lifted: boolean;
  /** When the buyer was first refused and told until when; null where it never asked, or is none. */
  readonly told_s: number | null;
  /** By the rules, of the epochs that end in its effect, and of those after it. TAO; null for a buyer. */
  readonly during_tao: number | null;
  readonly after_tao: number | null;
}

/** What those of one strategy earned in a run, TAO. */
export interface Earnings {
  readonly role: Role;
  readonly strategy: string;
  readonly neurons: number;
  readonly total_tao: number;
  /** Of one of them: on average, the least and the most. */
  readonly mean_tao: number;
  readonly least_tao: number;
  readonly most_tao: number;
  /** The average beside that of an honest one of the role; null where honest ones earned nothing. */
  readonly beside_honest: number | null;
  /** What the chain paid one of them on average, by stake, bonds and incentive; and beside honest. */
  readonly chain_mean_tao: number;
  readonly chain_beside_honest: number | null;
  /** Of their reports on batches that were rejected or failed, the share that approved; null of none. */
  readonly bad_approved: number | null;
}

/** What a run is, from its beginning on: until it has a manifest it has this. */
export interface Plan {
  readonly format: typeof PLAN_FORMAT;
  readonly scenario: { readonly name: string; readonly text: string };
  readonly seed: number;
  readonly csv: boolean;
  /** Of this program. */
  readonly version: string;
}

export const PLAN_FORMAT = 'leadpoet.run-plan/1';
export const PLAN_FILE = 'run.json';
export const MANIFEST_FILE = 'manifest.json';

export const writePlan = (directory: string, plan: Plan): void =>
  writeWhole(join(directory, PLAN_FILE), `${JSON.stringify(plan, null, 2)}\n`);

export async function readPlan(directory: string): Promise<Plan> {
  const top = await readTop(directory, PLAN_FILE, PLAN_FORMAT);
  const csv = top['csv'];
  if (typeof csv !== 'boolean') throw wrong('csv', csv, 'true or false');
  return {
    format: PLAN_FORMAT,
    scenario: scenarioIn(top['scenario']),
    seed: count(top['seed'], 'seed'),
    csv,
    version: textIn(top['version'], 'version'),
  };
}

function scenarioIn(value: unknown): Plan['scenario'] {
  const scenario = objectIn(value, 'scenario');
  return {
    name: textIn(scenario['name'], 'scenario.name'),
    text: textIn(scenario['text'], 'scenario.text'),
  };
}

export function writeRecord(directory: string, manifest: Manifest, summary: Summary): void {
  writeWhole(join(directory, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  writeWhole(join(directory, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** The file bears its name only once all of it is there. */
export function writeWhole(file: string, text: string): void {
  const part = `${file}.part`;
  inWorld(part, () => {
    writeFileSync(part, text);
    renameSync(part, file);
  });
}

export async function readManifest(directory: string): Promise<Manifest> {
  const top = await readTop(directory, MANIFEST_FILE, RUN_FORMAT);
  return {
    format: RUN_FORMAT,
    scenario: scenarioIn(top['scenario']),
    seed: count(top['seed'], 'seed'),
    digest: digestIn(top['digest'], 'digest'),
    events: count(top['events'], 'events'),
    virtual_s: seconds(top['virtual_s'], 'virtual_s'),
    wall_s: seconds(top['wall_s'], 'wall_s'),
    version: textIn(top['version'], 'version'),
    node: textIn(top['node'], 'node'),
  };
}

export async function readSummary(directory: string): Promise<Summary> {
  return summaryIn(await readTop(directory, 'summary.json', SUMMARY_FORMAT));
}

/** A summary that stands in a document, its format already known. */
export function summaryIn(top: Fields): Summary {
  const earnings = top['earnings'];
  if (!Array.isArray(earnings)) throw wrong('earnings', earnings, 'a list');
  return {
    format: SUMMARY_FORMAT,
    epochs: count(top['epochs'], 'epochs'),
    queries: count(top['queries'], 'queries'),
    answered: count(top['answered'], 'answered'),
    leads_delivered: count(top['leads_delivered'], 'leads_delivered'),
    leads_rejected: count(top['leads_rejected'], 'leads_rejected'),
    batches: count(top['batches'], 'batches'),
    batches_approved: count(top['batches_approved'], 'batches_approved'),
    messages: count(top['messages'], 'messages'),
    lost: count(top['lost'], 'lost'),
    penalties: count(top['penalties'], 'penalties'),
    flagged: count(top['flagged'], 'flagged'),
    restricted: count(top['restricted'], 'restricted'),
    earnings: earnings.map((value, index) => earningsIn(value, `earnings[${index}]`)),
    caught: caughtList(top['caught']),
  };
}

/** Another version may follow other rules: what it gives says nothing about this run. */
export function checkVersion({ version }: Pick<Manifest, 'version'>, ours: string): void {
  if (version === ours) return;
  throw new UsageError({
    field: 'version',
    came: version,
    allowed: `${ours}: a run is reproduced by the version that made it`,
  });
}

async function readTop(
  directory: string,
  name: string,
  format: string,
): Promise<Readonly<Record<string, unknown>>> {
  const file = join(directory, name);
  if (!existsSync(file)) {
    if (existsSync(join(directory, PLAN_FILE))) {
      const remedy = `leadpoet sim run --out ${directory} --resume begins it again`;
      throw new WorldError(`${directory} holds a run that did not finish; ${remedy}`);
    }
    const why = 'this is no directory of a run';
    throw new WorldError(`${directory} has no ${name}: ${why}; run a scenario with --out`);
  }
  const top = objectIn(await readJsonFile(file, RECORD), name);
  if (top['format'] !== format) throw wrong(`format of ${file}`, top['format'], format);
  return top;
}

const ROLES: readonly Role[] = ['miner', 'validator', 'pool', 'buyer'];

/** A scenario is a page of text; the bound is for files that are something else. */
const RECORD: JsonKind = {
  file: 'a record of a run',
  document: 'a JSON document',
  mostBytes: 4 * 1024 * 1024,
  mostSize: '4 MB',
  mostDepth: 8,
};

/** A run of before it was told has none. */
function caughtList(value: unknown): readonly Caught[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw wrong('caught', value, 'a list');
  return value.map((one, index) => caughtIn(one, `caught[${index}]`));
}

function caughtIn(value: unknown, at: string): Caught {
  const fields = objectIn(value, at);
  const { event, lifted } = fields;
  if (event !== 'flagged' && event !== 'restricted') {
    throw wrong(`${at}.event`, event, 'flagged or restricted');
  }
  if (typeof lifted !== 'boolean') throw wrong(`${at}.lifted`, lifted, 'true or false');
  const orNull = (name: string): number | null =>
    fields[name] === null ? null : amount(fields[name], `${at}.${name}`);
  return {
    name: textIn(fields['name'], `${at}.name`),
    role: roleIn(fields['role'], `${at}.role`),
    strategy: textIn(fields['strategy'], `${at}.strategy`),
    event,
    score: amount(fields['score'], `${at}.score`),
    at_s: seconds(fields['at_s'], `${at}.at_s`),
    ends_s: seconds(fields['ends_s'], `${at}.ends_s`),
    lifted,
    told_s: orNull('told_s'),
    during_tao: orNull('during_tao'),
    after_tao: orNull('after_tao'),
  };
}

const roleIn: Reader<Role> = (value, at) => {
  const role = ROLES.find((one) => one === value);
  if (role === undefined) throw wrong(at, value, ROLES.join(', '));
  return role;
};

function earningsIn(value: unknown, at: string): Earnings {
  const fields = objectIn(value, at);
  const beside = (name: string): number | null =>
    fields[name] === null ? null : amount(fields[name], `${at}.${name}`);
  return {
    role: roleIn(fields['role'], `${at}.role`),
    strategy: textIn(fields['strategy'], `${at}.strategy`),
    neurons: count(fields['neurons'], `${at}.neurons`),
    total_tao: amount(fields['total_tao'], `${at}.total_tao`),
    mean_tao: amount(fields['mean_tao'], `${at}.mean_tao`),
    least_tao: amount(fields['least_tao'], `${at}.least_tao`),
    most_tao: amount(fields['most_tao'], `${at}.most_tao`),
    beside_honest: beside('beside_honest'),
    chain_mean_tao: amount(fields['chain_mean_tao'], `${at}.chain_mean_tao`),
    chain_beside_honest: beside('chain_beside_honest'),
    // A run of before it was counted has none.
    bad_approved: fields['bad_approved'] === undefined ? null : beside('bad_approved'),
  };
}

const textIn: Reader<string> = (value, at) => {
  if (typeof value === 'string') return value;
  throw wrong(at, value, 'text');
};

const digestIn: Reader<string> = (value, at) => {
  const digest = textIn(value, at);
  if (/^[0-9a-f]{64}$/.test(digest)) return digest;
  throw wrong(at, value, '64 digits of lower-case hex');
};

const count = wholeFrom(0);
const seconds = numberFrom(0, Number.MAX_VALUE, 'seconds, 0 or more');
const amount = numberFrom(0, Number.MAX_VALUE, 'a number, 0 or more');
