import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedAfter, Giving, MOST_GIVEN, MOST_MS } from './giving.ts';

describe('giving', () => {
  it('is of some messages of one peer, and of fewer each where there are several', () => {
    expect(mostOf([0])).toEqual([MOST_GIVEN]);
    expect(mostOf([0, 0, 0, 0])).toEqual([4, 4, 4, 4]);
    expect(mostOf(Array.from({ length: 30 }, () => 0))).toEqual(
      Array.from({ length: 30 }, () => 1),
    );
  });

  it('does not count who has none with actors any more', () => {
    const giving = new Giving();
    const here = { given: MOST_GIVEN - 1, expected: 0 };
    for (let count = 0; count < 8; count++) {
      const gone = { given: 1, expected: 0 };
      giving.note(gone);
      gone.given = 0;
      giving.note(gone);
    }
    giving.note(here);
    expect(giving.mayGive(here)).toBe(true);
  });

  it('is of one message at a time where each takes long, and of others as ever', () => {
    expect(mostOf([3])).toEqual([1]);
    expect(mostOf([MOST_MS / 2])).toEqual([2]);
    expect(mostOf([0, MOST_MS])).toEqual([MOST_GIVEN, 1]);
    expect(mostOf([0, MOST_MS + 1])).toEqual([1, 1]);
  });

  it('never comes to more than so long, beyond one message of each, and refuses nobody the first', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
        const giving = new Giving();
        const peers = Array.from({ length: 6 }, () => ({ given: 0, expected: 0 }));
        for (const { of, is, ms } of commands) {
          const peer = peers[of] as (typeof peers)[number];
          if (is === 'give') {
            const may = giving.mayGive(peer);
            if (peer.given === 0) expect(may).toBe(true);
            if (!may) continue;
            peer.given += 1;
            const all = peers.reduce((sum, one) => sum + one.given * one.expected, 0);
            if (peer.given > 1) expect(all).toBeLessThanOrEqual(MOST_MS);
            expect(peer.given).toBeLessThanOrEqual(MOST_GIVEN);
          } else if (peer.given > 0) {
            peer.given -= 1;
            peer.expected = expectedAfter(ms, peer.expected);
          }
          giving.note(peer);
        }
      }),
    );
  });
});

describe('what is expected of a peer', () => {
  it('is what the costliest of its last messages took, less and less of it', () => {
    expect(expectedAfter(5, 1)).toBe(5);
    expect(expectedAfter(0, 5)).toBe(4);
    let expected = 5;
    for (let count = 0; count < 10; count++) expected = expectedAfter(0, expected);
    expect(expected).toBeLessThan(1);
  });
});

/** How many each of so many peers has given, of whom so much is expected, once none may give more. */
function mostOf(expected: readonly number[]): readonly number[] {
  const giving = new Giving();
  const peers = expected.map((ms) => ({ given: 0, expected: ms }));
  for (let round = 0; round <= MOST_GIVEN; round++) {
    for (const peer of peers) {
      if (!giving.mayGive(peer)) continue;
      peer.given += 1;
      giving.note(peer);
    }
  }
  return peers.map(({ given }) => given);
}

const command = fc.record({
  of: fc.nat({ max: 5 }),
  is: fc.constantFrom('give', 'give', 'done'),
  ms: fc.double({ min: 0, max: 6, noNaN: true }),
});
