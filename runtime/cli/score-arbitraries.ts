/**
 * Files of events for tests: short hands for what they hold, and any file at all, of few ids and
 * times, so that much is said of the same.
 */
import fc from 'fast-check';

export const FROM: number = 1_760_000_000;
export const DAY: number = 86_400;

export interface File {
  readonly [list: string]: unknown;
}

export const documentOf = (file: File): string =>
  JSON.stringify({
    format: 'collusion-events/1',
    window: { from: FROM - DAY, to: FROM + DAY },
    scores: [],
    ...file,
  });

/** What each of the validators in `by` scored one batch. */
export const scoresOf = ({
  epoch = 0,
  batch,
  time = FROM,
  by,
}: {
  epoch?: number;
  batch: string;
  time?: number;
  by: Readonly<Record<string, number>>;
}): object[] =>
  Object.entries(by).map(([validator, given]) => ({
    epoch,
    validator,
    miner: 'm',
    batch,
    score: given,
    time,
  }));

/** A batch an epoch, all scored alike. */
export const rounds = (epochs: number, by: Readonly<Record<string, number>>): object[] =>
  Array.from({ length: epochs }, (_, epoch) =>
    scoresOf({ epoch, batch: `b${epoch}`, time: FROM + epoch, by }),
  ).flat();

/** Queries that a miner answered with so many leads, so many of them good; and some it missed. */
export const answers = (
  miner: string,
  answered: number,
  missed: number,
  leads: number,
  good: number,
): object[] =>
  Array.from({ length: answered + missed }, (_, index) => ({
    query: `q${index}`,
    miner,
    time: FROM,
    ...(index < answered
      ? { num_leads: leads, good, batch: `${miner}-${index}` }
      : { num_leads: leads }),
  }));

const anyId = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor');
const anyBatch = fc.constantFrom('b0', 'b1', 'b2', 'toString');
const anyTime = fc.oneof(
  fc.constantFrom(FROM - DAY, FROM, FROM + 0.5, FROM + DAY),
  fc.integer({ min: FROM, max: FROM + 3 }),
);
const anyRate = fc.constantFrom(0, 0.5, 0.79, 0.8, 0.89, 0.899_999, 0.9, 0.95, 1);

const fileOf = {
  scores: fc.array(
    fc
      .record({
        epoch: fc.nat({ max: 2 }),
        validator: anyId,
        batch: anyBatch,
        score: anyRate,
        time: anyTime,
      })
      .map((row) => ({ ...row, miner: `m-${row.batch}` })),
  ),
  audits: fc.array(fc.record({ batch: anyBatch, pass_rate: anyRate, time: anyTime })),
  feedback: fc.array(
    fc.record({
      buyer: anyId,
      validator: anyId,
      batch: anyBatch,
      rating: fc.oneof(fc.constant(9), fc.integer({ min: 1, max: 10 })),
      time: anyTime,
    }),
  ),
  queries: fc.option(
    fc.uniqueArray(
      fc
        .record({ query: anyId, buyer: anyId, batch: fc.option(anyBatch), time: anyTime })
        .map((row) => ({ ...row, miner: `m-${row.batch}`, num_leads: 40 }))
        .chain((row) =>
          fc.nat({ max: row.batch === null ? 0 : 40 }).map((good) => ({ ...row, good })),
        ),
      { selector: ({ batch, query }) => batch ?? `miss ${query}` },
    ),
    { nil: undefined },
  ),
};

/** A file, and the same one with its lists in another order. */
export const anyFile: fc.Arbitrary<[File, File]> = fc.record(fileOf).chain((file) =>
  fc.tuple(
    fc.constant(file),
    fc.record({
      scores: shuffled(file.scores),
      audits: shuffled(file.audits),
      feedback: shuffled(file.feedback),
      queries: file.queries === undefined ? fc.constant(undefined) : shuffled(file.queries),
    }),
  ),
);

const shuffled = <T>(list: readonly T[]): fc.Arbitrary<T[]> =>
  fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length });
