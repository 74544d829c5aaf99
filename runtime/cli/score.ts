/**
 * `leadpoet score FILE`: folds a file of events into everyone's standing, F, emissions and weights,
 * and shows them in tables or as JSON.
 */
import { readEvents } from '../events.ts';
import { scoreEvents } from './score-events.ts';
import type { ScoreReport } from './score-report.ts';
import { section, type Column } from './table.ts';
import { EXIT, type Console } from './trouble.ts';

export async function score(
  file: string,
  { json = false }: { readonly json?: boolean },
  io: Console,
): Promise<number> {
  const report = scoreEvents(await readEvents(file));
  io.out(json ? `${JSON.stringify(report)}\n` : showReport(report));
  return EXIT.done;
}

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
