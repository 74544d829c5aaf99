import { describe, expect, it } from 'vitest';
import { coursesOf, joined, reversed } from './courses.ts';
import { hypothesesOf } from './favour.ts';
import { runningSums, sumsIn, sumsOf, without } from './over.ts';
import { periodOf, periodOn } from './periods.ts';
import { spellsOf } from './spells.ts';
import { sceneOf, type Scene } from './testing/scene.ts';
import { WHOLE } from './windows.ts';

const EPOCHS = 24;
const MINERS = [0, 1, 2, 3, 4, 5, 6, 7];
/** Neither every other one nor some in a row: no window holds them. */
const AT_IT = [1, 2, 5, 9, 10, 14, 15, 18, 21, 23];

describe('a spell', () => {
  it('is in the epochs in which some are off together', () => {
    const [best] = spellsIn((v, m, epoch) => (v < 8 && m === 0 && isAtIt(epoch) ? 0.2 : 0));
    expect(onOf(best)).toEqual(AT_IT);
    // Of 24 slots ten are chosen: no choice is likelier than one in 25 times C(24, 10).
    expect(best?.lnShare).toBeGreaterThan(-18);
    expect(best?.lnShare).toBeLessThan(-Math.log(25));
  });

  it('costs less where the choice is not sure', () => {
    const [best] = spellsIn((v, m, epoch) => (v < 4 && m === 0 && isAtIt(epoch) ? 0.1 : 0));
    expect(best?.lnShare).toBeGreaterThan(lnCost(onOf(best).length) + 0.5);
  });

  it('is found by two miners where each alone shows a part of it', () => {
    const bias: Scene['bias'] = (v, m, epoch) => (v < 8 && m < 2 && isAtIt(epoch) ? 0.15 : 0);
    const asked = sceneOf({ bias, seed: 5, validators: 60, batches: 8 * EPOCHS, epochs: EPOCHS });
    const [alone, both] = [[0], MINERS].map((miners) =>
      onOf(spellsOf(asked, wholeOf(asked), miners)[0]),
    );
    expect(alone).not.toEqual(AT_IT);
    expect(both).toEqual(AT_IT);
  });

  it('has the miners that are favoured just then, their rivals and those who do it', () => {
    const asked = scene((v, m, epoch) =>
      v < 8 && isAtIt(epoch) ? ([0.14, 0.14, -0.14][m] ?? 0) : 0,
    );
    const likeliest = hypothesesOf(asked).find(({ period }) => period.said.includes('parts'));
    expect(likeliest?.period.said).toBe(' in 10 of 24 parts of the window');
    for (const miner of likeliest?.miners ?? []) expect([0, 1]).toContain(miner);
    for (const rival of likeliest?.rivals ?? []) expect(rival).toBe(2);
    expect([...(likeliest?.members ?? [])].flatMap((p, v) => (p > 0.5 ? [v] : []))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7,
    ]);
  });

  it('is worth nothing where nobody comes and goes, however they differ for good', () => {
    for (const always of [0, 0.1, 0.25]) {
      const found = hypothesesOf(scene((v, m) => (m === 0 ? always * ((v % 3) - 1) : 0)));
      for (const { period, lnOdds } of found)
        if (period.said.includes('parts')) expect(lnOdds).toBeLessThan(-3);
    }
  });

  it('is not looked for before anybody is mistrusted, nor in fewer than six epochs', () => {
    const ring: Scene['bias'] = (v, m, epoch) => (v < 8 && m === 0 && epoch % 2 === 0 ? 0.3 : 0);
    const spells = (asked: ReturnType<typeof scene>): number =>
      hypothesesOf(asked).filter(({ period }) => period.said.includes('parts')).length;
    expect(spells(scene(ring))).toBeGreaterThan(0);
    expect(spells({ ...scene(ring), isFirst: true })).toBe(0);
    expect(spells(scene(ring, 5))).toBe(0);
  });
});

describe('a course', () => {
  it('has of each validator what it made of a miner, slot by slot, and adds up with others', () => {
    const asked = scene(() => 0);
    const courses = coursesOf(asked, wholeOf(asked), MINERS);
    const [first, second] = courses;
    if (first === undefined || second === undefined) throw new Error('there are eight');
    const sum = (of: ArrayLike<number>): number => Array.from(of).reduce((a, b) => a + b, 0);
    const all = courses.reduce((total, { n }) => total + sum(n), 0);
    expect(all).toBe(asked.residuals.told.filter((told) => told === 1).length);
    const copies = Uint8Array.from({ length: 60 }, (_, v) => (v === 7 ? 1 : 0));
    const told = asked.residuals.told.map((own, row) => (row < 60 ? 0 : own));
    const [some] = coursesOf(
      { ...asked, copies, residuals: { ...asked.residuals, told } },
      wholeOf(asked),
      [0],
    );
    expect(sum(some?.n.subarray(7 * EPOCHS, 8 * EPOCHS) ?? [])).toBe(0);
    // The first batch is of the first miner, and cannot be told any more.
    expect([some?.n[0], first.n[0]]).toEqual([2, 3]);

    const both = joined(first, reversed(second));
    expect([both.miners, both.rivals]).toEqual([[0], [1]]);
    expect(both.off[7]).toBe((first.off[7] ?? 0) - (second.off[7] ?? 0));
    expect(both.n[7]).toBe((first.n[7] ?? 0) + (second.n[7] ?? 0));
    // Of a mean over two miners of like taste it is half as wide.
    expect(both.taste).toBeCloseTo((first.taste + second.taste) / 4, 9);
  });
});

it('leaves out what a model makes of the miner', () => {
  const kind = [0.06, -0.05, 0.05, -0.06, 0.04, 0.06, -0.05, -0.05];
  const asked = scene((v, m) => (v % 2 === 0 ? 1 : -1) * (kind[m] ?? 0));
  const [course] = coursesOf(asked, wholeOf(asked), [0]);
  const mean = (validator: number): number => {
    const own = course?.off.subarray(validator * EPOCHS, (validator + 1) * EPOCHS) ?? [];
    return Array.from(own).reduce((sum, one) => sum + one, 0) / (3 * EPOCHS);
  };
  const even = Array.from({ length: 30 }, (_, at) => mean(2 * at));
  expect(Math.abs(even.reduce((sum, one) => sum + one, 0) / 30)).toBeLessThan(0.2);
});

it('is as likely a period as its window is, and a spell three in twenty times what its slots are', () => {
  const { table } = scene(() => 0);
  const third = periodOf({ from: 4, to: 8, share: 0.05 }, table);
  expect(third.lnShare).toBeCloseTo(Math.log(0.05), 9);
  expect(third.said).toBe(' in twelfths 5 to 8 of the window');
  expect(third.isIn.filter((one) => one === 1).length).toBe(table.batches.length / 3);
  expect(periodOf(WHOLE, table).said).toBe('');
  const some = periodOn({ on: Uint8Array.of(1, 1), lnShare: -5 }, table);
  expect(some.lnShare).toBeCloseTo(Math.log(0.15) - 5, 9);
  expect([...some.isIn.subarray(0, 2), ...some.isIn.subarray(-2)]).toEqual([1, 1, 0, 0]);
});

it('sums of a part and of all but it are those of all', () => {
  const asked = scene(() => 0);
  const { table, pairs, residuals } = asked;
  const on = Uint8Array.from({ length: EPOCHS }, (_, epoch) => (isAtIt(epoch) ? 1 : 0));
  const off = on.map((one) => 1 - one);
  const [some, others] = [on, off].map((slots) =>
    sumsOf(table, pairs, residuals, periodOn({ on: slots, lnShare: 0 }, table).isIn),
  );
  if (some === undefined) throw new Error('there are two');
  expect(without(wholeOf(asked), some)).toEqual(others);
  const untold = { ...residuals, told: residuals.told.map(() => 0) };
  const nothing = sumsOf(table, pairs, untold, periodOf(WHOLE, table).isIn);
  expect(Math.max(...nothing.n, ...nothing.allN)).toBe(0);
});

/** Of so many of the epochs, before anything is unsure. */
function lnCost(count: number): number {
  let cost = -Math.log(EPOCHS + 1);
  for (let at = 1; at <= count; at++) cost -= Math.log((EPOCHS - count + at) / at);
  return cost;
}

const isAtIt = (epoch: number): boolean => AT_IT.includes(epoch);

/** Three batches an epoch of each of eight miners. */
const scene = (bias: Scene['bias'], epochs = EPOCHS) =>
  sceneOf({ bias, seed: 5, validators: 60, batches: 24 * epochs, epochs });

const wholeOf = ({ table, pairs, residuals }: ReturnType<typeof scene>) =>
  sumsIn(table, pairs, runningSums(pairs, residuals), WHOLE);

function spellsIn(bias: Scene['bias']) {
  const asked = scene(bias);
  return spellsOf(asked, wholeOf(asked), MINERS);
}

const onOf = (spell?: { readonly on: Uint8Array }): readonly number[] =>
  [...(spell?.on ?? [])].flatMap((one, slot) => (one === 1 ? [slot] : []));
