import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  because,
  both,
  countReasons,
  FAIL_REASONS,
  outcomeOf,
  PASS,
  reasonsOf,
  UNKNOWN_REASONS,
  type Reason,
} from './verdict.ts';

const ALL: readonly Reason[] = [...FAIL_REASONS, ...UNKNOWN_REASONS];

describe('a verdict', () => {
  it('is a pass where no reason was found', () => {
    expect([outcomeOf(PASS), reasonsOf(PASS)]).toEqual(['pass', []]);
  });

  it('keeps its bits, since others have stored them', () => {
    expect([because('not_an_object'), because('bad_email'), because('deadline')]).toEqual([
      1,
      1 << 5,
      1 << 18,
    ]);
    expect([because('checker_offline'), because('provider_unavailable')]).toEqual([
      1 << 24,
      1 << 25,
    ]);
  });

  it('gives back the reasons it was made of, failures first', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...ALL]), (reasons) => {
        const verdict = reasons.map(because).reduce(both, PASS);
        expect(reasonsOf(verdict)).toEqual(ALL.filter((reason) => reasons.includes(reason)));
      }),
    );
  });

  it('is a failure where anything failed, whatever could not be told', () => {
    fc.assert(
      fc.property(
        fc.subarray([...FAIL_REASONS]),
        fc.subarray([...UNKNOWN_REASONS]),
        (bad, doubts) => {
          const verdict = [...bad, ...doubts].map(because).reduce(both, PASS);
          const right = bad.length > 0 ? 'fail' : doubts.length > 0 ? 'unknown' : 'pass';
          expect(outcomeOf(verdict)).toBe(right);
        },
      ),
    );
  });
});

describe('countReasons', () => {
  it('counts each reason once a lead, in the order of the lists', () => {
    fc.assert(
      fc.property(fc.array(fc.subarray([...ALL])), (leads) => {
        const counts = countReasons(
          leads.map((reasons) => reasons.map(because).reduce(both, PASS)),
        );

        const slowly = ALL.map((reason) => [
          reason,
          leads.filter((reasons) => reasons.includes(reason)).length,
        ]).filter(([, count]) => count !== 0);
        expect([...counts]).toEqual(slowly);
      }),
    );
  });
});
