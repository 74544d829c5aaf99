import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { points } from '../units.ts';
import { decide, mayVote, QUORUM, toDecide, voteWeight, type Ballot } from './appeals.ts';
import {
  anyBallot,
  appeal,
  decided,
  found,
  ownerNamed,
  penaltiesOf,
  suspect,
  vote,
} from './penalty-arbitraries.ts';
import { statusAt } from './penalties.ts';
import type { PenaltyEvent } from './penalty-events.ts';

const S = 1_000;
const FLAGS = found(S, { validators: [suspect('a', 83, ['b']), suspect('b', 74, ['a'])] });
const OPENED = S + 10;
const AGAINST = appeal(OPENED, 'a');

describe('an appeal', () => {
  it('is against a flag, and once a flag', () => {
    expect(refusalOf(appeal(S, 'a'))).toBe('not_flagged');
    expect(refusalOf(appeal(S + 1, 'a'))).toBeUndefined();
    expect(refusalOf(appeal(S + 648_000, 'a'))).toBeUndefined();
    expect(refusalOf(appeal(S + 648_001, 'a'))).toBe('not_flagged');
    expect(refusalOf(appeal(OPENED, 'c'))).toBe('not_flagged');
    expect(refusalOf(appeal(OPENED + 1, 'a'), AGAINST)).toBe('second_appeal');
    const over = decided(OPENED + 50_401, AGAINST, false);
    expect(refusalOf(appeal(OPENED + 60_000, 'a'), AGAINST, over)).toBe('second_appeal');
  });

  it('leaves the flag in force until it is decided', () => {
    const end = OPENED + 50_500;
    const all = penaltiesOf([FLAGS, AGAINST, decided(end, AGAINST, true)]);
    expect(
      [OPENED + 1, end, end + 1].map((block) => statusAt(all, ownerNamed('a'), block)),
    ).toEqual(['flagged', 'flagged', 'overturned']);
    expect(statusAt(all, ownerNamed('b'), end + 1)).toBe('flagged');
  });

  it('is to be decided when its seven days are over, and then no more', () => {
    const due = (block: number, ...more: readonly PenaltyEvent[]) =>
      toDecide(penaltiesOf([FLAGS, AGAINST, ...more]), block).map(({ owner }) => owner);
    const end = OPENED + 50_401;
    expect([due(end - 1), due(end)]).toEqual([[], ['a']]);
    expect(due(end + 1, decided(end, AGAINST, false))).toEqual([]);
    // Counted again where more has become known of the same block.
    expect(due(end, decided(end, AGAINST, false))).toEqual(['a']);
  });

  it('ends as the count says that knew more', () => {
    const counts = [decided(60_000, AGAINST, true, 5), decided(60_000, AGAINST, false, 6)];
    for (const order of [counts, counts.toReversed()]) {
      const all = penaltiesOf([FLAGS, AGAINST, ...order]);
      expect(statusAt(all, ownerNamed('a'), 60_001)).toBe('flagged');
    }
  });
});

describe('a vote', () => {
  it('is taken for seven days, of all but the accused, their ring and the flagged', () => {
    const others = found(S, { from: 1, validators: [suspect('d', 90)] });
    const reasonOf = (at: number, name: string, accused = 'a') =>
      refusalOf(vote(at, name, accused), others, AGAINST);
    expect(reasonOf(OPENED, 'c')).toBe('no_appeal');
    expect(reasonOf(OPENED + 1, 'c')).toBeUndefined();
    expect(reasonOf(OPENED + 50_400, 'c')).toBeUndefined();
    expect(reasonOf(OPENED + 50_401, 'c')).toBe('late');
    expect(reasonOf(OPENED + 1, 'a')).toBe('own');
    expect(reasonOf(OPENED + 1, 'b')).toBe('ring_mate');
    expect(reasonOf(OPENED + 1, 'd')).toBe('flagged');
    expect(reasonOf(OPENED + 1, 'c', 'b')).toBe('no_appeal');
  });

  it('counts once a coldkey, the last one', () => {
    const votes = [
      vote(OPENED + 2, 'c', 'a', false),
      vote(OPENED + 1, 'c', 'a', true),
      vote(OPENED + 2, 'e', 'a', true),
    ];
    const [flag] = toDecide(penaltiesOf([...votes, AGAINST, FLAGS]), OPENED + 50_401);
    const counted = [...(flag?.appeal?.votes ?? [])].map(([owner, { lifts }]) => [owner, lifts]);
    expect(new Map(counted as [string, boolean][])).toEqual(
      new Map([
        ['c', false],
        ['e', true],
      ]),
    );
  });

  it('weighs 5, 3, 2 or 1 by the precision of its voter', () => {
    const weights = [90.001, 90, 80.001, 80, 70.001, 70, 0].map((count) =>
      voteWeight(points(count)),
    );
    expect(weights).toEqual([5, 3, 3, 2, 2, 1, 1]);
  });

  it('takes a reputation above 15', () => {
    expect([15, 15.001].map((count) => mayVote(points(count)))).toEqual([false, true]);
  });
});

describe('the count of an appeal', () => {
  it('lifts above 0.66 of the weight, and not at it', () => {
    // 95 is 5, 75 is 2 and 50 is 1: 33 of 50 are 0.66 to the millionth.
    const of = (...ballots: readonly (readonly [number, boolean])[]) =>
      decide(ballots.map(([precision, lifts]) => ballot(precision, lifts)));
    const tens = Array.from({ length: 6 }, () => [95, true] as const);
    const against = Array.from({ length: 3 }, () => [95, false] as const);
    const at = of(...tens, [75, true], [50, true], ...against, [75, false]);
    expect(at).toEqual({ lifted: false, voters: 12, lifting: 33, weight: 50 });
    const above = of(...tens, [75, true], [75, true], ...against, [75, false]);
    expect(above).toEqual({ lifted: true, voters: 12, lifting: 34, weight: 51 });
    expect(of([95, true], [85, false], [50, true])).toMatchObject({ lifting: 6, weight: 9 });
  });

  it('takes three voters of standing', () => {
    const yes = ballot(95, true);
    const newcomer = { ...yes, reputation: points(15) };
    expect(decide([yes, yes, newcomer])).toEqual({
      lifted: false,
      voters: 2,
      lifting: 10,
      weight: 10,
    });
    expect(decide([yes, yes, yes]).lifted).toBe(true);
    expect(decide([])).toEqual({ lifted: false, voters: 0, lifting: 0, weight: 0 });
  });

  it('is the same in any order, and gains by no vote against', () => {
    fc.assert(
      fc.property(fc.array(anyBallot), anyBallot, (ballots, one) => {
        const count = decide(ballots);
        expect(decide(ballots.toReversed())).toEqual(count);
        if (!count.lifted && ballots.filter(isHeard).length >= QUORUM) {
          expect(decide([...ballots, { ...one, lifts: false }]).lifted).toBe(false);
        }
        if (count.lifted) expect(decide([...ballots, { ...one, lifts: true }]).lifted).toBe(true);
      }),
    );
  });
});

const ballot = (precision: number, lifts: boolean): Ballot => ({
  lifts,
  precision: points(precision),
  reputation: points(100),
});
const isHeard = ({ reputation }: Ballot): boolean => mayVote(reputation);

/** Why an event does not count, of those that are folded with the flags of a and b. */
const refusalOf = (event: PenaltyEvent, ...others: readonly PenaltyEvent[]) =>
  penaltiesOf([event, ...others, FLAGS]).refused.get(event.key);
