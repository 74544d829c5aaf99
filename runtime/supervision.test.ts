import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { later, seconds, type Duration, type Instant } from '../protocols/units.ts';
import { afterCrash, PATIENCE, type Patience, type Row } from './supervision.ts';

describe('afterCrash', () => {
  it('lets an actor rest twice as long each time, and gives up on it in the end', () => {
    expect(rests(PATIENCE, 10)).toEqual([
      100,
      200,
      400,
      800,
      1_600,
      3_200,
      6_400,
      12_800,
      25_600,
      undefined,
    ]);
    const patient = { ...PATIENCE, crashes: 100 };
    expect(rests(patient, 12).slice(8)).toEqual([25_600, 30_000, 30_000, 30_000]);
  });

  it('forgives what was before a quiet while, to the millisecond', () => {
    const before = afterCrash(afterCrash(undefined, START, PATIENCE), START, PATIENCE);
    const quiet = later(before.restartsAt ?? START, PATIENCE.quiet);
    const justBefore = later(quiet, -1 as Duration);
    expect(afterCrash(before, justBefore, PATIENCE).times).toBe(3);
    expect(afterCrash(before, quiet, PATIENCE)).toEqual({
      times: 1,
      restartsAt: later(quiet, PATIENCE.first),
    });
  });

  it('rests no shorter than first, no longer than longest, and never less than the time before', () => {
    fc.assert(
      fc.property(patience, (its) => {
        const all = rests(its, its.crashes);
        expect(all.pop()).toBeUndefined();
        for (const [index, rest] of all.entries()) {
          expect(rest).toBeGreaterThanOrEqual(all[index - 1] ?? Math.min(its.first, its.longest));
          expect(rest).toBeLessThanOrEqual(its.longest);
        }
      }),
    );
  });

  it('never gives up on an actor that runs quietly between its crashes', () => {
    fc.assert(
      fc.property(patience, fc.nat(30), (its, crashes) => {
        let row: Row | undefined;
        let now = START;
        for (let at = 0; at < crashes; at++) {
          row = afterCrash(row, now, its);
          if (its.crashes > 1)
            expect(row.restartsAt).toBe(later(now, Math.min(its.first, its.longest) as Duration));
          now = later(row.restartsAt ?? now, its.quiet);
        }
      }),
    );
  });
});

const START = 1_760_000_000_000 as Instant;

/** The rests of crashes that each come as soon as may be. */
function rests(its: Patience, crashes: number): (number | undefined)[] {
  let row: Row | undefined;
  let now = START;
  return Array.from({ length: crashes }, () => {
    row = afterCrash(row, now, its);
    const rest = row.restartsAt === undefined ? undefined : row.restartsAt - now;
    now = row.restartsAt ?? now;
    return rest;
  });
}

const patience: fc.Arbitrary<Patience> = fc.record({
  first: fc.integer({ min: 1, max: 1_000 }).map((value) => value as Duration),
  longest: fc.integer({ min: 1, max: 60 }).map(seconds),
  crashes: fc.integer({ min: 1, max: 40 }),
  quiet: fc.integer({ min: 1, max: 600 }).map(seconds),
});
