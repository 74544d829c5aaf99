import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { START } from '../protocols/arbitraries.ts';
import type { Address, Kind } from '../protocols/messages.ts';
import { later, seconds } from '../protocols/units.ts';
import type { Loss } from './host.ts';
import { KINDS, LOSSES, REFUSALS } from './metric-labels.ts';
import { openMetrics, type ActorFigures, type MetricsOptions } from './metrics.ts';
import { Observer } from './observe.ts';

describe('the metrics of a node', () => {
  it('show all that the observer counts', async () => {
    const observer = new Observer();
    observer.received('batch').count += 3;
    observer.lost({ why: 'forged', at: START });
    observer.noted({ note: 'refused', kind: 'batch', from: MINER, why: 'late' }, VALIDATOR, START);
    const reply = {
      service: 'audit',
      input: {},
      outcome: { ok: false, fault: 'timeout' },
    } as never;
    observer.replied(reply, VALIDATOR, START);
    observer.crashed({ is: 'crashed', at: START, actor: VALIDATOR, cause: 1, times: 1 });
    observer.listen(() => {
      throw new Error('a listener');
    });
    observer.lost({ why: 'forged', at: START });
    expect(await ours({ observer })).toMatchObject({
      'leadpoet_messages_received_total{kind="batch"}': 3,
      'leadpoet_messages_lost_total{why="forged"}': 2,
      'leadpoet_messages_refused_total{kind="batch",why="late"}': 1,
      'leadpoet_questions_answered_total{service="audit",came="timeout"}': 1,
      'leadpoet_crashes_total{role="validator"}': 1,
      leadpoet_listener_errors_total: 1,
      'leadpoet_build_info{version="0.1.0"}': 1,
      leadpoet_metrics_errors_total: 0,
    });
  });

  it('show what a node is made of: actors, head, line, journal, log', async () => {
    const actors: ActorFigures[] = [
      { self: VALIDATOR, status: 'live', waiting: 7, open: 2 },
      { self: BUYER, status: 'resting', waiting: 1, open: 0 },
      { self: 'validator/5X' as Address, status: 'live', waiting: 5, open: 1 },
    ];
    expect(
      await ours({
        actors: () => actors,
        head: () => ({ number: 42, time: START }),
        now: () => later(START, seconds(1.5)),
        transport: () => ({ connections: 3, bytesIn: 9, cut: new Map([['ann@acme.com', 1]]) }),
        journalBytes: () => 4_096,
        logs: () => ({ written: 5, leftOut: 6, failed: 0 }),
      }),
    ).toMatchObject({
      'leadpoet_actors{role="validator",status="live"}': 2,
      'leadpoet_actors{role="buyer",status="resting"}': 1,
      'leadpoet_mailbox_messages{role="validator"}': 12,
      'leadpoet_open_questions{role="validator"}': 3,
      'leadpoet_open_questions{role="buyer"}': 0,
      leadpoet_chain_block: 42,
      leadpoet_chain_head_age_seconds: 1.5,
      'leadpoet_transport{of="connections"}': 3,
      'leadpoet_transport{of="bytes_in"}': 9,
      'leadpoet_transport{of="cut_other"}': 1,
      leadpoet_journal_bytes: 4_096,
      'leadpoet_log_lines_total{was="left_out"}': 6,
    });
  });

  it('have memory, processor, lag of the event loop and descriptors of the process', async () => {
    const text = await openMetrics(some({})).text();
    for (const name of [
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_p99_seconds',
      'nodejs_heap_size_used_bytes',
    ]) {
      expect(text).toMatch(new RegExp(`^${name} [\\d.e+-]+$`, 'm'));
    }
  });

  it('are as many as before whatever strangers send: their words are no labels', async () => {
    const word = fc.string({ unit: 'binary', minLength: 1, maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(word, word), { maxLength: 40 }), async (words) => {
        const observer = new Observer();
        for (const [one, other] of words) {
          observer.received(one).count++;
          observer.lost({ why: one, at: START } as unknown as Loss);
          const from = `miner/${other}` as Address;
          observer.noted(
            { note: 'refused', kind: one as Kind, from, why: other as never },
            MINER,
            START,
          );
          observer.crashed({ is: 'crashed', at: START, actor: from, cause: 1, times: 1 });
        }
        const figures = await ours({ observer });
        for (const name of Object.keys(figures)) {
          for (const [, label = ''] of name.matchAll(/"([^"]*)"/g)) {
            expect(LABELS.has(label) ? '' : label).toBe('');
          }
        }
        const count = words.length;
        expect(sumOf(figures, 'leadpoet_messages_received_total')).toBe(count);
        expect(sumOf(figures, 'leadpoet_crashes_total')).toBe(count);
      }),
      { numRuns: 100 }, // Each makes a registry and the whole text.
    );
  });

  it('keep the line’s own names to a bound, and lose no count beyond it', async () => {
    const counts = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`count_${n}`, 1]));
    const figures = await ours({ transport: () => counts });
    const shown = Object.keys(figures).filter((name) => name.startsWith('leadpoet_transport'));
    expect(shown.length).toBe(65);
    expect(sumOf(figures, 'leadpoet_transport')).toBe(500);
  });

  it('show nothing where nothing is known, and count what could not be read', async () => {
    let isBroken = false;
    const metrics = openMetrics(
      some({
        head: () => undefined,
        journalBytes: () => {
          if (isBroken) throw new Error('closed');
          return 1;
        },
        transport: () => ({ connections: isBroken ? NaN : 1 }),
      }),
    );
    const sound = read(await metrics.text());
    expect(sound).toMatchObject({ leadpoet_journal_bytes: 1, leadpoet_metrics_errors_total: 0 });
    expect(sound).not.toHaveProperty('leadpoet_chain_head_age_seconds');
    isBroken = true;
    await metrics.text();
    const broken = read(await metrics.text());
    expect(broken['leadpoet_metrics_errors_total']).toBeGreaterThanOrEqual(2);
    expect(Object.keys(broken)).not.toContain('leadpoet_journal_bytes');
    expect(Object.keys(broken)).not.toContain('leadpoet_transport{of="connections"}');
  });
});

const MINER = 'miner/5M' as Address;
const VALIDATOR = 'validator/5V' as Address;
const BUYER = 'buyer/5B' as Address;
const LABELS: ReadonlySet<string> = new Set([
  ...KINDS,
  ...LOSSES,
  ...REFUSALS,
  'other',
  'miner',
  '0.1.0',
]);

type Figures = Readonly<Record<string, number>>;

const some = (options: Partial<MetricsOptions>): MetricsOptions => ({
  observer: new Observer(),
  version: '0.1.0',
  now: () => START,
  ...options,
});

/** Our own figures, by name and labels. */
const ours = async (options: Partial<MetricsOptions>): Promise<Figures> =>
  read(await openMetrics(some(options)).text());

const read = (text: string): Figures =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.startsWith('leadpoet_'))
      .map((line) => [
        line.slice(0, line.lastIndexOf(' ')),
        Number(line.slice(line.lastIndexOf(' ') + 1)),
      ]),
  );

const sumOf = (figures: Figures, name: string): number =>
  Object.entries(figures)
    .filter(([key]) => key.split('{')[0] === name)
    .reduce((sum, [, value]) => sum + value, 0);
