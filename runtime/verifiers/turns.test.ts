import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

describe('turns', () => {
  it('begins so many of all that come at once, in order, and as many more in each turn after', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.nat(30), { minLength: 1, maxLength: 6 }),
        async (aTurn, bursts) => {
          const loop = byHand();
          const turns = new Turns(aTurn, loop.soon);
          const begun: number[] = [];
          let come = 0;
          for (const count of bursts) {
            for (let one = 0; one < count; one++) {
              const number = come++;
              void turns.next().then(() => begun.push(number));
            }
            const before = begun.length;
            await loop.turn();
            expect(begun.length - before).toBeLessThanOrEqual(2 * aTurn);
          }
          while (loop.waiting() > 0) {
            const before = begun.length;
            await loop.turn();
            expect(begun.length - before).toBeLessThanOrEqual(aTurn);
          }
          expect(begun).toEqual(Array.from({ length: come }, (_, number) => number));
        },
      ),
    );
  });

  it('lets nobody wait who comes alone', async () => {
    const loop = byHand();
    const turns = new Turns(3, loop.soon);
    await turns.next();
    await turns.next();
    expect(loop.waiting()).toBe(0);
  });

  it('has the loop go round in between, where nothing else is said', async () => {
    const turns = new Turns(2);
    let round = 0;
    const count = (): void => {
      round++;
      loop = setImmediate(count);
    };
    let loop = setImmediate(count);
    const rounds = await Promise.all(
      Array.from({ length: 6 }, async () => {
        await turns.next();
        return round;
      }),
    );
    clearImmediate(loop);
    expect(new Set(rounds).size).toBe(3);
  });
});

/** A loop that goes round when it is told to. */
function byHand() {
  const tasks: (() => void)[] = [];
  return {
    soon: (task: () => void) => void tasks.push(task),
    waiting: () => tasks.length,
    /** What can be done without the loop is done first; then it goes round once, and again. */
    async turn() {
      await new Promise(setImmediate);
      for (const task of tasks.splice(0)) task();
      await new Promise(setImmediate);
    },
  };
}
