import fc from 'fast-check';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { START } from '../protocols/arbitraries.ts';
import type { Envelope } from '../protocols/messages.ts';
import { QUERY_FRESH } from '../protocols/rules/deadlines.ts';
import { later, type Duration } from '../protocols/units.ts';
import type { DurableTransport, Incoming } from './live.ts';
import { inGoodTime } from './overtaking.ts';
import { VirtualClock } from './virtual-clock.ts';

describe('what overtakes its query', () => {
  it('comes after it, each once, in the order in which it came', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(ALL, { minLength: ALL.length }), async (order) => {
        const { come, heard, pass } = pool();
        for (const name of order) {
          come(name);
          await pass(50);
        }
        await pass(200);
        expect(heard.toSorted()).toEqual(ALL.toSorted());
        expect(heard.indexOf('query q')).toBeLessThan(heard.indexOf('report q'));
        expect(heard.indexOf('query q')).toBeLessThan(heard.indexOf('commit q'));
        // What belongs to no query waits for none.
        const others = order.filter((name) => name.startsWith('missing'));
        expect(heard.filter((name) => name.startsWith('missing'))).toEqual(others);
      }),
      { numRuns: 50 },
    );
  });

  it('is handed on to be refused once its query can no longer come', async () => {
    const { come, heard, pass } = pool();
    come('report q');
    await pass(QUERY_FRESH - 200);
    expect(heard).toEqual([]);
    await pass(400);
    expect(heard).toEqual(['report q']);
  });

  it('is not held where the query is known, nor beyond a bound', async () => {
    const { come, heard, pass } = pool();
    come('query q');
    come('report q');
    expect(heard).toEqual(['query q', 'report q']);
    for (let count = 0; count < 1_025; count++) come('report r');
    expect(heard).toHaveLength(3);
    await pass(QUERY_FRESH + 200);
    expect(heard).toHaveLength(1_027);
  });

  it('waits for nobody who has stopped listening', async () => {
    const { come, clock, stop } = pool();
    come('report q');
    stop();
    expect(clock.pending).toBe(0);
  });
});

const ALL = ['query q', 'report q', 'commit q', 'missing 1', 'missing 2'];

/** A pool that knows a query from the moment it has it. */
function pool() {
  const clock = new VirtualClock(START);
  const incoming = new Subject<Incoming>();
  const line = { incoming } as unknown as DurableTransport;
  const heard: string[] = [];
  const known = new Set<string>();
  const watching = inGoodTime(line, clock, (attempt) => known.has(attempt)).incoming.subscribe(
    ({ name }) => {
      heard.push(name);
      const [kind, of] = name.split(' ');
      if (kind === 'query') known.add(`${of}/1`);
    },
  );
  return {
    clock,
    heard,
    stop: () => watching.unsubscribe(),
    pass: async (ms: number) => void (await clock.run(later(clock.now(), ms as Duration))),
    come: (name: string): void => {
      const [kind, query] = name.split(' ');
      const envelope = { kind, body: { query, attempt: 1 } } as unknown as Envelope;
      incoming.next({ envelope, name, done: () => undefined });
    },
  };
}
