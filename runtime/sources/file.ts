/**
 * Leads out of a file, for a miner that has a list of its own.
 *
 * `careful` sorts out what a validator would find: only leads go out that are well-formed, nobody's
 * second entry, not at a throw-away provider, and what was asked for.
 *
 * `careless` sends a fair sample of the file, bad rows and all, so that a demo can show what becomes
 * of a miner that does not look: as many bad rows in a hundred as the file has, rounded up.
 */
import type { Random } from '../../actors/actor.ts';
import { MAX_BATCH_BYTES, packLeads, unpackLeads } from '../../protocols/batch.ts';
import { emailKey, type Lead } from '../../protocols/lead.ts';
import type { Want } from '../../protocols/query.ts';
import { offlineVerdict } from '../../protocols/rules/audit.ts';
import { withDuplicates } from '../../protocols/rules/duplicates.ts';
import { fieldOf } from '../../protocols/rules/format.ts';
import { because, outcomeOf } from '../../protocols/verdict.ts';
import { below } from '../random.ts';
import type { LeadSource } from '../services/source.ts';

export type Care = 'careful' | 'careless';

/** Never more leads than wanted; fewer where the file has no more. */
export function fileSource(rows: readonly unknown[], care: Care): LeadSource {
  const sendable = rows.filter(isSendable);
  let last: Sorted | undefined;
  return (random, want) => {
    // A file of 100 000 takes half a second to sort, and most queries in a row want the same.
    const isSame = last?.industry === want.industry && last?.region === want.region;
    const sorted = last !== undefined && isSame ? last : sort(sendable, want);
    last = sorted;
    const pick = care === 'careful' ? pickGood : pickFairly;
    // What a careless miner sends need not be a lead, and it cannot tell.
    return withinSize(pick(random, sorted, want.leads).map((index) => sendable[index] as Lead));
  };
}

/** The rows of a file by what an audit would find, as indices. */
interface Sorted {
  readonly industry: Want['industry'];
  readonly region: Want['region'];
  readonly good: readonly number[];
  readonly bad: readonly number[];
  /** Of a bad row that is a duplicate and nothing else, the good row that it repeats. */
  readonly repeats: ReadonlyMap<number, number>;
}

function sort(rows: readonly unknown[], want: Want): Sorted {
  const own = rows.map((row) => offlineVerdict(row, want));
  const verdicts = withDuplicates(rows, own);
  const isBad = verdicts.map((verdict) => outcomeOf(verdict) === 'fail');
  const indices = [...rows.keys()];
  const keyOf = (index: number): string => emailKey(fieldOf(rows[index], 'Owner(s) Email') ?? '');

  const good = indices.filter((index) => isBad[index] !== true);
  const goodByKey = new Map(good.map((index) => [keyOf(index), index]));
  const repeats = new Map<number, number>();
  for (const index of indices) {
    const original = goodByKey.get(keyOf(index));
    const isRepeat = verdicts[index] === because('duplicate_email');
    if (isRepeat && original !== undefined) repeats.set(index, original);
  }
  const bad = indices.filter((index) => isBad[index] === true);
  return { industry: want.industry, region: want.region, good, bad, repeats };
}

const pickGood = (random: Random, { good }: Sorted, most: number): readonly number[] =>
  shuffled(random, good).slice(0, most);

/** In the order of the file. A duplicate comes with the row that it repeats, or it were none. */
function pickFairly(random: Random, sorted: Sorted, most: number): readonly number[] {
  const total = sorted.good.length + sorted.bad.length;
  const size = Math.min(most, total);
  const bad = Math.ceil((size * sorted.bad.length) / Math.max(total, 1));

  const picked = new Set<number>();
  let [badLeft, goodLeft] = [bad, size - bad];
  for (const index of shuffled(random, sorted.bad)) {
    if (badLeft === 0) break;
    const original = sorted.repeats.get(index);
    const isAlone = original !== undefined && !picked.has(original);
    if (isAlone && goodLeft === 0) continue;
    if (isAlone) {
      picked.add(original);
      goodLeft--;
    }
    picked.add(index);
    badLeft--;
  }
  for (const index of shuffled(random, sorted.good)) {
    if (picked.size === size) break;
    picked.add(index);
  }
  return [...picked].toSorted((a, b) => a - b);
}

function shuffled<T>(random: Random, list: readonly T[]): readonly T[] {
  const mixed = [...list];
  for (let left = mixed.length; left > 1; left--) {
    const at = below(random, left);
    [mixed[at], mixed[left - 1]] = [mixed[left - 1] as T, mixed[at] as T];
  }
  return mixed;
}

/** As many of the leads as one batch can carry. */
function withinSize(leads: readonly Lead[]): readonly Lead[] {
  let room = MAX_BATCH_BYTES - LIST_BYTES;
  return leads.filter((lead) => (room -= packedSize(lead)) >= 0);
}

/** What no batch could carry is no lead of this source, not even a bad one. */
const isSendable = (row: unknown): row is object =>
  unpackLeads(packLeads([row as object], [ANY_SALT])) !== undefined;

const packedSize = (lead: object): number => packLeads([lead], [ANY_SALT]).length;
const ANY_SALT = new Uint8Array(16);
/** What says how many leads follow. */
const LIST_BYTES = 5;
