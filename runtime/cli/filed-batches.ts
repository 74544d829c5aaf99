/**
 * The batches of a file of events: what its scores, audits and queries together say of each.
 *
 * Where something is said twice the latest counts. A batch of two miners, or an answer to two
 * queries, is a contradiction, and refused by its row.
 */
import { show } from '../../protocols/query.ts';
import { CHECKS_PASSED } from '../../protocols/rules/checks.ts';
import type { Hotkey, Score } from '../../protocols/units.ts';
import type { AuditEvent, ScoreEvent } from '../../protocols/rules/collusion/events.ts';
import type { Events, QueryEvent } from '../events.ts';
import { epochAt, type Epoch } from './filed-epochs.ts';
import { UsageError } from './trouble.ts';

/** What the file says of one batch. */
export interface FiledBatch {
  readonly batch: string;
  /** The last of each validator's scores. */
  readonly scores: readonly ScoreEvent[];
  readonly epoch: number;
  /** When the last of its scores was given; that of its query where nobody scored it. */
  readonly time: number;
  /** The query that it answers, where the file says so. */
  readonly row: QueryEvent | undefined;
  readonly checks: 'passed' | 'failed' | 'none';
}

/** Those that were scored, and those that only a query names. */
export function batchesOf(events: Events, epochs: readonly Epoch[]): readonly FiledBatch[] {
  const rows = new Map((events.queries ?? []).map((row) => [row.batch, row]));
  const rates = new Map(lastOf(events.audits, ({ batch }) => batch).map((one) => [one.batch, one]));
  const scores = lastOf(events.scores, ({ validator, batch }) =>
    JSON.stringify([validator, batch]),
  );

  const scored = [...Map.groupBy(scores, ({ batch }) => batch)].map(([batch, own]) => ({
    batch,
    scores: own,
    epoch: own.reduce((most, { epoch }) => Math.max(most, epoch), 0),
    time: own.reduce((most, { time }) => Math.max(most, time), -Infinity),
  }));
  const known = new Set(scored.map(({ batch }) => batch));
  const unscored = [...rows.values()].flatMap(({ batch, time }) =>
    batch === undefined || known.has(batch)
      ? []
      : [{ batch, scores: [], epoch: epochAt(epochs, time), time }],
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

/** A batch belongs to one miner and answers one query. */
export function checkBatches({ scores, queries = [] }: Events): void {
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
