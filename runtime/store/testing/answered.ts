/**
 * Answers in a node's file, as if its buyer had been given them: for tests of who reads them.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { QueryAnswer } from '../../../actors/actor.ts';
import { LEAD_KEYS, type Lead } from '../../../protocols/lead.ts';
import type { BatchId, Hotkey, Instant, QueryId, Score } from '../../../protocols/units.ts';
import { writeGraph } from '../graph.ts';
import { KeptLeads } from '../kept-leads.ts';
import { LaidAside } from '../laid-aside.ts';
import { NODE_FILE } from '../node-store.ts';
import { openNodeTables } from '../node-tables.ts';
import { FOR_EVER, SharedThings } from '../shared-things.ts';
import { inOneGo } from '../sqlite.ts';

export function putAnswers(dir: string, answers: readonly QueryAnswer[]): void {
  mkdirSync(dir, { recursive: true });
  const tables = openNodeTables(join(dir, NODE_FILE));
  const [leads, shared] = [new KeptLeads(tables), new SharedThings(tables)];
  const aside = new LaidAside(leads, shared, FOR_EVER);
  inOneGo(tables.database, () => {
    for (const answer of answers) {
      const body = writeGraph(answer, { aside });
      leads.flush();
      shared.flush();
      tables.run(
        'INSERT INTO answers VALUES (?, ?, ?, ?)',
        answer.query,
        answer.answeredAt,
        1,
        body,
      );
    }
  });
  tables.database.close();
}

export const leadOf = (fields: Partial<Lead>): Lead => ({
  ...(Object.fromEntries(LEAD_KEYS.map((key) => [key, `${key} of it`])) as Lead),
  ...fields,
});

export const answerOf = (
  query: string,
  leads: readonly Lead[],
  { nonce = 0, at = 1_000 }: { readonly nonce?: number; readonly at?: number } = {},
): QueryAnswer => ({
  query: query as QueryId,
  nonce,
  want: { leads: Math.max(1, leads.length) },
  openedAt: at as Instant,
  answeredAt: at as Instant,
  leads: leads.map((lead) => ({
    lead,
    batch: 'b' as BatchId,
    miner: '5M' as Hotkey,
    finalScore: 950_000 as Score,
  })),
  batches: [],
  partial: false,
  attempts: [],
  stock: [],
  suppressed: { byPool: 0, byBuyer: 0 },
});
