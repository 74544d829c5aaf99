import { describe, expect, it } from 'vitest';
import type { Answered, Case, Feedback } from './messages.ts';
import { chosenOf, recordOfFeedback, recordsOfCase } from './records.ts';
import { caseDigest, feedbackDigest } from './seals.ts';
import { percent, type Hotkey } from './units.ts';

describe('recordsOfCase', () => {
  it('has a record for each drawn miner', () => {
    const theCase = caseOf([
      { kind: 'missed', miner: 'm0' as Hotkey, reports: [] },
      answered({ miner: 'm1', score: 95, checked: [0, 0, 0, 3, 2] }),
      answered({ miner: 'm2', score: 80 }),
    ]);
    const digest = caseDigest(theCase);
    expect(recordsOfCase(theCase)).toEqual([
      { kind: 'miss', at: 77, key: `${digest}/000`, query: 'q', attempt: 2, miner: 'm0' },
      {
        kind: 'batch',
        at: 77,
        key: `${digest}/001`,
        query: 'q',
        attempt: 2,
        buyer: 'u',
        miner: 'm1',
        batch: 'b-m1',
        opinions: [{ validator: 'a', score: percent(95) }],
        finalScore: percent(95),
        approved: true,
        checks: 'passed',
        told: { passed: 4, told: 4 },
        count: 5,
        asked: 9,
        good: 3,
        chosen: true,
      },
      {
        kind: 'batch',
        at: 77,
        key: `${digest}/002`,
        query: 'q',
        attempt: 2,
        buyer: 'u',
        miner: 'm2',
        batch: 'b-m2',
        opinions: [{ validator: 'a', score: percent(80) }],
        finalScore: percent(80),
        approved: false,
        checks: 'none',
        count: 5,
        asked: 10,
        good: 0,
        chosen: false,
      },
    ]);
  });

  it("names no buyer of a validator's own query, and no F where there is none", () => {
    const { finalScore: _, ...silent } = answered({ miner: 'm', score: 80 });
    const [record] = recordsOfCase(caseOf([silent], 'validator'));
    expect(record).not.toHaveProperty('buyer');
    expect(record).not.toHaveProperty('finalScore');
  });
});

describe('chosenOf', () => {
  it('is the checked batch of the highest F, then made first, then of the smaller name', () => {
    const low = answered({ miner: 'a', score: 90, checked: [0] });
    const high = answered({ miner: 'b', score: 95, checked: [0] });
    const failed = answered({ miner: 'c', score: 99, checked: [1] });
    const unchecked = answered({ miner: 'd', score: 99 });
    const early = { ...high, batch: 'z', madeAt: 4 } as Answered;
    const twin = { ...high, batch: 'b-a' } as Answered;
    expect(chosenOf([low, high, failed, unchecked])).toBe(high);
    expect(chosenOf([high, early])).toBe(early);
    expect(chosenOf([high, twin])).toBe(twin);
    expect(chosenOf([failed, unchecked])).toBeUndefined();
    expect(chosenOf([])).toBeUndefined();
  });
});

describe('recordOfFeedback', () => {
  it('is a rating of the whole query', () => {
    const feedback = { query: 'q', buyer: 'u', pool: 'p', rating: 8, block: 9 } as Feedback;
    expect(recordOfFeedback(feedback)).toEqual({
      kind: 'rating',
      at: 9,
      key: feedbackDigest(feedback),
      buyer: 'u',
      query: 'q',
      rating: 8,
    });
  });
});
const answered = ({
  miner,
  score,
  checked,
}: {
  miner: string;
  score: number;
  checked?: number[];
}): Answered =>
  ({
    kind: 'answered',
    miner,
    batch: `b-${miner}`,
    madeAt: 5,
    count: 5,
    reports: [{ validator: 'a', score: percent(score) }, { validator: 'abstains' }],
    finalScore: percent(score),
    denied: false,
    approved: score >= 90,
    ...(checked && {
      checks: {
        outcome: checked.includes(1) ? 'failed' : 'passed',
        leads: Uint8Array.from(checked),
      },
    }),
  }) as unknown as Answered;

const caseOf = (answers: Case['answers'], account = 'buyer'): Case =>
  ({
    pool: 'p',
    query: { id: 'q', buyer: 'u', account, want: { leads: 10 }, rounds: [{}, {}] },
    block: 77,
    reputations: [],
    answers,
  }) as unknown as Case;
