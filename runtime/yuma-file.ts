/**
 * Reads a file of stake and weights: a subnet whose epochs are to be counted through.
 *
 *     { "stake": [50, 50, 0, 0], "weights": [[[2, 65535]], [[3, 65535]], [], []], "version": 2 }
 *
 * By uid: stake in TAO, and rows of `[uid, weight]`. What is not as it must be is told with its row:
 * `weights[1][0] is a list; allowed: a pair [uid, weight] …`.
 */
import { show } from '../protocols/query.ts';
import type { BondTerms } from '../protocols/rules/yuma/bonds.ts';
import type { Row16 } from '../protocols/rules/yuma/matrix.ts';
import { MOST_VALIDATORS } from '../protocols/rules/yuma/stake.ts';
import type { YumaTerms } from '../protocols/rules/yuma.ts';
import { FULL_WEIGHT } from '../protocols/rules/weights.ts';
import { ONE, RAO_PER_TAO, type Fraction, type Rao, type Weight16 } from '../protocols/units.ts';
import { UsageError } from './cli/trouble.ts';
import {
  isWhole,
  millionthsIn,
  numberFrom,
  objectIn,
  optional,
  wholeFrom,
  wrong,
  type Fields,
} from './fields.ts';
import { nameOf, parseJson, readJsonFile, type JsonKind } from './json-file.ts';
import { nearest } from './nearest.ts';

export interface YumaFile {
  /** By uid. */
  readonly stake: readonly Rao[];
  /** One an epoch; the last stands for as long as there is no other, as on the chain. */
  readonly weights: readonly (readonly Row16[])[];
  /** As an epoch before left them. */
  readonly bonds: readonly Row16[];
  readonly active: readonly boolean[];
  readonly terms: YumaTerms;
  /** No fewer than there are weights. */
  readonly epochs: number;
}

const KEYS = [
  'stake',
  'weights',
  'bonds',
  'version',
  'kappa',
  'bonds_penalty',
  'alpha',
  'active',
  'epochs',
];

const SUBNET: JsonKind = {
  file: 'a file of stake and weights',
  document: 'an object with stake, weights and version',
  mostBytes: 67_108_864,
  mostSize: '64 MiB',
  // An object, a list of matrices, a matrix, a row and a pair make five.
  mostDepth: 8,
};

/** All that 16 bits can number. */
export const MOST_NEURONS = 65_536;
/** More than a year's, at 360 blocks each. */
export const MOST_EPOCHS = 10_000;
/** Neurons, weights and bonds, of all epochs: about a minute's work. */
export const MOST_ENTRIES = 50_000_000;

/** The subnet in a file, or in what comes on stdin where the file is `-`. */
export async function readYumaFile(
  file: string,
  stdin: AsyncIterable<Uint8Array> = process.stdin,
): Promise<YumaFile> {
  return subnetIn(await readJsonFile(file, SUBNET, stdin), nameOf(file));
}

/** The subnet in a text; `name` is what a person calls it. */
export const parseYuma = (text: string, name = 'the file'): YumaFile =>
  subnetIn(parseJson(text, SUBNET, name), name);

function subnetIn(document: unknown, name: string): YumaFile {
  const top = objectIn(document, name);
  refuseUnknown(top);

  const stake = stakeIn(top['stake']);
  const neurons = stake.length;
  const weights = matricesIn(top['weights'], neurons);
  const bonds = optional(top['bonds'], 'bonds', (value, at) => matrixIn(value, at, neurons));
  const active = optional(top['active'], 'active', (value, at) => flagsIn(value, at, neurons));
  const subnet = {
    stake,
    weights,
    bonds: bonds ?? stake.map(() => []),
    active: active ?? stake.map(() => true),
    terms: termsIn(top),
  };
  const epochs = optional(top['epochs'], 'epochs', wholeFrom(1, MOST_EPOCHS)) ?? 1;
  return withEpochs(subnet, Math.max(epochs, weights.length));
}

function refuseUnknown(top: Fields): void {
  const unknown = Object.keys(top).find((key) => !KEYS.includes(key));
  if (unknown === undefined) return;
  throw new UsageError({
    field: show(unknown),
    came: 'no key that this file may have',
    allowed: `${KEYS.join(', ')}; the nearest is ${nearest(unknown, KEYS)}`,
  });
}

function stakeIn(value: unknown): readonly Rao[] {
  if (!isListOf(value, 1, MOST_NEURONS)) {
    throw wrongLength('stake', value, `a list of 1 to ${MOST_NEURONS} stakes in TAO, by uid`);
  }
  return value.map((stake, uid) => raoIn(stake, `stake[${uid}]`));
}

const anyTao = numberFrom(0, Number.MAX_SAFE_INTEGER, 'TAO, 0 or more');

const raoIn = (value: unknown, at: string): Rao =>
  BigInt(Math.round(anyTao(value, at) * Number(RAO_PER_TAO))) as Rao;

/** One matrix, or a list of them. */
function matricesIn(value: unknown, neurons: number): readonly (readonly Row16[])[] {
  if (!isListOfMatrices(value)) return [matrixIn(value, 'weights', neurons)];
  if (value.length <= MOST_EPOCHS) {
    return value.map((matrix, epoch) => matrixIn(matrix, `weights[${epoch}]`, neurons));
  }
  throw wrongLength('weights', value, `at most ${MOST_EPOCHS} matrices, one an epoch`);
}

/**
 * The first thing that stands in anything of the list tells: in a matrix it is a pair of numbers, in
 * a list of matrices a row, which is empty or begins with a pair.
 */
function isListOfMatrices(value: unknown): value is readonly unknown[] {
  if (!Array.isArray(value)) return false;
  const within: unknown = value.find((item) => Array.isArray(item) && item.length > 0);
  const [first] = Array.isArray(within) ? (within as readonly unknown[]) : [];
  return Array.isArray(first) && (first.length === 0 || Array.isArray(first[0]));
}

function matrixIn(value: unknown, at: string, neurons: number): readonly Row16[] {
  if (!isListOf(value, neurons, neurons)) {
    throw wrongLength(at, value, `a list of ${neurons} rows, one a neuron`);
  }
  return value.map((row, uid) => rowIn(row, `${at}[${uid}]`, neurons));
}

function rowIn(value: unknown, at: string, neurons: number): Row16 {
  if (!isListOf(value, 0, neurons)) {
    throw wrongLength(at, value, `a list of at most ${neurons} pairs [uid, weight]`);
  }
  const named = new Set<unknown>();
  for (const [index, pair] of value.entries()) {
    if (!isPair(pair, neurons)) throw wrong(`${at}[${index}]`, pair, pairsOf(neurons));
    if (named.has(pair[0])) {
      throw wrong(`${at}[${index}][0]`, pair[0], 'a uid that the row has not named before');
    }
    named.add(pair[0]);
  }
  return value as Row16;
}

const isPair = (value: unknown, neurons: number): value is Row16[number] =>
  Array.isArray(value) &&
  value.length === 2 &&
  isWhole(value[0], 0, neurons - 1) &&
  isWhole(value[1], 0, FULL_WEIGHT);

const pairsOf = (neurons: number): string =>
  `a pair [uid, weight], whole numbers of 0 to ${neurons - 1} and 0 to ${FULL_WEIGHT}`;

function flagsIn(value: unknown, at: string, neurons: number): readonly boolean[] {
  if (!isListOf(value, neurons, neurons)) {
    throw wrongLength(at, value, `a list of ${neurons} booleans, one a neuron`);
  }
  return value.map((flag, uid) => {
    if (typeof flag === 'boolean') return flag;
    throw wrong(`${at}[${uid}]`, flag, 'true or false');
  });
}

function termsIn(top: Fields): YumaTerms {
  const fraction = (field: string, otherwise: number): number =>
    optional(top[field], field, millionthsIn) ?? otherwise;
  return {
    version: versionIn(top['version']),
    kappa: sixteen(fraction('kappa', ONE / 2)),
    bondsPenalty: sixteen(fraction('bonds_penalty', ONE)),
    alpha: fraction('alpha', ONE / 10) as Fraction,
  };
}

function versionIn(value: unknown): BondTerms['version'] {
  if (value === 2 || value === 3) return value;
  throw wrong('version', value, '2 or 3');
}

/** As the chain keeps it: of a half it makes 32767, so that half of the stake is a majority. */
const sixteen = (millionths: number): Weight16 =>
  Math.floor((millionths * FULL_WEIGHT) / ONE) as Weight16;

/** Refuses what would take all day. */
function withEpochs(subnet: Omit<YumaFile, 'epochs'>, epochs: number): YumaFile {
  const { stake, weights, bonds } = subnet;
  const given = weights.map(entriesIn);
  const most = given.reduce((top, entries) => Math.max(top, entries), 0);
  const sum = given.reduce((all, entries) => all + entries, entriesIn(bonds));
  // No more bonds than were ever bought, and only validators keep any.
  const an = stake.length + most + Math.min(sum, MOST_VALIDATORS * stake.length);
  const possible = Math.floor(MOST_ENTRIES / an);
  if (epochs <= possible) return { ...subnet, epochs };
  throw wrong('epochs', epochs, `at most ${possible} of a subnet of this size`);
}

const entriesIn = (matrix: readonly Row16[]): number =>
  matrix.reduce((sum, row) => sum + row.length, 0);

const isListOf = (value: unknown, least: number, most: number): value is readonly unknown[] =>
  Array.isArray(value) && value.length >= least && value.length <= most;

/** Of a list its length, which is what is wrong with it. */
const wrongLength = (field: string, value: unknown, allowed: string): UsageError =>
  Array.isArray(value)
    ? new UsageError({ field, came: `a list of ${value.length}`, allowed })
    : wrong(field, value, allowed);
