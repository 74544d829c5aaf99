/**
 * What a buyer's people were answered, in the file of its node: written in the change that ends the
 * query, once a query. It may be read while the node runs: nobody waits for whoever reads.
 */
import type { QueryAnswer } from '../../actors/actor.ts';
import { isErased } from '../../protocols/lead.ts';
import type { Instant, QueryId } from '../../protocols/units.ts';
import { readGraph } from './graph.ts';
import { KeptLeads } from './kept-leads.ts';
import { LaidAside } from './laid-aside.ts';
import { readNodeTables, type NodeTables, type Row } from './node-tables.ts';
import { FOR_EVER, SharedThings } from './shared-things.ts';

export interface Answers {
  /** Undefined where the query has no answer yet. An erased lead is nine empty fields. */
  of(query: QueryId): QueryAnswer | undefined;
  /** The queries that were answered, the latest first, at most `most`. */
  latest(most: number): readonly QueryId[];
  /** Those that were answered at `from` or after, the latest first, at most `most`. */
  since(from: Instant, most: number): readonly QueryId[];
  /** Those whose id begins so, at most `most`. */
  named(beginning: string, most: number): readonly QueryId[];
}

export function answersIn(tables: NodeTables, aside: LaidAside): Answers {
  const ids = (rows: readonly Row[]): readonly QueryId[] =>
    rows.map(({ query }) => query as QueryId);
  return {
    of(query) {
      const row = tables.one('SELECT body FROM answers WHERE query = ?', query);
      return row && (readGraph(row['body'] as Uint8Array, aside) as QueryAnswer);
    },
    latest: (most) =>
      ids(tables.all('SELECT query FROM answers ORDER BY at DESC, rowid DESC LIMIT ?', most)),
    since: (from, most) =>
      ids(
        tables.all(
          'SELECT query FROM answers WHERE at >= ? ORDER BY at DESC, rowid DESC LIMIT ?',
          from,
          most,
        ),
      ),
    named: (beginning, most) =>
      ids(
        tables.all(
          // What is compared is a beginning, not a pattern: nothing in it has a meaning of its own.
          'SELECT query FROM answers WHERE substr(query, 1, length(?1)) = ?1 LIMIT ?2',
          beginning,
          most,
        ),
      ),
  };
}

export interface ReadAnswers extends Answers {
  close(): void;
}

/** Of a node that may be running. Throws a `WorldError` where the file cannot be read. */
export function readAnswers(file: string): ReadAnswers {
  const tables = readNodeTables(file);
  const aside = new LaidAside(new KeptLeads(tables), new SharedThings(tables), FOR_EVER);
  return { ...answersIn(tables, aside), close: () => tables.database.close() };
}

/** An answer without the leads that were erased since, and how many those are. */
export function withoutErased(answer: QueryAnswer): {
  readonly answer: QueryAnswer;
  readonly erased: number;
} {
  const leads = answer.leads.filter(({ lead }) => !isErased(lead));
  return { answer: { ...answer, leads }, erased: answer.leads.length - leads.length };
}
