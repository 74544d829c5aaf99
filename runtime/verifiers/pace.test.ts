import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Crowded, Pace } from './pace.ts';

describe('Pace', () => {
  it('begins at once where there is room, and lets hosts take turns', async () => {
    const { pace, come, end, began } = world({ total: 2, perHost: 1 });
    for (const host of ['a', 'a', 'a', 'b', 'b', 'c']) come(host);
    expect(began()).toEqual(['a0', 'b3']);
    expect([pace.open, pace.waiting]).toEqual([2, 4]);
    await end('a0');
    expect(began()).toEqual(['a0', 'b3', 'c5']);
    for (const task of ['b3', 'c5', 'a1', 'b4', 'a2']) await end(task);
    // The queue of a was the longest, and c did not wait for it.
    expect(began()).toEqual(['a0', 'b3', 'c5', 'a1', 'b4', 'a2']);
    expect([pace.open, pace.waiting]).toEqual([0, 0]);
  });

  it('refuses what cannot wait, and has room again after', async () => {
    const { pace, come, end } = world({ total: 1, perHost: 1, waiting: 1 });
    come('a');
    come('b');
    await expect(pace.run('c', new AbortController().signal, never)).rejects.toThrow(Crowded);
    await end('a0');
    expect([pace.open, pace.waiting]).toEqual([1, 0]);
  });

  it('lets leave at once who waits, and frees the place of a task that throws', async () => {
    const { pace, come, end, began } = world({ total: 1, perHost: 1 });
    come('a');
    const leaving = come('b');
    come('c');
    leaving.abort();
    expect(pace.waiting).toBe(1);
    await end('a0', new Error('broken'));
    expect(began()).toEqual(['a0', 'c2']);
  });

  it('asks nobody for whom nobody waits any more', async () => {
    const signal = AbortSignal.abort(new Error('gone'));
    await expect(new Pace().run('a', signal, never)).rejects.toThrow('gone');
  });

  it('says how many rounds are ahead', () => {
    const { pace, come } = world({ total: 4, perHost: 2 });
    for (let count = 0; count < 8; count++) come('a');
    for (const host of ['b', 'c', 'd']) come(host);
    // Six of a wait, two at a time; seven of all, four at a time.
    expect([pace.rounds('a'), pace.rounds('b'), pace.rounds('z')]).toEqual([3, 2, 2]);
    expect(new Pace().rounds('a')).toBe(0);
  });

  it('keeps its bounds, its order and its word, whatever comes, ends and leaves', async () => {
    await fc.assert(
      fc.asyncProperty(bounds, fc.array(command, { maxLength: 40 }), async (bound, commands) => {
        const { pace, come, end, began, open, left } = world(bound);
        const hostsOf = new Map<string, string[]>();
        const leaving: [string, AbortController][] = [];
        let number = 0;
        for (const { is, host, pick } of commands) {
          if (is === 'come') {
            const name = `${host}${number++}`;
            hostsOf.set(host, [...(hostsOf.get(host) ?? []), name]);
            leaving.push([name, come(host)]);
          } else if (is === 'end') {
            const running = open();
            const task = running[pick % Math.max(1, running.length)];
            if (task !== undefined) await end(task);
          } else leaving[pick % Math.max(1, leaving.length)]?.[1].abort();
          await settled();

          const running = open();
          expect(pace.open).toBe(running.length);
          expect(running.length).toBeLessThanOrEqual(bound.total);
          const waiting = [...hostsOf].map(([name, all]) => {
            const ofHost = running.filter((task) => task.startsWith(name)).length;
            expect(ofHost).toBeLessThanOrEqual(bound.perHost);
            const waits = all.filter((one) => !began().includes(one) && !left().includes(one));
            // Nobody waits where there is room for them.
            if (waits.length > 0) {
              expect(running.length === bound.total || ofHost === bound.perHost).toBe(true);
            }
            return waits.length;
          });
          expect(pace.waiting).toBe(waiting.reduce((sum, count) => sum + count, 0));
        }
        for (let task = open()[0]; task !== undefined; task = open()[0]) await end(task);
        await settled();
        // Everyone had their turn or left, and those of one host in the order in which they came.
        for (const [host, all] of hostsOf) {
          const mine = began().filter((task) => task.startsWith(host));
          expect(mine).toEqual(all.filter((task) => mine.includes(task)));
          expect(all.every((task) => mine.includes(task) || left().includes(task))).toBe(true);
        }
        expect([pace.open, pace.waiting]).toEqual([0, 0]);
      }),
      { numRuns: 300 },
    );
  });
});

const never = (): Promise<never> => new Promise(() => undefined);
const settled = (): Promise<unknown> => new Promise(setImmediate);

const bounds = fc.record({
  total: fc.integer({ min: 1, max: 4 }),
  perHost: fc.integer({ min: 1, max: 3 }),
});
const command = fc.record({
  is: fc.constantFrom('come' as const, 'come' as const, 'end' as const, 'leave' as const),
  host: fc.constantFrom('a', 'b', 'c'),
  pick: fc.nat(40),
});

/** Tasks by name, `a0`: the host, and how many came before. They end when they are told to. */
function world(bound: ConstructorParameters<typeof Pace>[0]) {
  const pace = new Pace(bound);
  const began: string[] = [];
  const left: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  let count = 0;
  return {
    pace,
    come: (host: string): AbortController => {
      const name = `${host}${count++}`;
      const leaving = new AbortController();
      const task = (): Promise<void> => {
        began.push(name);
        return new Promise((resolve, reject) => {
          ends.set(name, (error) => (error === undefined ? resolve() : reject(error)));
        });
      };
      pace.run(host, leaving.signal, task).catch(() => {
        if (!began.includes(name)) left.push(name);
      });
      return leaving;
    },
    end: async (name: string, error?: Error): Promise<void> => {
      ends.get(name)?.(error);
      ends.delete(name);
      await settled();
    },
    began: () => began,
    left: () => left,
    open: () => [...ends.keys()],
  };
}
