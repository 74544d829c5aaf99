import { describe, expect, it } from 'vitest';
import type { QueryAnswer } from '../../actors/actor.ts';
import { packLeads, saltsFrom } from '../../protocols/batch.ts';
import { digest } from '../../protocols/hash.ts';
import type { Address, Answered, Case, Envelope } from '../../protocols/messages.ts';
import {
  later,
  minutes,
  percent,
  points,
  seconds,
  type BatchId,
  type Block,
  type Hotkey,
  type Instant,
  type QueryId,
} from '../../protocols/units.ts';
import type { Happening } from '../../runtime/host.ts';
import { bounds } from './bounds.ts';
import { Checks } from './checker.ts';
import { deadlines } from './deadlines.ts';
import { deliveries } from './deliveries.ts';
import { emissions } from './emissions.ts';
import { liveness } from './liveness.ts';
import { persons } from './persons.ts';

describe('deliveries', () => {
  it('has nothing to say of a lead of an approved batch that was asked for', () => {
    expect(told(deliveries(), [proposal({}), answer({})])).toEqual([]);
  });

  it.each([
    ['was never proposed', [answer({})], 'not approved'],
    ['was not approved', [proposal({ approved: false }), answer({})], 'not approved'],
    ['failed its checks', [proposal({ outcome: 'failed' }), answer({})], 'not approved'],
    ['comes twice', [proposal({}), answer({}), answer({})], 'has already'],
    [
      'is one too many',
      [proposal({}), answer({ leads: 2, wanted: 1 })],
      '2 leads for a query of 1',
    ],
    ['is of another region', [proposal({}), answer({ region: 'FR' })], 'not asked for'],
  ])('finds a lead whose batch %s', (_, happenings, words) => {
    expect(told(deliveries(), happenings).join()).toContain(words);
  });
});

describe('persons', () => {
  const batch = (...emails: readonly string[]) => {
    const leads = emails.map((email) => ({ 'Owner(s) Email': email }));
    const salts = saltsFrom(digest('salts'), leads.length);
    return sent('batch', { id: 'b', leads: packLeads(leads, salts) });
  };
  const checked = (...codes: readonly number[]) => proposal({ codes: Uint8Array.from(codes) });

  it('finds one person that passes twice, however it is spelt', () => {
    expect(told(persons(), [batch('a@x.com', 'b@x.com'), checked(0, 3)])).toEqual([]);
    expect(told(persons(), [batch('a@x.com', ' A@X.com'), checked(0, 1)])).toEqual([]);
    expect(told(persons(), [batch('a@x.com', ' A@X.com'), checked(0, 0)])).toHaveLength(1);
    expect(told(persons(), [batch('a@x.com', ' A@X.com'), checked(3, 0)])).toHaveLength(1);
  });
});

describe('deadlines', () => {
  const batchOn = (attempt: number, at: Instant = AT) =>
    received(
      'batch',
      { id: 'b', query: { rounds: Array.from({ length: attempt }), want: { leads: 1 } } },
      'validator/v' as Address,
      at,
    );
  const batch = batchOn(1);
  const report = (at: Instant, attempt = 1) => sent('report', { batch: 'b', attempt }, at);

  it('lets a report go out until the last instant and finds the one after', () => {
    const last = later(AT, minutes(2));
    expect(told(deadlines(), [batch, report(last)])).toEqual([]);
    expect(told(deadlines(), [batch, report((last + 1) as Instant)]).join()).toContain('120001 ms');
    expect(told(deadlines(), [report(AT)]).join()).toContain('was not sent');
  });

  it('gives each attempt its own two minutes, also where one batch answers two of them', () => {
    const second = later(AT, minutes(5));
    const last = later(second, minutes(2));
    const seen = [batch, batchOn(2, second)];
    expect(told(deadlines(), [...seen, report(last, 2)])).toEqual([]);
    expect(told(deadlines(), [...seen, report(last, 1)])).toHaveLength(1);
  });

  it('finds a delivery after the query’s last moment', () => {
    const query = received('query', {
      id: 'q',
      want: { leads: 10 },
      rounds: [{ askedAt: AT, block: 1 }],
    });
    const last = later(AT, seconds(120 + 20 + 240));
    const delivery = (at: Instant) => sent('delivery', { query: 'q', attempt: 1 }, at);
    expect(told(deadlines(), [query, delivery(last)])).toEqual([]);
    expect(told(deadlines(), [query, delivery((last + 1) as Instant)])).toHaveLength(1);
  });
});

describe('emissions', () => {
  const row = (emission: bigint, share = 0.5) =>
    ({ uid: 0, hotkey: 'h', emission, incentive: share, dividends: 0 }) as never;
  const turns = (...epochs: readonly (readonly [number, readonly never[]])[]) => {
    const checks = new Checks([emissions(100n)]);
    for (const [block, rows] of epochs) checks.turn({ block: block as Block, rows }, AT);
    return checks.first?.what;
  };

  it('finds a rao more or less than the chain has made, and a share that is none', () => {
    expect(turns([0, []], [10, [row(500n), row(320n)]])).toBeUndefined();
    expect(turns([0, []], [10, [row(500n), row(321n)]])).toContain('821 rao');
    expect(turns([0, []], [10, [row(500n), row(319n)]])).toContain('should be 820');
    expect(turns([0, []], [10, [row(821n), row(-1n)]])).toContain('-1 rao');
    expect(turns([0, [row(0n, 1.5)]])).toContain('share');
  });

  it('lets a chain without any stake pay nobody', () => {
    expect(turns([0, []], [10, [row(0n)]], [20, [row(820n)]])).toBeUndefined();
  });
});

describe('bounds', () => {
  it.each([
    ['F above its scores', { finalScore: percent(96) }, true],
    ['F below its scores', { finalScore: percent(89) }, true],
    ['R above 200', { reputation: 200_001 }, true],
    ['F and R as they may be', { finalScore: percent(90), reputation: 200_000 }, false],
  ])('looks at %s', (_, parts, isWrong) => {
    expect(told(bounds(), [proposal(parts)]).length > 0).toBe(isWrong);
  });
});

describe('liveness', () => {
  const want = received('want', { nonce: 0 }, BUYER());

  it('finds a query that is answered twice, or never', () => {
    const never = liveness();
    expect(told(never, [want, answer({})])).toEqual([]);
    expect(told(never, [answer({})]).join()).toContain('answered twice');
    const waiting = liveness();
    expect(told(waiting, [want])).toEqual([]);
    expect(waiting.end?.(later(AT, minutes(36)))).toBeUndefined();
    expect(waiting.end?.(later(AT, minutes(37)))).toContain('never answered');
  });
});

describe('Checks', () => {
  it('keeps the first thing that was wrong', () => {
    const checks = new Checks([bounds()]);
    checks.see(proposal({ reputation: 200_001 }));
    checks.see(proposal({ reputation: 300_000 }));
    expect(checks.first).toMatchObject({ checker: 'bounds', at: AT });
    expect(checks.first?.what).toContain('200001');
  });
});

const AT = 1_790_000_000_000 as Instant;
const POOL = 'pool/p' as Address;

// A function, so that it can be used above where it stands.
function BUYER(): Address {
  return 'buyer/b' as Address;
}

const told = (
  checker: ReturnType<typeof bounds>,
  happenings: readonly Happening[],
): readonly string[] => happenings.flatMap((happening) => checker.see(happening) ?? []);

function sent(kind: Envelope['kind'], body: object, at: Instant = AT): Happening {
  const envelope = { kind, from: 'validator/v', to: POOL, sentAt: at, body } as never;
  return { is: 'sent', at, envelope };
}

function received(
  kind: Envelope['kind'],
  body: object,
  to: Address = 'validator/v' as Address,
  at: Instant = 1_790_000_000_000 as Instant,
): Happening {
  const envelope = { kind, from: POOL, to, sentAt: 0, body } as never;
  return { is: 'received', at, envelope };
}

function proposal({
  approved = true,
  outcome = 'passed' as 'passed' | 'failed',
  finalScore = percent(95),
  reputation = points(20) as number,
  codes = new Uint8Array(1),
}): Happening {
  const reports = [percent(90), percent(95)].map((score) => ({ score }));
  const answered = {
    kind: 'answered',
    miner: 'm' as Hotkey,
    batch: 'b' as BatchId,
    reports: reports as unknown as Answered['reports'],
    finalScore,
    approved,
    ...(approved ? { checks: { outcome, leads: codes } } : {}),
  };
  const theCase = {
    answers: [answered],
    reputations: [{ validator: 'v' as Hotkey, reputation }],
  } as unknown as Case;
  return sent('proposal', theCase);
}

function answer({ leads = 1, wanted = 1, region = 'DE' }): Happening {
  const delivered = Array.from({ length: leads }, (_, index) => ({
    batch: 'b' as BatchId,
    lead: { 'Owner(s) Email': `a${index}@x.example.com`, Industry: 'Tech & AI', Region: region },
  }));
  const input = {
    query: 'q' as QueryId,
    nonce: 0,
    want: { leads: wanted, region: 'DE' },
    leads: delivered,
  } as unknown as QueryAnswer;
  return { is: 'asked', at: AT, actor: BUYER(), ask: { ask: 'answer', input, by: AT } };
}
