import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percent, type Hotkey, type Score } from '../../units.ts';
import { evaluate } from './evaluate.ts';
import { named, together } from './testing/events-again.ts';
import { noiseFrom } from './testing/noise.ts';
import type { AuditEvent, CollusionEvents, FeedbackEvent, ScoreEvent } from './events.ts';
import { FLAGGED, type Finding } from './finding.ts';

describe('evaluate', () => {
  it('says nothing of nothing, of one validator or of two', () => {
    expect(evaluate(NOTHING)).toEqual({ sufficient: false, validators: [], buyers: [], rings: [] });
    for (const validators of [1, 2]) {
      const few = network({ validators, batches: 40, levels: [18, 12], ring: 1, shift: 5 });
      const audits = few.scores.map(({ batch }) => ({ batch, passRate: percent(75), time: 9_999 }));
      const { sufficient, validators: found } = evaluate({ ...few, audits });
      expect(sufficient).toBe(false);
      expect(found.map(({ score }) => score)).toEqual(found.map(() => 0));
    }
  });

  it('finds two of eight that mark one miner up, and names them, their miner and its batches', () => {
    const { validators, rings, sufficient } = evaluate(GUILTY);
    expect(sufficient).toBe(true);
    const flagged = validators.filter(({ score }) => score >= FLAGGED);
    expect(flagged.map(({ validator }) => validator)).toEqual(['v0', 'v1']);
    expect(rings).toEqual([{ validators: ['v0', 'v1'], miners: ['m0'], buyers: [] }]);
    expect(flagged[0]?.evidence[0]).toMatchObject({
      channel: 'favour',
      with: ['v1'],
      miners: ['m0'],
    });
    for (const batch of flagged[0]?.evidence[0]?.batches ?? []) {
      expect(GUILTY.scores.find((event) => event.batch === batch)?.miner).toBe('m0');
    }
  });

  it('takes strict validators for no copies of each other, though they say the same of what is perfect', () => {
    const worst = [1, 16, 20, 21, 24, 25, 26, 28, 29].map((seed) =>
      Math.max(...evaluate(withStrict(seed)).validators.map(({ components }) => components.copy)),
    );
    // Nine that were 0.26 to 0.64 while such scores stood beside the few that tell something.
    expect(Math.max(...worst)).toBeLessThan(20_000);
  });

  it('gives everyone a whole number of millionths, 0 to 1, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(someNetwork, whatever), (events) => {
        const { sufficient, validators, buyers } = evaluate(events);
        const scores = [
          ...validators.flatMap(({ score, components }) => [
            score,
            components.favour,
            components.copy,
          ]),
          ...buyers.map(({ score }) => score),
        ];
        for (const score of scores) {
          expect(Number.isInteger(score) && score >= 0 && score <= 1_000_000).toBe(true);
          if (!sufficient) expect(score).toBe(0);
        }
        expect(validators.map(({ validator }) => validator)).toEqual(
          idsOf(events.scores, ({ validator }) => validator),
        );
        expect(buyers.map(({ buyer }) => buyer)).toEqual(
          idsOf(events.feedback, ({ buyer }) => buyer),
        );
      }),
      RUNS,
    );
  });

  it('finds the same to the byte in whatever order events come, and however often', () => {
    fc.assert(
      fc.property(fc.oneof(someNetwork, whatever).chain(inTwoOrders), ([events, shuffled]) => {
        const once = JSON.stringify(evaluate(events));
        expect(JSON.stringify(evaluate(shuffled))).toBe(once);
        expect(JSON.stringify(evaluate(together(shuffled, events)))).toBe(once);
      }),
      RUNS,
    );
  });

  it('finds the same of everyone under another name', () => {
    fc.assert(
      fc.property(someNetwork, fc.shuffledSubarray(LETTERS, { minLength: 26 }), (events, order) => {
        const again = (id: string): string => order[LETTERS.indexOf(id[0] ?? 'a')] + turned(id);
        const renamed = evaluate(named(events, again));
        const found = evaluate(events);
        expect(standing(renamed, (id) => id)).toEqual(standing(found, again));
      }),
      RUNS,
    );
  });

  it('flags nobody where all say the same', () => {
    fc.assert(
      fc.property(someNetwork, fc.integer({ min: 0, max: 20 }), ({ scores, ...others }, level) => {
        const same = scores.map((event) => ({ ...event, score: percent(5 * level) }));
        for (const { score } of evaluate({ ...others, audits: [], scores: same }).validators) {
          expect(score).toBe(0);
        }
      }),
      RUNS,
    );
  });

  it('flags nobody of fewer than three scores', () => {
    fc.assert(
      fc.property(someNetwork, fc.integer({ min: 1, max: 2 }), (events, few) => {
        const one = events.scores.filter(({ validator }) => validator === 'v0').slice(0, few);
        const rest = events.scores.filter(({ validator }) => validator !== 'v0');
        const { validators } = evaluate({ ...events, scores: [...one, ...rest] });
        const own = validators.find(({ validator }) => validator === 'v0');
        expect(own?.score ?? 0).toBeLessThan(FLAGGED);
      }),
      RUNS,
    );
  });
});

const NOTHING: CollusionEvents = { audits: [], scores: [], feedback: [] };
/** Each run evaluates a network or three. */
const RUNS = { numRuns: Math.min(100, Number(process.env['PROPERTY_RUNS'] ?? 100)) };
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'.split('');

interface Network {
  readonly validators: number;
  readonly batches: number;
  /** What honest validators give, in twentieths, by turns. */
  readonly levels: readonly number[];
  /** So many of the first validators give the first miner's batches so much more. */
  readonly ring: number;
  readonly shift: number;
  readonly miners?: number;
}

/** Scores of all validators for all batches, honest ones off by up to two twentieths, each in its own way. */
function network({
  validators,
  batches,
  levels,
  ring,
  shift,
  miners = 4,
}: Network): CollusionEvents {
  const scores = Array.from({ length: batches }, (_, batch) =>
    Array.from({ length: validators }, (__, validator): ScoreEvent => {
      const mixed = ((validator * 7_919 + 17) * (batch * 104_729 + 29)) % 10_007;
      const off = (mixed % 5) - 2;
      const raised = validator < ring && batch % miners === 0 ? shift : 0;
      const level = (levels[batch % levels.length] ?? 0) + off + raised;
      return {
        epoch: batch,
        validator: `v${validator}` as Hotkey,
        miner: `m${batch % miners}` as Hotkey,
        batch: `b${String(batch).padStart(3, '0')}`,
        score: percent(5 * Math.max(0, Math.min(20, level))),
        time: batch * 100 + validator,
      };
    }),
  );
  return { ...NOTHING, scores: scores.flat() };
}

/** Of 300 batches, most of them perfect, each of sixteen samples ten leads of a third; three miss one lead more. */
function withStrict(seed: number): CollusionEvents {
  const noise = noiseFrom(seed);
  const chance = (): number => Math.abs((noise() * 7_168) % 1_024) / 1_024;
  const scores: ScoreEvent[] = [];
  for (let batch = 0; batch < 300; batch++) {
    const quality = chance() < 0.7 ? 1 : 0.3 + 0.6 * chance();
    for (let validator = 0; validator < 16; validator++) {
      if (chance() > 0.35) continue;
      const good = Array.from({ length: 10 }, chance).filter((one) => one < quality).length;
      const missed = validator < 3 && chance() < 0.8 ? 1 : 0;
      scores.push({
        epoch: Math.floor(batch / 10),
        validator: `v${validator}` as Hotkey,
        miner: `m${batch % 10}` as Hotkey,
        batch: `b${String(batch).padStart(3, '0')}`,
        score: percent(10 * Math.max(0, good - missed)),
        time: batch * 100 + validator,
      });
    }
  }
  return { ...NOTHING, sampleSize: 10, scores };
}

const GUILTY = network({ validators: 8, batches: 60, levels: [13, 14, 15], ring: 2, shift: 6 });

const idsOf = <Event, Id extends string>(
  events: readonly Event[],
  of: (event: Event) => Id,
): Id[] => [...new Set(events.map(of))].toSorted();

/** Back to front: then ids sort in another order. */
const turned = (id: string): string => id.split('').toReversed().join('');

/** All but the words, by names, in the order of the names. */
function standing({ sufficient, validators, buyers, rings }: Finding, as: (id: string) => string) {
  const sorted = (ids: readonly string[]): readonly string[] => ids.map(as).toSorted();
  const byText = (lines: readonly object[]): readonly string[] =>
    lines.map((line) => JSON.stringify(line)).toSorted();
  return {
    sufficient,
    validators: byText(
      validators.map(({ validator, score, components }) => [as(validator), score, components]),
    ),
    buyers: byText(buyers.map(({ buyer, ...found }) => [as(buyer), found])),
    rings: byText(
      rings.map((ring) => [sorted(ring.validators), sorted(ring.miners), sorted(ring.buyers)]),
    ),
  };
}

const anyLevel = fc.integer({ min: 0, max: 20 });

const feedbackOn = ({ scores }: CollusionEvents): fc.Arbitrary<readonly FeedbackEvent[]> =>
  fc.array(
    fc
      .record({
        of: fc.constantFrom(...scores),
        buyer: fc.constantFrom('u0', 'u1', 'u2'),
        rating: fc.integer({ min: 1, max: 10 }),
        time: fc.nat({ max: 3 }),
      })
      .map(({ of: { validator, batch }, buyer, ...rest }) => ({
        validator,
        batch,
        buyer: buyer as Hotkey,
        ...rest,
      })),
    { maxLength: 30 },
  );

const auditsOf = ({ scores }: CollusionEvents): fc.Arbitrary<readonly AuditEvent[]> =>
  fc.array(
    fc
      .record({
        of: fc.constantFrom(...scores),
        level: anyLevel,
        checked: fc.option(fc.nat({ max: 100 }), { nil: undefined }),
        time: fc.nat({ max: 3 }),
      })
      .map(({ of: { batch }, level, checked, time }) => ({
        batch,
        passRate: percent(5 * level),
        time,
        ...(checked === undefined ? {} : { checked }),
      })),
    { maxLength: 20 },
  );

/** A network with noise, gaps, second scores and, often, a ring. */
const someNetwork: fc.Arbitrary<CollusionEvents> = fc
  .record({
    validators: fc.integer({ min: 3, max: 10 }),
    batches: fc.integer({ min: 1, max: 48 }),
    miners: fc.integer({ min: 1, max: 5 }),
    levels: fc.array(anyLevel, { minLength: 1, maxLength: 5 }),
    ring: fc.nat({ max: 4 }),
    shift: fc.integer({ min: -8, max: 8 }),
    noise: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 97 }),
    gap: fc.integer({ min: 2, max: 40 }),
  })
  .map(({ noise, gap, ...plan }) => {
    const { scores, ...others } = network(plan);
    const noisy = scores.map((event, at) => {
      const off = 50_000 * (noise[at % noise.length] ?? 0);
      return { ...event, score: Math.max(0, Math.min(1e6, event.score + off)) as Score };
    });
    return { ...others, scores: noisy.filter((_, at) => at % gap !== gap - 1 || at === 0) };
  })
  .chain((events) =>
    fc.record({
      scores: fc.constant(events.scores),
      audits: auditsOf(events),
      feedback: feedbackOn(events),
      sampleSize: fc.constantFrom(8, 20, 100),
    }),
  );

/** What no honest network sends: batches of two miners, second scores, buyers of what nobody scored. */
const whatever: fc.Arbitrary<CollusionEvents> = fc.record({
  scores: fc.array(
    fc.record({
      epoch: fc.nat({ max: 3 }),
      validator: fc.constantFrom('v0', 'v1', 'v2', 'v3').map((id) => id as Hotkey),
      miner: fc.constantFrom('m0', 'm1').map((id) => id as Hotkey),
      batch: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      score: fc.integer({ min: 0, max: 1_000_000 }).map((score) => score as Score),
      time: fc.nat({ max: 5 }),
    }),
    { maxLength: 60 },
  ),
  audits: fc.array(
    fc.record({
      batch: fc.constantFrom('a', 'b', 'unheard'),
      passRate: fc.constantFrom(0, 500_000, 1_000_000).map((score) => score as Score),
      checked: fc.nat({ max: 100 }),
      time: fc.nat({ max: 3 }),
    }),
    { maxLength: 5 },
  ),
  feedback: fc.array(
    fc.record({
      buyer: fc.constantFrom('u0', 'u1').map((id) => id as Hotkey),
      validator: fc.constantFrom('v0', 'v9').map((id) => id as Hotkey),
      batch: fc.constantFrom('a', 'b', 'unheard'),
      rating: fc.integer({ min: 1, max: 10 }),
      time: fc.nat({ max: 3 }),
    }),
    { maxLength: 12 },
  ),
});

const inTwoOrders = (
  events: CollusionEvents,
): fc.Arbitrary<readonly [CollusionEvents, CollusionEvents]> => {
  const shuffled = <Event>(all: readonly Event[]): fc.Arbitrary<readonly Event[]> =>
    fc.shuffledSubarray([...all], { minLength: all.length });
  return fc.tuple(
    fc.constant(events),
    fc
      .record({
        audits: shuffled(events.audits),
        scores: shuffled(events.scores),
        feedback: shuffled(events.feedback),
      })
      .map((moved) => ({ ...events, ...moved })),
  );
};
