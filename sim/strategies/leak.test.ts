import { describe, expect, it } from 'vitest';
import { hotkeyNumber } from '../../protocols/arbitraries.ts';
import type { Report } from '../../protocols/messages.ts';
import { later, minutes, percent, type Instant } from '../../protocols/units.ts';
import { newLeak } from './leak.ts';

describe('a leak', () => {
  it('tells what each validator said of a batch of an attempt, its last word, and no abstention', () => {
    const leak = newLeak(new Set());
    leak.tell(report({ score: percent(90) }), NOW);
    leak.tell(report({ validator: hotkeyNumber(2), score: percent(80) }), NOW);
    leak.tell(report({ validator: hotkeyNumber(3) }), NOW);
    leak.tell(report({ attempt: 2, score: percent(10) }), NOW);
    leak.tell(report({ batch: 'c' as Report['batch'], score: percent(20) }), NOW);
    expect(leak.scoresOf(OF)).toEqual([percent(90), percent(80)]);
    expect(leak.scoresOf({ ...OF, attempt: 2 })).toEqual([percent(10)]);
    expect(leak.scoresOf({ ...OF, attempt: 3 })).toEqual([]);
  });

  it('forgets what nobody waits for any more', () => {
    const leak = newLeak(new Set());
    leak.tell(report({ score: percent(90) }), NOW);
    const after = (later(NOW, minutes(10)) + 1) as Instant;
    leak.tell(report({ attempt: 2, score: percent(10) }), after);
    expect(leak.scoresOf(OF)).toEqual([]);
  });
});

const NOW = 1_790_000_000_000 as Instant;
const OF = { query: 'q', attempt: 1, batch: 'b' } as Pick<Report, 'query' | 'attempt' | 'batch'>;
const report = (parts: Partial<Report>): Report =>
  ({ ...OF, validator: hotkeyNumber(1), ...parts }) as Report;
