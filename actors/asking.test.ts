import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyStake } from '../protocols/arbitraries.ts';
import { addressOf, type Query } from '../protocols/messages.ts';
import { QUERY_FRESH } from '../protocols/rules/deadlines.ts';
import { later, seconds, tao, type Hotkey, type Instant } from '../protocols/units.ts';
import {
  accountShortfall,
  attemptKey,
  examine,
  isAnswerTo,
  isPresent,
  refusalOf,
} from './asking.ts';
import {
  arrivalOf,
  ASKED,
  batchBy,
  drawnFor,
  envelope,
  failed,
  found,
  leadsOf,
  othersOn,
  queryOn,
  sealed,
  stageOf,
} from './testing/stage.ts';

describe('examine', () => {
  it('gives the draw of a query that may be served', () => {
    expect(look(QUERY)).toEqual(drawnFor(STAGE, QUERY));
    expect(look(QUERY, later(ASKED, QUERY_FRESH))).toEqual(drawnFor(STAGE, QUERY));
  });

  it('finds it too old a moment after its 30 seconds, and says so to its buyer', () => {
    const late = (later(ASKED, QUERY_FRESH) + 1) as Instant;
    expect(look(QUERY, late)).toEqual({ refused: 'late', tell: 'stale' });
  });

  it('tells nothing to whoever brings the query of somebody else', () => {
    fc.assert(
      fc.property(othersOn(STAGE, BUYER), (from) => {
        const brought = envelope('query', from, MINER, QUERY);
        const looked = examine(brought, arrivalOf(QUERY), STAGE.viewAt(arrivalOf(QUERY)));
        expect(looked).toEqual({ refused: 'not_yours' });
      }),
    );
  });

  it.each<[string, Partial<Query>]>([
    ['a name that is not its own', { nonce: 2 }],
    ['another want', { want: { leads: 11 } }],
    ['no attempt', { rounds: [] }],
    ['a block of its choice', { rounds: [{ askedAt: ASKED, block: 400 as never }] }],
  ])('serves no query with %s', (_, change) => {
    expect(look(sealed({ ...QUERY, ...change }))).toMatchObject({ tell: 'bad_query' });
  });

  it('cannot tell of a block that is still to come', () => {
    expect(look(QUERY, ASKED)).toEqual({ refused: 'unknown_block' });
  });
});

describe('accountShortfall', () => {
  const chain = viewThen();

  it('finds nothing missing from 50 TAO up', () => {
    fc.assert(
      fc.property(anyStake, (stake) => {
        const shortfall = accountShortfall(QUERY, chain, found(stake));
        expect(shortfall === undefined).toBe(stake >= tao(50));
      }),
    );
  });

  it('does not take silence of the chain for standing', () => {
    expect(accountShortfall(QUERY, chain, failed())).toBe('chain_unavailable');
  });

  it('asks of a validator that queries for itself only what a validator must have', () => {
    const own = queryOn(STAGE, { account: 'validator', buyer: STAGE.validators[0] as Hotkey });
    const alien = queryOn(STAGE, { account: 'validator' });

    expect(accountShortfall(own, chain, failed())).toBeUndefined();
    expect(accountShortfall(alien, chain, found(tao(50)))).toEqual({ requirement: 'registration' });
  });
});

describe('isAnswerTo', () => {
  it('takes 1 lead to as many as were asked for, made since then', () => {
    const batch = batchBy(STAGE.miners[0] as Hotkey, QUERY, leadsOf('a', 1));
    const now = arrivalOf(QUERY);
    const is = (change: Partial<typeof batch>) => isAnswerTo(QUERY, { ...batch, ...change }, now);
    const slack = later(now, seconds(30));

    expect([is({ count: 1 }), is({ count: 10 })]).toEqual([true, true]);
    expect([is({ count: 0 }), is({ count: 11 })]).toEqual([false, false]);
    expect([is({ madeAt: ASKED }), is({ madeAt: slack })]).toEqual([true, true]);
    expect(is({ madeAt: (ASKED - 1) as Instant })).toBe(false);
    expect(is({ madeAt: (slack + 1) as Instant })).toBe(false);
  });
});

describe('isPresent', () => {
  it('is five blocks wide to either side', () => {
    const { latest } = viewThen();
    const is = (by: number) => isPresent((latest.head.number + by) as never, viewThen());
    expect([is(-6), is(-5), is(5), is(6)]).toEqual([false, true, true, false]);
  });

  it('is a minute wide to the past, also where there are four blocks a second', () => {
    const { latest } = viewThen();
    const headAt = (number: number) => {
      const time = (ASKED + number * 250) as Instant;
      return { ...latest, head: { ...latest.head, number: number as never, time } };
    };
    const chain = { latest: headAt(1_000), at: (block: number) => headAt(block) };
    const is = (by: number) => isPresent((1_000 + by) as never, chain);
    expect([is(-241), is(-240), is(5), is(6)]).toEqual([false, true, true, false]);
  });
});

describe('refusalOf', () => {
  it('goes to the buyer alone, with what is missing', () => {
    const shortfall = { requirement: 'stake', need: tao(50), has: tao(49) } as const;
    expect(refusalOf(QUERY, 'no_standing', { shortfall })).toEqual([
      {
        send: 'refusal',
        to: BUYER,
        body: { query: QUERY.id, attempt: 1, reason: 'no_standing', shortfall },
      },
    ]);
  });
});

describe('attemptKey', () => {
  it('tells the attempts at one query apart', () => {
    const second = queryOn(STAGE, { asked: [ASKED, later(ASKED, seconds(60))] });
    expect(attemptKey(second)).not.toBe(attemptKey(QUERY));
  });
});

const STAGE = stageOf({});
const QUERY = queryOn(STAGE);
const BUYER = addressOf('buyer', STAGE.buyer);
const MINER = addressOf('miner', STAGE.miners[0] as Hotkey);

function viewThen() {
  const stage = stageOf({});
  return stage.viewAt(arrivalOf(queryOn(stage)));
}

const look = (query: ReturnType<typeof queryOn>, now: Instant = arrivalOf(QUERY)) =>
  examine(envelope('query', BUYER, MINER, query), now, STAGE.viewAt(now));
