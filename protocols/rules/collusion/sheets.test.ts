import { describe, expect, it } from 'vitest';
import { percent, type Hotkey } from '../../units.ts';
import { byValidator } from './by-validator.ts';
import { likePairs } from './like-pairs.ts';
import { leaningOf } from './scatter.ts';
import { leaningsOf } from './sheets.ts';
import { tableOf } from './table.ts';
import { noiseFrom } from './testing/noise.ts';

describe('a group that leans on one sheet', () => {
  it('is found where no two of it show, and only watched', () => {
    const { found, twos } = scene({ leaning: 10, share: 0.35, batches: 150 });
    expect(twos).toBeLessThan(5);
    for (const member of range(0, 10)) expect(found.get(member) ?? 0).toBeGreaterThan(0.25);
    for (const [, probability] of found) expect(probability).toBeLessThan(0.7);
    expect(mean(range(10, 40).map((one) => found.get(one) ?? 0))).toBeLessThan(0.05);
  });

  it('is flagged where it agrees by more than honest ones do', () => {
    const { found } = scene({ leaning: 6, share: 0.6, batches: 150 });
    for (const member of range(0, 6)) expect(found.get(member) ?? 0).toBeGreaterThanOrEqual(0.7);
    for (const one of range(6, 40)) expect(found.get(one) ?? 0).toBeLessThan(0.25);
  });

  it('is not flagged where it is two, nor is who hardly leans on what a flagged group leans on', () => {
    const two = scene({ leaning: 2, share: 0.6, batches: 150 }).found;
    expect(two.get(0)).toBeGreaterThan(0.5);
    expect(Math.max(...two.values())).toBeLessThan(0.7);
    const { found } = scene({ leaning: 6, share: 0.6, batches: 150, hardly: 4 });
    for (const one of range(6, 10)) expect(found.get(one) ?? 0).toBeLessThan(0.7);
    expect(found.get(0)).toBeGreaterThanOrEqual(0.7);
  });

  it('is none where nobody leans, nor where all do', () => {
    const nobody = scene({ leaning: 0, share: 0, batches: 150 }).found;
    expect(Math.max(0, ...nobody.values())).toBeLessThan(0.25);
    const all = scene({ leaning: 40, share: 0.5, batches: 150 }).found;
    expect(Math.max(0, ...all.values())).toBe(0);
  });

  it('is none for fewer batches than sixteen', () => {
    expect(Math.max(0, ...scene({ leaning: 6, share: 0.9, batches: 15 }).found.values())).toBe(0);
  });

  // One was flagged for seven, by how little it scattered.
  it('says nothing of who has fewer than sixteen in common with it', () => {
    const { found } = scene({ leaning: 6, share: 0.6, batches: 150, seldom: 15 });
    for (const member of range(1, 6)) expect(found.get(member) ?? 0).toBeGreaterThanOrEqual(0.7);
    expect(found.get(0) ?? 0).toBe(0);
  });
});

describe('scatter', () => {
  it('tells who leans on another, and not who copies or is careless', () => {
    const { told } = scene({ leaning: 4, share: 0.4, batches: 200 });
    expect(Math.min(...told.slice(0, 4))).toBeGreaterThan(1.5);
    expect(mean(told.slice(4))).toBeLessThan(0.3);
    const careless = scene({ leaning: 4, share: 0, batches: 200, careless: 2 }).told;
    expect(Math.max(...careless.slice(0, 4))).toBe(0);
    const copying = scene({ leaning: 4, share: 1, batches: 200 }).told;
    expect(mean(copying.slice(0, 4))).toBeLessThan(1);
  });
});

interface Scene {
  /** The first so many of forty. */
  readonly leaning: number;
  /** Of their scores, the part that is the sheet's. */
  readonly share: number;
  readonly batches: number;
  /** So many after them lean by three tenths. */
  readonly hardly?: number;
  /** The first one has so many scores and no more. */
  readonly seldom?: number;
  /** How much further off the first four are. */
  readonly careless?: number;
}

function scene({ leaning, share, batches, hardly = 0, seldom = batches, careless = 1 }: Scene) {
  const noise = noiseFrom(11);
  const sheet = Float64Array.from({ length: batches }, noise);
  const off = (validator: number, batch: number): number => {
    const own = noise() * (validator < 4 ? careless : 1);
    if (validator >= leaning + hardly) return own;
    const part = validator < leaning ? share : 0.3;
    return Math.round(((1 - part) * own + part * (sheet[batch] ?? 0)) * 1_024) / 1_024;
  };
  const table = tableOf({
    audits: [],
    feedback: [],
    scores: range(0, batches).flatMap((batch) =>
      range(batch < seldom ? 0 : 1, VALIDATORS).map((validator) => ({
        epoch: 0,
        validator: `v${String(validator).padStart(2, '0')}` as Hotkey,
        miner: 'm' as Hotkey,
        batch: `b${String(batch).padStart(3, '0')}`,
        score: percent(50),
        time: batch,
      })),
    ),
  });
  const own = byValidator(table, new Uint8Array(table.batchOf.length).fill(1));
  const byRow = Float64Array.from(table.batchOf, (batch, row) =>
    off(table.validatorOf[row] ?? 0, batch),
  );
  const unusual = Float64Array.from(own.rows, (row) => byRow[row] ?? 0);
  const dispersion = new Float64Array(VALIDATORS).fill(1);
  const pairs = likePairs(table, own, byRow);
  const found = new Map<number, number>();
  for (const { validator, probability } of leaningsOf({ table, own, unusual, dispersion }, pairs)) {
    found.set(validator, Math.max(found.get(validator) ?? 0, probability));
  }
  const twos = pairs.filter(([one, other]) => one < leaning && other < leaning).length;
  return { found, twos, told: leaningOf(own, unusual, dispersion) };
}

const VALIDATORS = 40;

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, at) => from + at);
function mean(values: readonly number[] | Float64Array): number {
  let sum = 0;
  for (const one of values) sum += one;
  return sum / values.length;
}
