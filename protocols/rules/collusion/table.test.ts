import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percent, type Hotkey } from '../../units.ts';
import type { AuditEvent, ScoreEvent } from './events.ts';
import { sortedBy, tableOf } from './table.ts';

describe('tableOf', () => {
  it('numbers ids in their order and sorts rows by batch, then by validator', () => {
    const table = tableOf(events([score({ validator: 'v2' }), score({}), score({ batch: 'a' })]));
    expect(table.validators).toEqual(['v1', 'v2']);
    expect(table.batches).toEqual(['a', 'b']);
    expect([...table.batchOf]).toEqual([0, 1, 1]);
    expect([...table.validatorOf]).toEqual([0, 0, 1]);
    expect([...table.starts]).toEqual([0, 1, 3]);
  });

  it('knows the rows of each validator, in the order of their batches', () => {
    const table = tableOf(
      events([score({ validator: V2, batch: 'a' }), score({}), score({ batch: 'a' })]),
    );
    expect([...table.byValidator]).toEqual([0, 2, 1]);
    expect([...table.ofValidator]).toEqual([0, 2, 3]);
  });

  it('takes the latest of two scores, of two at once that of the later epoch, then the lower', () => {
    const kept = (...scores: readonly Partial<ScoreEvent>[]) => [
      ...tableOf(events(scores.map(score))).scoreOf,
    ];
    expect(kept(at(80, 5), at(90, 4))).toEqual([percent(80)]);
    expect(kept(at(80, 5, 1), at(90, 5, 2))).toEqual([percent(90)]);
    expect(kept(at(80, 5, 2), at(90, 4, 3))).toEqual([percent(80)]);
    expect(kept(at(80, 5, 2), at(90, 5, 2))).toEqual([percent(80)]);
    expect(kept({ ...at(80, 5), validator: V2 }, at(90, 5))).toEqual([percent(90), percent(80)]);
  });

  it('takes the latest of two checks, of two at once the one that passed less', () => {
    const kept = (...audits: readonly (readonly [passRate: number, time: number])[]) =>
      tableOf({
        ...events([score({})]),
        audits: audits.map(([passRate, time]): AuditEvent => check(passRate, time)),
      }).passRateOf[0];
    expect(kept([80, 5], [90, 4])).toBe(percent(80));
    expect(kept([90, 5], [80, 4])).toBe(percent(90));
    expect(kept([90, 5], [80, 5])).toBe(percent(80));
    expect(kept()).toBe(-1);
  });

  it('takes checks that say no number for as many leads as a sample has', () => {
    const checkedIn = (sampleSize?: number) =>
      tableOf({
        ...events([score({})]),
        audits: [check(90, 1)],
        ...(sampleSize === undefined ? {} : { sampleSize }),
      }).checkedOf[0];
    expect([checkedIn(), checkedIn(8)]).toEqual([20, 8]);
  });

  it('is the same in whatever order events come, and however often', () => {
    fc.assert(
      fc.property(someScores, ([scores, shuffled]) => {
        expect(tableOf(events([...shuffled, ...shuffled]))).toEqual(tableOf(events(scores)));
      }),
    );
  });

  it('parts batches into slots by their epochs, several in a row into one where there are many', () => {
    const inSlots = (epochs: readonly number[]) => {
      const { slotOf, slots } = tableOf(
        events(epochs.map((epoch, batch) => score({ batch: `b${String(batch + 100)}`, epoch }))),
      );
      return { slots, slotOf: [...slotOf] };
    };
    expect(inSlots([9, 4, 4, 70])).toEqual({ slots: 3, slotOf: [1, 0, 0, 2] });
    const many = inSlots(Array.from({ length: 128 }, (_, epoch) => epoch));
    expect(many.slots).toBe(64);
    expect(many.slotOf).toEqual(Array.from({ length: 128 }, (_, epoch) => Math.floor(epoch / 2)));
  });

  it('parts batches into twelfths by when each first came, those of one moment into one', () => {
    const inTwelfths = (times: readonly number[]) => [
      ...tableOf(
        events(times.map((time, batch) => score({ batch: `b${String(batch + 100)}`, time }))),
      ).twelfthOf,
    ];
    expect(inTwelfths(Array.from({ length: 24 }, (_, time) => time))).toEqual(
      Array.from({ length: 24 }, (_, place) => Math.floor(place / 2)),
    );
    expect(new Set(inTwelfths([7, 7, 7, 7])).size).toBe(1);

    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 }), { minLength: 1 }), (times) => {
        const twelfths = inTwelfths(times);
        for (const [one, time] of times.entries()) {
          expect(twelfths[one]).toBeLessThan(12);
          for (const [other, own] of times.entries()) {
            if (own < time) expect(twelfths[other]).toBeLessThanOrEqual(twelfths[one] ?? 0);
            if (own === time) expect(twelfths[other]).toBe(twelfths[one]);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('sortedBy', () => {
  it('sorts, and leaves equals as they were', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9 })), (numbers) => {
        const order = Int32Array.from(numbers, (_, place) => place);
        const slowly = [...order].toSorted((a, b) => (numbers[a] ?? 0) - (numbers[b] ?? 0));
        expect([...sortedBy(order, 10, Int32Array.from(numbers))]).toEqual(slowly);
      }),
    );
  });
});

const V2 = 'v2' as Hotkey;

const score = (some: Partial<Omit<ScoreEvent, 'validator'>> & { validator?: string }): ScoreEvent =>
  ({
    epoch: 1,
    validator: 'v1',
    miner: 'm',
    batch: 'b',
    score: percent(80),
    time: 1,
    ...some,
  }) as ScoreEvent;

const at = (score_: number, time: number, epoch = 1): Partial<ScoreEvent> => ({
  score: percent(score_),
  time,
  epoch,
});

const check = (passRate: number, time: number): AuditEvent => ({
  batch: 'b',
  passRate: percent(passRate),
  time,
});

const events = (scores: readonly ScoreEvent[]) => ({ audits: [], feedback: [], scores });

const someScores = fc
  .array(
    fc
      .record({
        validator: fc.constantFrom('v1', 'v2', 'v3'),
        batch: fc.constantFrom('a', 'b'),
        epoch: fc.nat({ max: 2 }),
        time: fc.nat({ max: 2 }),
        score: fc.nat({ max: 3 }).map(percent),
      })
      .map(score),
    { maxLength: 30 },
  )
  .chain((scores) =>
    fc.tuple(fc.constant(scores), fc.shuffledSubarray(scores, { minLength: scores.length })),
  );
