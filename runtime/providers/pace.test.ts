import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { later, minutes, seconds, type Duration, type Instant } from '../../protocols/units.ts';
import type { Clock } from '../host.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { VERIFIER_LIMITS } from './hunter-api.ts';
import { mostWithin } from './testing/seen.ts';
import { MAX_WAITING, Pace, type Limit } from './pace.ts';

describe('a pace', () => {
  it('lets a thousand through at 10 a second and 300 a minute, as fast as that goes', async () => {
    const arrivals = await arrivalsOf(
      VERIFIER_LIMITS,
      Array.from({ length: 1_000 }, () => ({ there: 0, back: 0 })),
    );
    expect(arrivals).toHaveLength(1_000);
    expect(mostWithin(arrivals, 1_000)).toBe(10);
    expect(mostWithin(arrivals, 60_000)).toBe(300);
    // The last hundred begin after three minutes of 300.
    expect(arrivals.at(-1)).toBeLessThan(195_000);
  });

  it('keeps to them in any window, as the provider counts, however uneven the way there', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(trip, { minLength: 1, maxLength: 400 }),
        limits,
        async (trips, of) => {
          const arrivals = await arrivalsOf(of, trips);
          expect(arrivals).toHaveLength(trips.length);
          for (const { calls, within } of of) {
            expect(mostWithin(arrivals, within)).toBeLessThanOrEqual(calls);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('serves in the order of coming, and passes over who left', () => {
    const { pace, order, named } = line();
    named('a');
    named('b')?.();
    named('c');
    expect(order).toEqual([]);
    pace.dismiss();
    expect(order).toEqual(['a dismissed', 'c dismissed']);
  });

  it('leaves no timer behind once nobody waits', async () => {
    const { clock, named } = line();
    await clock.run();
    const leaves = [named('a'), named('b')];
    for (const leave of leaves) leave?.();
    expect(clock.pending).toBe(0);
  });

  it('goes on one at a time after a refusal, until one went well', async () => {
    const clock = new VirtualClock(0 as Instant);
    const pace = new Pace(clock, [{ calls: 10, within: seconds(1) }]);
    pace.slowDown(later(clock.now(), seconds(2)));
    let underWay = 0;
    for (let left = 3; left > 0; left--) pace.enter(() => underWay++);
    expect(underWay).toBe(0);
    await clock.run(2_000 as Instant);
    expect(underWay).toBe(1);
    pace.wentWell();
    expect(underWay).toBe(3);
  });

  it('has a bound on who waits', () => {
    const { pace } = line();
    const places = Array.from({ length: MAX_WAITING + 5 }, () => pace.enter(() => undefined));
    expect(places.filter((place) => place === undefined)).toHaveLength(5);
  });

  it('is not held up by a clock that is set back', () => {
    let now = 1_000_000_000;
    let opens: Instant | undefined;
    const clock: Clock = {
      now: () => now as Instant,
      at: (instant) => {
        opens = instant;
        return () => undefined;
      },
    };
    const pace = new Pace(clock, [{ calls: 1, within: seconds(1) }]);
    pace.enter((leave) => leave?.());
    now = 500_000_000;
    pace.enter(() => undefined);
    expect(opens).toBe(500_001_001);
  });
});

interface Trip {
  /** Until the provider counts it, and from there until the answer is back. */
  readonly there: number;
  readonly back: number;
}

/** When each call reached the provider. */
async function arrivalsOf(limits: readonly Limit[], trips: readonly Trip[]): Promise<number[]> {
  const clock = new VirtualClock(0 as Instant);
  const pace = new Pace(clock, limits);
  const arrivals: number[] = [];
  for (const { there, back } of trips) {
    pace.enter((leave) => {
      clock.at(later(clock.now(), there as Duration), () => {
        arrivals.push(clock.now());
        clock.at(later(clock.now(), back as Duration), () => leave?.());
      });
    });
  }
  await clock.run();
  return arrivals.toSorted((a, b) => a - b);
}

/** A pace whose only place is taken for good. */
function line() {
  const clock = new VirtualClock(0 as Instant);
  const pace = new Pace(clock, [{ calls: 1, within: minutes(1) }]);
  const order: string[] = [];
  pace.enter(() => undefined);
  const named = (name: string) =>
    pace.enter((leave) => order.push(leave === undefined ? `${name} dismissed` : name));
  return { clock, pace, order, named };
}

const trip: fc.Arbitrary<Trip> = fc.record({
  there: fc.oneof(fc.constant(0), fc.nat(300), fc.nat(9_000)),
  back: fc.oneof(fc.constant(0), fc.nat(300)),
});
const limit: fc.Arbitrary<Limit> = fc.record({
  calls: fc.integer({ min: 1, max: 30 }),
  within: fc.integer({ min: 1, max: 5_000 }) as fc.Arbitrary<Duration>,
});
const limits = fc.oneof(
  fc.constant(VERIFIER_LIMITS),
  fc.array(limit, { minLength: 1, maxLength: 2 }),
);
