import fc from 'fast-check';
import { Observable, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { hours, later, minutes, type Duration, type Instant } from '../protocols/units.ts';
import { clockContract } from './clock.contract.ts';
import { held, VirtualClock } from './virtual-clock.ts';

const START = 1_760_000_000_000 as Instant;
const ms = (offset: number): Instant => later(START, offset as Duration);

clockContract('VirtualClock', () => {
  const clock = new VirtualClock(START);
  return {
    clock,
    pass: async (until) => {
      await clock.run(until);
    },
  };
});

describe('VirtualClock', () => {
  it('jumps from one event to the next', async () => {
    const clock = new VirtualClock(START);
    const seen: number[] = [];
    clock.at(later(START, hours(24)), () => seen.push(clock.now() - START));
    clock.at(later(START, minutes(1)), () => seen.push(clock.now() - START));
    expect(await clock.run()).toBe('idle');
    expect(seen).toEqual([minutes(1), hours(24)]);
    expect(clock.now()).toBe(later(START, hours(24)));
  });

  it('runs all that happens up to an instant and at it, and then stands at it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20)), fc.nat(20), async (offsets, end) => {
        const clock = new VirtualClock(START);
        const ran: number[] = [];
        for (const offset of offsets) clock.at(ms(offset), () => ran.push(offset));
        expect(await clock.run(ms(end))).toBe('reached');
        expect(ran).toEqual(offsets.filter((offset) => offset <= end).toSorted((a, b) => a - b));
        expect(clock.now()).toBe(ms(end));
        expect(clock.pending).toBe(offsets.length - ran.length);
      }),
    );
  });

  it('is never behind where it was, also when run to an instant that has passed', async () => {
    const clock = new VirtualClock(START);
    await clock.run(ms(10));
    clock.at(ms(5), () => {});
    expect(await clock.run(ms(7))).toBe('reached');
    expect(clock.now()).toBe(ms(10));
  });

  it('runs until a claim holds, and no task further', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(20), fc.nat(25), async (tasks, enough) => {
        const clock = new VirtualClock(START);
        let ran = 0;
        for (let at = 0; at < tasks; at++) clock.at(ms(at), () => ran++);
        expect(await clock.run(() => ran >= enough)).toBe(ran >= enough ? 'reached' : 'idle');
        expect(ran).toBe(Math.min(tasks, enough));
      }),
    );
  });

  it('does not move while real work is under way, and hands over its result at the same instant', async () => {
    const clock = new VirtualClock(START);
    const seen: [string, number][] = [];
    const note = (what: string) => () => void seen.push([what, clock.now() - START]);
    clock.at(ms(1), () => {
      const release = clock.hold();
      setImmediate(() => {
        clock.at(clock.now(), note('result'));
        release();
        release(); // A second time is none.
      });
    });
    clock.at(ms(1), note('the same instant'));
    clock.at(ms(2), note('the next'));
    await clock.run();
    expect(seen).toEqual([
      ['the same instant', 1],
      ['result', 1],
      ['the next', 2],
    ]);
  });

  it('goes on with what happens at this instant while it is held', async () => {
    const clock = new VirtualClock(START);
    let release = (): void => {};
    clock.at(ms(1), () => (release = clock.hold()));
    clock.at(ms(1), () => release());
    expect(await clock.run()).toBe('idle');
  });

  it('is held until the last of its holds is released, each of which counts once', async () => {
    const clock = new VirtualClock(START);
    const [first, second] = [clock.hold(), clock.hold()];
    let ran = false;
    clock.at(ms(1), () => (ran = true));
    first();
    first();
    const run = clock.run();
    await afterTurns(3);
    expect(ran).toBe(false);
    second();
    await run;
    expect(ran).toBe(true);
  });

  it('waits for each of several holds, and for what was awaited to be acted on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 6 }),
        async (works) => {
          const clock = new VirtualClock(START);
          const done: number[] = [];
          for (const [offset, turns] of works) {
            clock.at(ms(offset), () => {
              const release = clock.hold();
              void afterTurns(turns)
                .then(release)
                .then(severalThens)
                .then(() => done.push(clock.now() - START));
            });
          }
          await clock.run();
          expect(done).toHaveLength(works.length);
          expect(inOrder(done)).toEqual(inOrder(works.map(([offset]) => offset)));
        },
      ),
      { numRuns: 100 }, // Real turns of the event loop.
    );
  });

  it('is held by a stream from its subscription to its end', async () => {
    const clock = new VirtualClock(START);
    let got = -1;
    const work = new Observable<number>((subscriber) => {
      setImmediate(() => {
        subscriber.next(7);
        subscriber.complete();
      });
    });
    clock.at(ms(1), () => held(clock, work).subscribe(() => (got = clock.now() - START)));
    clock.at(ms(1), () => held(clock, of(1)).subscribe());
    clock.at(ms(5), () => {});
    await clock.run();
    expect(got).toBe(1);
    expect(clock.now()).toBe(ms(5));
  });

  it('lets signals be heard while events follow on events', async () => {
    const clock = new VirtualClock(START);
    let heard = false;
    setImmediate(() => (heard = true));
    const again = (): void => void clock.at(ms(1), again);
    again();
    expect(await clock.run(() => heard)).toBe('reached');
  });

  it('ends its run where a task throws, and can be run again', async () => {
    const clock = new VirtualClock(START);
    let ran = false;
    clock.at(ms(1), () => {
      throw new Error('a bug');
    });
    clock.at(ms(2), () => (ran = true));
    await expect(clock.run()).rejects.toThrow('a bug');
    await clock.run();
    expect(ran).toBe(true);
  });

  it('is run by one at a time', async () => {
    const clock = new VirtualClock(START);
    const release = clock.hold();
    const first = clock.run();
    await expect(clock.run()).rejects.toThrow('one at a time');
    release();
    expect(await first).toBe('idle');
  });
});

const inOrder = (numbers: number[]): number[] => numbers.toSorted((a, b) => a - b);

/** Acting on a result takes a few steps more. */
async function severalThens(): Promise<void> {
  for (let step = 0; step < 20; step++) await Promise.resolve();
}

async function afterTurns(turns: number): Promise<void> {
  if (turns === 0) return;
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  await afterTurns(turns - 1);
}
