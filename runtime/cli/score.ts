/**
 * `leadpoet score FILE`: folds a file of events into everyone's standing, F, emissions and weights.
 *
 *     epoch by epoch: F of its batches, by the R_v that earlier epochs left ──▶ records ──▶ ledger
 *
 * The rules are those of a live node; only where a file says less than a settlement does, something
 * has to stand in for it: a validator counts as registered since its first score in the file, a batch
 * that nobody scored as approved where any of its leads was good, and where no query says who asked,
 * whoever rated a batch is taken to have received it.
 */
import {
  enter,
  newLedger,
  reputationThrough,
  standingThrough,
  type BatchRecord,
  type Ledger,
  type LedgerRecord,
  type MissRecord,
  type RatingRecord,
  type Standing,
} from '../../protocols/ledger.ts';
import { show } from '../../protocols/query.ts';
import { isApproved } from '../../protocols/rules/audit.ts';
import { CHECKS_PASSED } from '../../protocols/rules/checks.ts';
import { minerClaim, shares, validatorClaim } from '../../protocols/rules/emissions.ts';
import { finalScore, isDenied } from '../../protocols/rules/final-score.ts';
import { minerScore } from '../../protocols/rules/miner-score.ts';
import { START } from '../../protocols/rules/reputation.ts';
import { quantise } from '../../protocols/rules/weights.ts';
import { ONE, points, WHOLE, type Hotkey, type Rao, type Score } from '../../protocols/units.ts';
import {
  readEvents,
  type AuditEvent,
  type Events,
  type QueryEvent,
  type ScoreEvent,
} from '../events.ts';
import { table, type Column } from './table.ts';
import { EXIT, UsageError, type Console } from './trouble.ts';

/** Times in a file are seconds. */
const DAY = 86_400;
const TRUSTED_SECONDS = 30 * DAY;

export async function score(
  file: string,
  { json = false }: { readonly json?: boolean },
  io: Console,
): Promise<number> {
  const report = scoreEvents(await readEvents(file));
  io.out(json ? `${JSON.stringify(report)}\n` : showReport(report));
  return EXIT.done;
}

/** As `--json` prints it: fractions and points as decimals. */
export interface ScoreReport {
  readonly format: 'leadpoet.score/1';
  readonly validators: readonly {
    readonly id: string;
    readonly p: number;
    readonly c: number;
    readonly f: 0 | 1;
    readonly r: number;
    readonly emission: number;
  }[];
  /** All but the id are null where the file has no queries. */
  readonly miners: readonly {
    readonly id: string;
    readonly a: number | null;
    readonly d: number | null;
    readonly w: number | null;
    readonly emission: number | null;
    readonly weight: number | null;
  }[];
  readonly batches: readonly {
    readonly batch: string;
    /** Null where nobody has a say; 0 where the checks failed. */
    readonly final_score: number | null;
    readonly approved: boolean;
    readonly denied: boolean;
  }[];
}

/** Does not depend on the order of the events in the file. */
export function scoreEvents(events: Events): ScoreReport {
  checkBatches(events);
  const epochs = epochsOf(events.scores);
  const batches = Map.groupBy(batchesOf(events, epochs), ({ epoch }) => epoch);
  const others = Map.groupBy(otherRecords(events, epochs), ({ epoch }) => epoch);
  const since = firstScores(events.scores);

  const ledger = newLedger({ day: DAY });
  const settled: Settled[] = [];
  let now = -Infinity;
  for (const { epoch, start } of epochs) {
    // Epochs may overlap in time: all that an earlier one left counts, whenever it was.
    now = Math.max(now, start);
    const own = (batches.get(epoch) ?? []).map((batch) => settle(batch, ledger, now, since));
    for (const record of [...own.map((one) => one.record), ...(others.get(epoch) ?? [])]) {
      enter(ledger, record);
      now = Math.max(now, record.at);
    }
    for (const one of own) settled.push(one);
  }
  return reportOf(events, settled, standingThrough(ledger, events.window.to));
}

/** A batch belongs to one miner and answers one query. */
function checkBatches({ scores, queries = [] }: Events): void {
  const miners = new Map<string, Hotkey>();
  const rows = new Map<string, string>();
  const claim = (batch: string, miner: Hotkey, at: string): void => {
    const owner = miners.get(batch) ?? miner;
    miners.set(batch, owner);
    if (owner !== miner)
      throw contradiction(`${at}.miner`, miner, `${show(owner)}, whose ${batch} is`);
  };

  for (const [index, { batch, miner }] of scores.entries()) claim(batch, miner, `scores[${index}]`);
  for (const [index, row] of queries.entries()) {
    if (row.batch === undefined) continue;
    claim(row.batch, row.miner, `queries[${index}]`);
    const said = JSON.stringify([row.query, row.buyer, row.leads, row.good, row.time]);
    if ((rows.get(row.batch) ?? said) !== said) {
      throw contradiction(`queries[${index}].batch`, row.batch, 'a batch that no other row names');
    }
    rows.set(row.batch, said);
  }
}

const contradiction = (field: string, came: string, allowed: string): UsageError =>
  new UsageError({ field, came: show(came), allowed });

interface Epoch {
  readonly epoch: number;
  /** No earlier than that of the epoch before. */
  readonly start: number;
}

/** An epoch begins with its first score. A file without scores is one epoch. */
function epochsOf(scores: readonly ScoreEvent[]): readonly Epoch[] {
  const firsts = new Map<number, number>();
  for (const { epoch, time } of scores) {
    firsts.set(epoch, Math.min(firsts.get(epoch) ?? time, time));
  }
  let start = -Infinity;
  const epochs = [...firsts]
    .toSorted(([a], [b]) => a - b)
    .map(([epoch, first]) => ({ epoch, start: (start = Math.max(start, first)) }));
  return epochs.length > 0 ? epochs : [{ epoch: 0, start }];
}

/** The last epoch that had begun; the first where none had. `epochs` are never empty. */
function epochAt(epochs: readonly Epoch[], time: number): number {
  let low = 0;
  let high = epochs.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((epochs[middle]?.start ?? 0) <= time) low = middle;
    else high = middle - 1;
  }
  return epochs[low]?.epoch ?? 0;
}

/** Since when each validator counts as registered. */
function firstScores(scores: readonly ScoreEvent[]): ReadonlyMap<Hotkey, number> {
  const firsts = new Map<Hotkey, number>();
  for (const { validator, time } of scores) {
    firsts.set(validator, Math.min(firsts.get(validator) ?? time, time));
  }
  return firsts;
}

/** What the file says of one batch. */
interface FiledBatch {
  readonly batch: string;
  readonly miner: Hotkey;
  /** The last of each validator's scores. */
  readonly scores: readonly ScoreEvent[];
  readonly epoch: number;
  /** When the last of its scores was given; that of its query where nobody scored it. */
  readonly time: number;
  /** The query that it answers, where the file says so. */
  readonly row: QueryEvent | undefined;
  readonly checks: 'passed' | 'failed' | 'none';
}

function batchesOf(events: Events, epochs: readonly Epoch[]): readonly FiledBatch[] {
  const rows = new Map((events.queries ?? []).map((row) => [row.batch, row]));
  const rates = new Map(lastOf(events.audits, ({ batch }) => batch).map((one) => [one.batch, one]));
  const scores = lastOf(events.scores, ({ validator, batch }) =>
    JSON.stringify([validator, batch]),
  );

  const scored = [...Map.groupBy(scores, ({ batch }) => batch)].map(([batch, own]) => ({
    batch,
    miner: own[0]?.miner ?? NOBODY,
    scores: own,
    epoch: own.reduce((most, { epoch }) => Math.max(most, epoch), 0),
    time: own.reduce((most, { time }) => Math.max(most, time), -Infinity),
  }));
  const known = new Set(scored.map(({ batch }) => batch));
  const unscored = [...rows.values()].flatMap(({ batch, miner, time }) =>
    batch === undefined || known.has(batch)
      ? []
      : [{ batch, miner, scores: [], epoch: epochAt(epochs, time), time }],
  );
  return [...scored, ...unscored].map((filed) => ({
    ...filed,
    row: rows.get(filed.batch),
    checks: checksOf(rates.get(filed.batch)?.passRate),
  }));
}

const checksOf = (passRate: Score | undefined): FiledBatch['checks'] =>
  passRate === undefined ? 'none' : passRate >= CHECKS_PASSED ? 'passed' : 'failed';

/** Of events of one name the latest; of two at once the one that gives less. */
function lastOf<T extends ScoreEvent | AuditEvent>(
  events: readonly T[],
  nameOf: (event: T) => string,
): readonly T[] {
  const kept = new Map<string, T>();
  for (const event of events) {
    const name = nameOf(event);
    const other = kept.get(name);
    if (other === undefined || isLater(event, other)) kept.set(name, event);
  }
  return [...kept.values()];
}

function isLater(a: ScoreEvent | AuditEvent, b: ScoreEvent | AuditEvent): boolean {
  if (a.time !== b.time) return a.time > b.time;
  const epochs = 'epoch' in a && 'epoch' in b ? a.epoch - b.epoch : 0;
  return epochs === 0 ? worthOf(a) < worthOf(b) : epochs > 0;
}

const worthOf = (event: ScoreEvent | AuditEvent): Score =>
  'score' in event ? event.score : event.passRate;

/** Whose batch it is where no query of the file's says that it was asked. No id is empty. */
const NOBODY = '' as Hotkey;

type Filed<R extends LedgerRecord> = R & { readonly epoch: number };

/** What needs no F: the misses and the ratings. */
function otherRecords(
  { feedback, queries = [] }: Events,
  epochs: readonly Epoch[],
): readonly Filed<MissRecord | RatingRecord>[] {
  const rows = new Map(queries.map((row) => [row.batch, row]));
  const ratings = feedback.map(({ buyer, validator, batch, rating, time }) => ({
    kind: 'rating' as const,
    at: time,
    key: `rating ${JSON.stringify([buyer, validator, batch, rating, time])}`,
    epoch: epochAt(epochs, time),
    buyer,
    query: rows.get(batch)?.query ?? batch,
    rating,
    batch,
    validators: [validator],
  }));
  const misses = queries
    .filter(({ batch }) => batch === undefined)
    .map(({ query, miner, time }) => ({
      kind: 'miss' as const,
      at: time,
      key: `miss ${JSON.stringify([query, miner, time])}`,
      epoch: epochAt(epochs, time),
      query,
      attempt: 1,
      miner,
    }));
  return [...ratings, ...misses];
}

interface Settled {
  readonly record: BatchRecord;
  readonly isDenied: boolean;
}

/** F of a batch, and what its miner gets for it, by the standing that earlier epochs left. */
function settle(
  { batch, scores, epoch, time, row, checks }: FiledBatch,
  ledger: Ledger,
  now: number,
  since: ReadonlyMap<Hotkey, number>,
): Settled {
  const opinions = scores.map(({ validator, score: given }) => ({
    validator,
    score: given,
    reputation: reputationThrough(ledger, now, validator),
    age: time - (since.get(validator) ?? time),
  }));
  const final = finalScore(opinions);
  const denied = isDenied(opinions, TRUSTED_SECONDS);
  const isGood = final === undefined ? false : isApproved(final) && !denied;
  const approved = scores.length > 0 ? isGood : row !== undefined && row.good > 0;
  const isDeliverable = approved && checks !== 'failed';

  return {
    isDenied: denied,
    record: {
      kind: 'batch',
      at: time,
      key: `batch ${batch}`,
      epoch,
      query: row?.query ?? batch,
      attempt: 1,
      ...(row?.buyer === undefined ? { anyBuyer: true } : { buyer: row.buyer }),
      miner: row?.miner ?? NOBODY,
      batch,
      opinions: opinions.map(({ validator, score: given }) => ({ validator, score: given })),
      ...(final === undefined ? {} : { finalScore: final }),
      approved,
      checks,
      asked: row?.leads ?? 0,
      good: isDeliverable ? (row?.good ?? 0) : 0,
      chosen: isDeliverable,
    },
  };
}

function reportOf(events: Events, settled: readonly Settled[], standing: Standing): ScoreReport {
  return {
    format: 'leadpoet.score/1',
    validators: validatorsIn(events, standing),
    miners: minersIn(events, standing),
    batches: settled
      .map(({ record, isDenied: denied }) => {
        const isReset = record.approved && record.checks === 'failed';
        const final = isReset ? 0 : record.finalScore;
        return {
          batch: record.batch,
          final_score: final === undefined ? null : final / WHOLE,
          approved: record.approved && !isReset,
          denied,
        };
      })
      .toSorted((a, b) => compareText(a.batch, b.batch)),
  };
}

function validatorsIn(events: Events, { validators }: Standing): ScoreReport['validators'] {
  const ids = sorted([
    ...(events.validators ?? []),
    ...events.scores.map(({ validator }) => validator),
    ...events.feedback.map(({ validator }) => validator),
  ]);
  const ones = ids.map((id) => validators.get(id) ?? NEWCOMER);
  const emissions = shares(
    ones.map((one) => validatorClaim(one.reputation)),
    POT,
  );
  return ids.map((id, index) => {
    const { precision, consistency, reputation, flagged } = ones[index] ?? NEWCOMER;
    return {
      id,
      p: precision / POINT,
      c: consistency / ONE,
      f: flagged ? 0 : 1,
      r: reputation / POINT,
      emission: Number(emissions[index] ?? 0n) / ONE,
    };
  });
}

function minersIn(events: Events, { miners }: Standing): ScoreReport['miners'] {
  const ids = sorted([
    ...(events.miners ?? []),
    ...events.scores.map(({ miner }) => miner),
    ...(events.queries ?? []).map(({ miner }) => miner),
  ]);
  if (events.queries === undefined) {
    return ids.map((id) => ({ id, a: null, d: null, w: null, emission: null, weight: null }));
  }
  const ones = ids.map((id) => miners.get(id) ?? UNASKED);
  const claims = ones.map(minerClaim);
  const emissions = shares(claims, POT);
  const weights = quantise(claims);
  return ids.map((id, index) => {
    const { accuracy, dependability, weight } = ones[index] ?? UNASKED;
    return {
      id,
      a: accuracy / ONE,
      d: dependability / ONE,
      w: weight / ONE,
      emission: Number(emissions[index] ?? 0n) / ONE,
      weight: weights[index] ?? 0,
    };
  });
}

/** Emissions are shown as shares of six places. */
const POT = BigInt(ONE) as Rao;
/** Reputations are thousandths of a point. */
const POINT = points(1);

const NEWCOMER = { precision: START, consistency: ONE, reputation: START, flagged: false };
const UNASKED = minerScore([]);

/** Each id once, in the order of its characters' codes, which is the same everywhere. */
const sorted = (ids: readonly Hotkey[]): readonly Hotkey[] =>
  [...new Set(ids)].toSorted(compareText);

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Of each table; `--json` has all of it. */
const MOST_ROWS = 1_000;

function showReport({ validators, miners, batches }: ScoreReport): string {
  return [
    section(
      'Validators',
      [ID, number('P'), number('C'), number('F'), number('R'), number('emission')],
      validators.map(({ id, p, c, f, r, emission }) => [
        id,
        p.toFixed(0),
        c.toFixed(3),
        String(f),
        r.toFixed(3),
        emission.toFixed(6),
      ]),
    ),
    section(
      'Miners',
      [ID, number('A'), number('D'), number('W'), number('emission'), number('weight')],
      miners.map(({ id, a, d, w, emission, weight }) => [
        id,
        ...[a, d, w, emission].map((value) => value?.toFixed(6) ?? '-'),
        weight === null ? '-' : String(weight),
      ]),
    ),
    section(
      'Batches',
      [ID, number('F'), { title: 'outcome' }],
      batches.map(({ batch, final_score: final, approved, denied }) => [
        batch,
        final?.toFixed(6) ?? '-',
        approved ? 'approved' : denied ? 'denied' : 'rejected',
      ]),
    ),
  ].join('\n');
}

const ID: Column = { title: 'id', most: 48 };
const number = (title: string): Column => ({ title, align: 'right' });

function section(
  title: string,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const more = rows.length - MOST_ROWS;
  const note = more > 0 ? `… and ${more} more; --json lists them all\n` : '';
  return `${title}\n${rows.length > 0 ? table(columns, rows.slice(0, MOST_ROWS)) : 'none\n'}${note}`;
}
