import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Gates, type Leave } from './gates.ts';

const always = new AbortController().signal;

describe('a gate', () => {
  it('lets so many in, and the next as one leaves, in order', async () => {
    const gates = new Gates({ inside: 1, waiting: 9 });
    const order: string[] = [];
    const leave = await gates.enter('a', always);
    const others = ['b', 'c'].map(async (who) => {
      const go = await gates.enter('a', always);
      order.push(who);
      go?.();
    });
    expect(order).toEqual([]);
    leave?.();
    await Promise.all(others);
    expect(order).toEqual(['b', 'c']);
    expect(gates.size).toBe(0);
  });

  it('is left once, however often one says so', async () => {
    const gates = new Gates({ inside: 2, waiting: 9 });
    const leave = await gates.enter('a', always);
    await gates.enter('a', always);
    leave?.();
    leave?.();
    expect(gates.size).toBe(1);
  });

  it('turns away whoever comes when too many wait', async () => {
    const gates = new Gates({ inside: 1, waiting: 0 });
    const leave = await gates.enter('a', always);
    expect(await gates.enter('a', always)).toBeUndefined();
    expect(await gates.enter('b', always)).toBeTypeOf('function');
    leave?.();
    expect(await gates.enter('a', always)).toBeTypeOf('function');
  });

  it('forgets whoever gives up', async () => {
    const gates = new Gates({ inside: 1, waiting: 1 });
    const leave = await gates.enter('a', always);
    const impatient = new AbortController();
    const waiting = gates.enter('a', impatient.signal);
    impatient.abort();
    expect(await waiting).toBeUndefined();
    leave?.();
    expect(gates.size).toBe(0);
    expect(await gates.enter('a', impatient.signal)).toBeUndefined();
  });

  it('never holds more than it may, and in the end nobody, whatever they do', async () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b'),
      gives: fc.boolean(),
      leaves: fc.nat(5),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 3 }),
        async (steps, inside) => {
          const gates = new Gates({ inside, waiting: 5 });
          const within: { key: string; leave: Leave }[] = [];
          const count = (key: string): number => within.filter((one) => one.key === key).length;
          const signals: AbortController[] = [];
          for (const { key, gives, leaves } of steps) {
            const signal = new AbortController();
            signals.push(signal);
            void gates
              .enter(key, signal.signal)
              .then((leave) => leave && within.push({ key, leave }));
            await Promise.resolve();
            if (gives) signal.abort();
            for (let left = leaves; left > 0; left--) within.shift()?.leave();
            await new Promise(setImmediate);
            expect(Math.max(count('a'), count('b'))).toBeLessThanOrEqual(inside);
          }
          for (const signal of signals) signal.abort();
          while (within.length > 0) {
            within.shift()?.leave();
            await new Promise(setImmediate);
          }
          expect(gates.size).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });
});
