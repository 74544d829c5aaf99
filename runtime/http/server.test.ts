/**
 * Each line of the contract's table of HTTP that takes a subnet, which is put together as the tests go.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PoolState } from '../../actors/pool.ts';
import { found, suspect } from '../../protocols/rules/penalty-arbitraries.ts';
import { enterPenalty } from '../../protocols/rules/penalty-fold.ts';
import type { Owner } from '../../protocols/rules/penalty-events.ts';
import type { LiveNode } from '../node.ts';
import { Callers } from './callers.ts';
import {
  ANN,
  as,
  ask,
  BOB,
  FREELY,
  LONG,
  problem,
  Stand,
  want,
  type Ask,
  type Said,
  type Serving,
} from './testing/stand.ts';

describe('a buyer’s node over HTTP', () => {
  const stand = new Stand();
  let buyer: LiveNode;
  let open: Serving;
  /** The same desk, for callers with tokens. */
  let named: Serving;
  let validator: Promise<LiveNode>;
  let pool: Promise<LiveNode>;
  const at = (path: string, asked?: Ask): Promise<Said> => ask(`${open.url}${path}`, asked);
  const atNamed = (path: string, asked?: Ask): Promise<Said> => ask(`${named.url}${path}`, asked);

  beforeAll(async () => {
    buyer = await stand.start('buyer', 'b1');
    open = await stand.serve(buyer, { rates: FREELY });
    const callers = new Callers([
      { name: 'ann', token: ANN },
      { name: 'bob', token: BOB },
    ]);
    named = await stand.serve(buyer, {
      desk: open.desk,
      callers,
      rates: FREELY,
      cors: 'https://app.example',
    });
  }, LONG);
  afterAll(() => stand.close(), LONG);

  describe('while there is nobody to ask', () => {
    it(
      'says that there is no miner, then no validator: 503',
      async () => {
        const first = await at('/generate_leads', want({ num_leads: 1 }));
        expect(first).toMatchObject(problem(503, { title: 'No miner', retry_after: 30 }));
        expect(first.headers.get('retry-after')).toBe('30');
        await stand.start('miner', 'm1');
        await stand.hasStanding(buyer, 'miner');
        const second = await at('/generate_leads', want({ num_leads: 1 }));
        expect(second).toMatchObject(problem(503, { title: 'No validator' }));
        validator = stand.start('validator', 'v1');
      },
      LONG,
    );
  });

  describe('when there is a validator and no pool', () => {
    it(
      'says so: 503',
      async () => {
        await validator;
        await stand.hasStanding(buyer, 'validator');
        const said = await at('/generate_leads', want({ num_leads: 1 }));
        expect(said).toMatchObject(problem(503, { title: 'No pool' }));
        pool = stand.start('pool', 'p1');
      },
      LONG,
    );
  });

  describe('with a subnet behind it', () => {
    beforeAll(async () => {
      await pool;
      await stand.hasStanding(buyer, 'pool');
    }, LONG);

    it(
      'has an answer for the same key, and knows whose it is, from the moment it is given',
      async () => {
        const wish = { caller: 'ann', want: { leads: 1 }, key: 'at once' };
        const asked = open.desk.ask(wish);
        const end = asked.is === 'open' ? await asked.order.ended : asked;
        if (end.is !== 'answered') throw new Error(`it was to be answered, and is ${end.is}`);
        const { query } = end.answer;
        expect(open.desk.callerOf(query)).toBe('ann');
        expect(open.desk.answerFor('ann', query)?.answer).toEqual(end.answer);
        expect(open.desk.answerFor('bob', query)).toBeUndefined();
        expect(open.desk.ask(wish)).toMatchObject({ is: 'answered', answer: { query } });
      },
      LONG,
    );

    it(
      'brings leads, and repeats the answer for the same key, never the query',
      async () => {
        const asked = want(
          { num_leads: 3, industry: 'Tech & AI', region: 'DE' },
          { ...as(ANN), 'idempotency-key': 'first' },
        );
        // Two at once are one query, too.
        const [said, twin] = await Promise.all([
          atNamed('/generate_leads', asked),
          atNamed('/generate_leads', asked),
        ]);
        expect(said).toMatchObject({
          status: 200,
          json: { format: 'leadpoet.answer/1', partial: false },
        });
        expect(Object.keys(said.json).toSorted()).toEqual([
          'attempts',
          'batches',
          'compliance',
          'format',
          'leads',
          'partial',
          'query_id',
        ]);
        const { leads, query_id: query, batches } = said.json as unknown as Answer;
        expect(leads).toHaveLength(3);
        expect(leads[0]).toMatchObject({ Industry: 'Tech & AI', Region: 'DE' });
        expect(batches).toMatchObject([{ final_score: 1, reports: [{ score: 1 }] }]);
        expect(twin.json).toEqual(said.json);
        const before = buyer.store.answers.latest(100).length;
        expect((await atNamed('/generate_leads', asked)).json).toEqual(said.json);
        expect(buyer.store.answers.latest(100)).toHaveLength(before);
        expect(buyer.store.answers.latest(1)).toEqual([query]);

        const other = want({ num_leads: 4 }, { ...as(ANN), 'idempotency-key': 'first' });
        expect(await atNamed('/generate_leads', other)).toMatchObject(
          problem(409, { field: 'Idempotency-Key' }),
        );
      },
      LONG,
    );

    it(
      'takes a rating once, of whose query it is',
      async () => {
        const asked = want({ num_leads: 1 }, { ...as(ANN), 'idempotency-key': 'rated' });
        const { query_id: query } = (await atNamed('/generate_leads', asked))
          .json as unknown as Answer;
        const rate = (token: string, body: object) =>
          atNamed('/feedback', { body, headers: as(token) });
        expect(await rate(BOB, { query_id: query, rating: 1 })).toMatchObject(
          problem(422, { field: 'query_id' }),
        );
        expect(await rate(ANN, { query_id: 'f'.repeat(64), rating: 1 })).toMatchObject(
          problem(422),
        );
        expect(await rate(ANN, { query_id: 'abc', rating: 1 })).toMatchObject(
          problem(400, { field: 'query_id' }),
        );
        for (const rating of [0, 11, 5.5, '9', null]) {
          const said = await rate(ANN, { query_id: query, rating });
          expect([rating, said]).toMatchObject([rating, problem(400, { field: 'rating' })]);
        }
        const both = await Promise.all([
          rate(ANN, { query_id: query, rating: 9 }),
          rate(ANN, { query_id: query, rating: 9 }),
        ]);
        expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 409]);
        expect(await rate(ANN, { query_id: query, rating: 2 })).toMatchObject(problem(409));
      },
      LONG,
    );

    it(
      'streams progress, then the result',
      async () => {
        const headers = { ...as(ANN), accept: 'text/event-stream', 'idempotency-key': 'streamed' };
        const { type, text } = await atNamed('/generate_leads', want({ num_leads: 2 }, headers));
        expect(type).toContain('text/event-stream');
        const events = [...text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(
          ([, name, data = '']) => [name, JSON.parse(data) as object],
        );
        expect(events.map(([name]) => name)).toEqual(['opened', 'step', 'result']);
        expect(events[1]).toMatchObject([
          'step',
          { attempt: 1, step: { is: 'drawn', miners: 1, panel: 1 } },
        ]);
        const again = await atNamed(
          '/generate_leads',
          want({ num_leads: 2 }, { ...headers, accept: '*/*' }),
        );
        expect(events[2]).toEqual(['result', again.json]);
      },
      LONG,
    );

    it(
      'goes on with the query of who hangs up, and keeps the answer',
      async () => {
        const headers = { ...as(BOB), accept: 'text/event-stream', 'idempotency-key': 'gone' };
        const asked = {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
        };
        const gone = new AbortController();
        const response = await fetch(`${named.url}/generate_leads`, {
          ...asked,
          body: '{"num_leads":1}',
          signal: gone.signal,
        });
        const reader = response.body?.getReader();
        const first = new TextDecoder().decode((await reader?.read())?.value);
        gone.abort();
        const query = /"query_id":"(\w+)"/.exec(first)?.[1];
        expect(query).toHaveLength(64);
        const kept = await atNamed(
          '/generate_leads',
          want({ num_leads: 1 }, { ...headers, accept: '*/*' }),
        );
        expect(kept).toMatchObject({ status: 200, json: { query_id: query } });
      },
      LONG,
    );

    it('tells what the pool held when it delivered, and no lead', async () => {
      const { status, json, text } = await at('/pool');
      expect({ status, json }).toMatchObject({
        status: 200,
        json: { pools: [{ counts: expect.any(Array) }] },
      });
      const [counts] = json['pools'] as readonly {
        leads: number;
        at: string;
        counts: { leads: number }[];
      }[];
      expect(counts?.leads).toBe(counts?.counts.reduce((sum, { leads }) => sum + leads, 0));
      expect(Date.parse(counts?.at ?? '')).toBeGreaterThan(0);
      expect(text).not.toContain('@');
    });

    it(
      'says why three attempts brought nothing: 504',
      async () => {
        const said = await at('/generate_leads', want({ num_leads: 1, region: 'NOWHERE' }));
        const reason = 'no batch was good: rejected';
        expect(said).toMatchObject(
          problem(504, { reasons: [1, 2, 3].map((attempt) => ({ attempt, reason })) }),
        );
      },
      LONG,
    );

    it(
      'says by how much a stake is too small: 402',
      async () => {
        const poor = await stand.start('buyer', 'b2', { 'mock.stake': '12.5' });
        const { url } = await stand.serve(poor);
        await stand.hasStanding(poor, 'pool');
        expect(await ask(`${url}/generate_leads`, want({ num_leads: 1 }))).toMatchObject(
          problem(402, { title: 'Stake too small', need: '50', has: '12.5', short: '37.5' }),
        );
      },
      LONG,
    );

    it(
      'says until when its buyer is restricted: 403',
      async () => {
        const { running, chain } = await pool;
        const { number } = chain.view.latest.head;
        const owner = buyer.hotkey as string as Owner;
        const buyers = [{ ...suspect('u', 90), owner, hotkeys: [buyer.hotkey] }];
        // As if the evidence of some epochs ago had named it.
        const finding = found(number - 100, { from: number - 200, buyers });
        enterPenalty((running.state as PoolState).ledger.penalties, finding);
        const said = await at('/generate_leads', want({ num_leads: 1 }));
        expect(said).toMatchObject(
          problem(403, {
            title: 'Restricted',
            until: expect.any(String),
            until_block: expect.any(Number),
          }),
        );
        expect(Date.parse(String(said.json['until']))).toBeGreaterThan(Date.now());
      },
      LONG,
    );

    it('counts answers by route and status', async () => {
      await atNamed('/nowhere');
      const { text } = await atNamed('/metrics', { headers: as(ANN) });
      expect(text).toMatch(
        /leadpoet_http_request_seconds_count\{route="\/generate_leads",status="200"\} \d/,
      );
      expect(text).toMatch(/leadpoet_http_request_seconds_count\{route="none",status="404"\} \d/);
      expect(text).toMatch(/leadpoet_messages_received_total\{kind="want"\} \d/);
    });
  });
});

interface Answer {
  readonly query_id: string;
  readonly leads: readonly Readonly<Record<string, string>>[];
  readonly batches: readonly object[];
}
