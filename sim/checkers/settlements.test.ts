import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Address, Envelope } from '../../protocols/messages.ts';
import { finalScore, REPUTATION_FLOOR, type Opinion } from '../../protocols/rules/final-score.ts';
import { later, minutes, percent, points, WHOLE, type Instant } from '../../protocols/units.ts';
import type { Happening } from '../../runtime/host.ts';
import { crashes } from './crashes.ts';
import { messages } from './messages.ts';
import { settlements } from './settlements.ts';

describe('settlements', () => {
  it('finds what is said twice in one life of a node, within ten minutes', () => {
    for (const say of [(at: Instant) => report(at), (at: Instant) => proposal([], {}, at)]) {
      expect(told([say(AT)])).toEqual([]);
      expect(told([say(AT), say(later(AT, minutes(9)))]).join()).toContain('twice');
      expect(told([say(AT), say((later(AT, minutes(10)) + 1) as Instant)])).toEqual([]);
      expect(told([say(AT), stopped(), say(AT)])).toEqual([]);
    }
  });

  it('works F out as the rules do, whoever has a say', () => {
    fc.assert(
      fc.property(fc.array(opinion, { maxLength: 6 }), (opinions) => {
        const right = finalScore(opinions);
        const approved = right !== undefined && right >= percent(90);
        expect(told([proposal(opinions, { finalScore: right, approved })])).toEqual([]);
        expect(told([proposal(opinions, { finalScore: right, approved: !approved })])).toHaveLength(
          1,
        );
        const wrong = right === undefined ? 0 : right + 1;
        expect(told([proposal(opinions, { finalScore: wrong, approved })])).toHaveLength(1);
      }),
    );
  });

  it('lets the trusted deny what F approves', () => {
    const opinions = [{ score: WHOLE, reputation: points(20) }];
    const denied = { finalScore: WHOLE, denied: true, approved: false };
    expect(told([proposal(opinions, denied)])).toEqual([]);
    expect(told([proposal(opinions, { ...denied, approved: true })])).toHaveLength(1);
  });
});

describe('messages', () => {
  it('balances what was sent and repeated with what was handled and lost', () => {
    let repeated = 0;
    const checker = messages(() => repeated);
    checker.see(report(AT));
    expect(checker.end?.(AT)).toContain('1 messages');
    checker.see(received('report'));
    expect(checker.end?.(AT)).toBeUndefined();
    expect(checker.see(lost('unknown_address'))).toContain('never sent');
    repeated++;
    expect(checker.end?.(AT)).toBeUndefined();
    // Handled first, and a failure then; and what no line has carried.
    for (const one of [lost('crashed'), received('want'), received('rating')]) checker.see(one);
    expect(checker.underWay()).toBe(0);
  });
});

describe('crashes', () => {
  it('finds an actor that fails', () => {
    const crash = { is: 'crashed', at: AT, actor: FROM, cause: new Error('broken'), times: 1 };
    expect(crashes().see(crash as Happening)).toContain('broken');
    expect(crashes().see(stopped())).toBeUndefined();
  });
});

const AT = 1_790_000_000_000 as Instant;
const FROM = 'pool/p' as Address;

function told(happenings: readonly Happening[]): readonly string[] {
  const checker = settlements();
  return happenings.flatMap((happening) => checker.see(happening) ?? []);
}

const happening = (
  is: 'sent' | 'received',
  kind: Envelope['kind'],
  body: object,
  at: Instant,
): Happening => ({
  is,
  at,
  envelope: { kind, from: FROM, to: 'validator/v', sentAt: at, body } as never,
});

const report = (at: Instant): Happening =>
  happening('sent', 'report', { query: 'q', attempt: 1, miner: 'm' }, at);
const received = (kind: Envelope['kind']): Happening => happening('received', kind, {}, AT);
const stopped = (): Happening => ({ is: 'stopped', at: AT, actor: FROM });
const lost = (why: 'crashed' | 'unknown_address'): Happening => ({
  is: 'lost',
  at: AT,
  loss: { why, at: AT },
});

function proposal(opinions: readonly Opinion[], judged: object, at: Instant = AT): Happening {
  const reports = opinions.map(({ score }, index) => ({ validator: `v${index}`, score }));
  const reputations = opinions.map(({ reputation }, index) => ({
    validator: `v${index}`,
    reputation,
  }));
  const answer = {
    kind: 'answered',
    batch: 'b',
    reports,
    denied: false,
    approved: false,
    ...judged,
  };
  const query = { id: 'q', rounds: [{}] };
  return happening('sent', 'proposal', { query, reputations, answers: [answer] }, at);
}

const reputation = fc.oneof(
  fc.constantFrom(0, 1, REPUTATION_FLOOR - 1, REPUTATION_FLOOR, REPUTATION_FLOOR + 1),
  fc.integer({ min: 0, max: 200_000 }),
);
const opinion = fc.record({
  score: fc.oneof(fc.integer({ min: 899_990, max: 900_010 }), fc.integer({ min: 0, max: WHOLE })),
  reputation,
}) as fc.Arbitrary<Opinion>;
