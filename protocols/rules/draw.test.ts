import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyDigest,
  anyHotkey,
  anyQueryId,
  anyWant,
  chainOfLength,
  hotkeyNumber,
  START,
  viewOf,
} from '../arbitraries.ts';
import { digest } from '../hash.ts';
import type { Query, Round } from '../messages.ts';
import type { Metagraph } from '../metagraph.ts';
import type { Block, Digest, Hotkey, Instant, QueryId } from '../units.ts';
import { drawOf, drawRound, MINERS_DRAWN, PANEL_SIZE, queryId, type Draw } from './draw.ts';
import { withStanding } from './eligibility.ts';

describe('queryId', () => {
  it('is pinned, for every node has to find the same', () => {
    const parts = { buyer: '5B' as Hotkey, account: 'buyer', openedAt: START, nonce: 7 } as const;
    expect(queryId({ ...parts, want: { leads: 10 } })).toBe(PINNED_ID);
    expect(queryId({ ...parts, want: { leads: 10, region: 'US' } })).not.toBe(PINNED_ID);
    expect(queryId({ ...parts, want: { leads: 10, sealed: true } })).not.toBe(PINNED_ID);
  });

  it('differs where anything asked for does, and not by pool or attempt', () => {
    fc.assert(
      fc.property(asked, asked, ([one], [other]) => {
        const same = JSON.stringify(partsOf(one)) === JSON.stringify(partsOf(other));
        expect(queryId(one) === queryId(other)).toBe(same);
        expect(queryId({ ...other, ...partsOf(one) })).toBe(one.id);
      }),
    );
  });
});

describe('drawRound', () => {
  it('draws these of twenty miners and nine validators, on every machine', () => {
    const named = (letter: string, count: number): Hotkey[] =>
      Array.from({ length: count }, (_, index) => `${letter}${index}` as Hotkey);
    const id = 'cd'.repeat(32) as QueryId;
    const hash = 'ab'.repeat(32) as Digest;
    expect(drawRound(id, 2, hash, named('m', 20), named('v', 9), new Set())).toEqual({
      miners: ['m0', 'm14', 'm8', 'm16', 'm2', 'm18', 'm15', 'm13'],
      panel: ['v7', 'v8', 'v1', 'v3', 'v4'],
    });
  });

  it('draws eight miners and five validators, or all where there are fewer', () => {
    fc.assert(
      fc.property(round, ({ id, attempt, hash, miners, validators }) => {
        const { miners: drawn, panel } = drawRound(id, attempt, hash, miners, validators, NOBODY);
        expect(drawn).toHaveLength(Math.min(8, miners.length));
        expect(panel).toHaveLength(Math.min(5, validators.length));
        expect(new Set(drawn).size).toBe(drawn.length);
        expect(new Set(panel).size).toBe(panel.length);
        expect(miners).toEqual(expect.arrayContaining([...drawn]));
        expect(validators).toEqual(expect.arrayContaining([...panel]));
      }),
    );
  });

  it('does not care in which order the candidates are named, or how often', () => {
    fc.assert(
      fc.property(round, ({ id, attempt, hash, miners, validators }) => {
        const drawn = drawRound(id, attempt, hash, miners, validators, NOBODY);
        const again = [...miners.toReversed(), ...miners];
        expect(drawRound(id, attempt, hash, again, validators.toReversed(), NOBODY)).toEqual(drawn);
      }),
    );
  });

  it('draws among those not asked yet, and among all where none is left', () => {
    fc.assert(
      fc.property(round, fc.nat({ max: 30 }), ({ id, attempt, hash, ...rest }, count) => {
        const { miners, validators } = rest;
        const already = new Set(miners.slice(0, count));
        const fresh = miners.slice(count);
        const drawn = drawRound(id, attempt, hash, miners, validators, already);
        const from = fresh.length > 0 ? fresh : miners;
        expect(drawn).toEqual(drawRound(id, attempt, hash, from, validators, NOBODY));
      }),
    );
  });

  it('lets neither the miners decide on the panel, nor the panel on the miners', () => {
    fc.assert(
      fc.property(round, round, ({ id, attempt, hash, miners, validators }, other) => {
        const drawn = drawRound(id, attempt, hash, miners, validators, NOBODY);
        const { miners: others, validators: judges } = other;
        expect(drawRound(id, attempt, hash, others, validators, NOBODY).panel).toEqual(drawn.panel);
        expect(drawRound(id, attempt, hash, miners, judges, NOBODY).miners).toEqual(drawn.miners);
      }),
    );
  });

  it('does not judge by the numbers that it chose by', () => {
    const { miners, panel } = drawRound(digest('a') as QueryId, 1, digest('b'), MANY, MANY, NOBODY);
    expect(panel).not.toEqual(miners.slice(0, PANEL_SIZE));
  });

  it('depends on the query, the attempt and the block', () => {
    const draws = new Set<string>();
    for (const id of ['a', 'b']) {
      for (const attempt of [1, 2, 3]) {
        for (const hash of ['c', 'd']) {
          draws.add(
            drawRound(
              digest(id) as QueryId,
              attempt,
              digest(hash),
              MANY,
              MANY,
              NOBODY,
            ).miners.join(),
          );
        }
      }
    }
    expect(draws.size).toBe(12);
  });

  it('gives all the same chance', () => {
    const times = new Map<string, number>();
    for (let run = 0; run < 5_000; run++) {
      const id = digest('query', run) as QueryId;
      const { miners, panel } = drawRound(id, 1, digest('block'), MANY, MANY, NOBODY);
      for (const key of miners) times.set(`m${key}`, (times.get(`m${key}`) ?? 0) + 1);
      for (const key of panel) times.set(`v${key}`, (times.get(`v${key}`) ?? 0) + 1);
    }
    // Of 20: 2 000 each of the miners, 1 250 of the validators, give or take four deviations.
    const counts = (of: string): number[] => MANY.map((key) => times.get(`${of}${key}`) ?? 0);
    expect(Math.min(...counts('m'))).toBeGreaterThan(1_860);
    expect(Math.max(...counts('m'))).toBeLessThan(2_140);
    expect(Math.min(...counts('v'))).toBeGreaterThan(1_127);
    expect(Math.max(...counts('v'))).toBeLessThan(1_373);
  });
});

describe('drawOf', () => {
  it('repeats each round, at the block that it names', () => {
    fc.assert(
      fc.property(asked, ([query, blocks]) => {
        const drawn = drawOf(query, viewOf(blocks));
        expect(drawn).toEqual(slowDraw(query, blocks));
        expect(drawOf({ ...query }, viewOf(blocks))).toEqual(drawn);
      }),
    );
  });

  it('asks nobody twice as long as others are left', () => {
    fc.assert(
      fc.property(asked, ([query, blocks]) => {
        const rounds = query.rounds.map((_, index) =>
          sure(drawOf(upTo(query, index + 1), viewOf(blocks))),
        );
        const last = rounds.at(-1)?.miners ?? [];
        const before = new Set(rounds.slice(0, -1).flatMap(({ miners }) => miners));
        const block = blocks[query.rounds.at(-1)?.block ?? 0] ?? blocks[0];
        const all = withStanding(block, 'miner').map(({ hotkey }) => hotkey);
        const fresh = all.filter((miner) => !before.has(miner));
        expect(last).toHaveLength(Math.min(MINERS_DRAWN, (fresh.length > 0 ? fresh : all).length));
        expect(fresh.length === 0 || last.every((miner) => fresh.includes(miner))).toBe(true);
      }),
    );
  });

  it('draws nobody without standing', () => {
    fc.assert(
      fc.property(asked, ([query, blocks]) => {
        const { miners, panel } = sure(drawOf(query, viewOf(blocks)));
        const block = blocks[query.rounds.at(-1)?.block ?? 0] ?? blocks[0];
        const judges = withStanding(block, 'validator');
        expect(panel).toHaveLength(Math.min(PANEL_SIZE, judges.length));
        expect(panel.every((one) => judges.some(({ hotkey }) => hotkey === one))).toBe(true);
        const able = withStanding(block, 'miner');
        expect(miners.every((one) => able.some(({ hotkey }) => hotkey === one))).toBe(true);
      }),
    );
  });

  it('refuses a query whose id is not its own', () => {
    fc.assert(
      fc.property(asked, anyQueryId, ([query, blocks], id) => {
        const view = viewOf(blocks);
        expect(drawOf({ ...query, id }, view)).toBe('bad_query');
        expect(drawOf({ ...query, nonce: query.nonce + 1 }, view)).toBe('bad_query');
        expect(drawOf({ ...query, want: { leads: query.want.leads + 1 } }, view)).toBe('bad_query');
      }),
    );
  });

  it('refuses a block that is not the first after its round was asked', () => {
    fc.assert(
      fc.property(asked, fc.nat({ max: 2 }), fc.constantFrom(-1, 1), ([query, blocks], at, by) => {
        const index = at % query.rounds.length;
        const moved = query.rounds.map((one, place) =>
          place === index ? { ...one, block: (one.block + by) as Block } : one,
        );
        expect(drawOf({ ...query, rounds: moved }, viewOf(blocks))).toBe('bad_query');
      }),
    );
  });

  it('takes the instant of a block for before the next one', () => {
    fc.assert(
      fc.property(asked, ([query, blocks]) => {
        const view = viewOf(blocks);
        const [{ block } = { block: 1 as Block }] = query.rounds;
        const { head } = blocks[block] ?? blocks[0];
        const at = (askedAt: number, named: number): Query =>
          called({
            ...query,
            openedAt: START,
            rounds: [{ askedAt: askedAt as Instant, block: named as Block }],
          });
        expect(drawOf(at(head.time, block), view)).toBe('bad_query');
        expect(drawOf(at(head.time - 1, block), view)).not.toBe('bad_query');
        expect(drawOf(at(head.time, block + 1), view)).not.toBe('bad_query');
        expect(drawOf(at(head.time - 1, block + 1), view)).toBe('bad_query');
      }),
    );
  });

  it('refuses rounds that are none, too many, out of order, or before the query was opened', () => {
    fc.assert(
      fc.property(asked, ([query, blocks]) => {
        const { rounds, openedAt } = query;
        const [first] = rounds;
        const bad = [
          { ...query, rounds: [] },
          { ...query, rounds: [...rounds, ...rounds, ...rounds, ...rounds].slice(0, 4) },
          { ...query, rounds: [...rounds.slice(0, 2), ...rounds.slice(0, 1)] },
          ...(rounds.length > 1 ? [{ ...query, rounds: rounds.toReversed() }] : []),
          called({ ...query, openedAt: ((first?.askedAt ?? openedAt) + 1) as Instant }),
        ];
        for (const one of bad) expect(drawOf(one, viewOf(blocks))).toBe('bad_query');
      }),
    );
  });

  it('allows three attempts, each in its order, and no fourth', () => {
    fc.assert(
      fc.property(asked, ([query, blocks]) => {
        const rounds = blocks.slice(1, 5).map(({ head: { number, time } }) => ({
          askedAt: (time - 1) as Instant,
          block: number,
        }));
        const tried = (count: number): Query =>
          called({ ...query, openedAt: START, rounds: rounds.slice(0, count) });
        expect(drawOf(tried(3), viewOf(blocks))).toEqual(slowDraw(tried(3), blocks));
        expect(drawOf(tried(4), viewOf(blocks))).toBe('bad_query');
      }),
    );
  });

  it('cannot tell without each of the blocks, and can as soon as they are there', () => {
    fc.assert(
      fc.property(asked, fc.nat({ max: 5 }), ([query, blocks], at) => {
        const named = query.rounds.flatMap(({ block }) => [block, block - 1]);
        const lost = named[at % named.length] ?? 0;
        const [one, ...rest] = blocks.filter(({ head }) => head.number !== lost);
        if (one !== undefined) expect(drawOf(query, viewOf([one, ...rest]))).toBe('unknown_block');
        expect(drawOf(query, viewOf(blocks))).toEqual(slowDraw(query, blocks));
      }),
    );
  });

  it('is found once for a query and a chain, and anew where the chain says something else', () => {
    fc.assert(
      fc.property(asked, anyDigest, ([query, blocks], hash) => {
        const found = drawOf(query, viewOf(blocks));
        expect(drawOf(query, viewOf(blocks))).toBe(found);
        const [one, ...rest] = blocks.map((block) => ({ ...block, head: { ...block.head, hash } }));
        if (one === undefined) return;
        expect(drawOf(query, viewOf([one, ...rest]))).toEqual(slowDraw(query, [one, ...rest]));
        expect(drawOf(query, viewOf(blocks))).toEqual(found);
      }),
    );
  });

  it('draws by the very first block of a chain, which none comes before', () => {
    fc.assert(
      fc.property(chainOfLength(2), ([block]) => {
        if (block === undefined) return;
        const openedAt = (START - 1) as Instant;
        const query = called({
          ...BARE,
          openedAt,
          rounds: [{ askedAt: openedAt, block: 0 as Block }],
        });
        expect(drawOf(query, viewOf([block]))).toEqual(slowDraw(query, [block]));
      }),
    );
  });
});

type Blocks = readonly [Metagraph, ...Metagraph[]];

const NOBODY: ReadonlySet<Hotkey> = new Set();
const MANY: readonly Hotkey[] = Array.from({ length: 20 }, (_, index) => hotkeyNumber(index));
const PINNED_ID = '82ce3bf74abba2ca5e42a33e180b21941cd443a436740891d8f71f9b46714c15';

const round = fc.record({
  id: anyQueryId,
  attempt: fc.integer({ min: 1, max: 3 }),
  hash: anyDigest,
  miners: fc.uniqueArray(anyHotkey, { maxLength: 20 }),
  validators: fc.uniqueArray(anyHotkey, { maxLength: 12 }),
});

const called = (query: Omit<Query, 'id'>): Query => ({ ...query, id: queryId(query) });

const partsOf = ({ buyer, account, openedAt, nonce, want }: Query): Partial<Query> => ({
  buyer,
  account,
  openedAt,
  nonce,
  want,
});

const BARE: Omit<Query, 'id'> = {
  buyer: hotkeyNumber(1),
  account: 'buyer',
  openedAt: START,
  nonce: 0,
  want: { leads: 1 },
  rounds: [],
  pool: hotkeyNumber(2),
};

/** A query of one to three rounds, each asked in the 12 s before its block, and the chain it is on. */
const asked: fc.Arbitrary<[Query, Blocks]> = fc
  .record({
    blocks: chainOfLength(8),
    rounds: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }),
    before: fc.oneof(fc.constantFrom(1, 12_000), fc.integer({ min: 1, max: 12_000 })),
    buyer: fc.nat({ max: 3 }).map(hotkeyNumber),
    account: fc.constantFrom('buyer', 'validator'),
    nonce: fc.nat({ max: 2 }),
    want: anyWant,
    pool: fc.nat({ max: 3 }).map(hotkeyNumber),
  })
  .map(({ blocks, rounds, before, ...query }) => {
    const [one, ...rest] = blocks;
    if (one === undefined) throw new Error('a chain of no blocks');
    const inOrder = rounds
      .toSorted((a, b) => a - b)
      .map((block): Round => ({
        askedAt: ((blocks[block]?.head.time ?? START) - before) as Instant,
        block: block as Block,
      }));
    const openedAt = inOrder[0]?.askedAt ?? START;
    return [called({ ...query, openedAt, rounds: inOrder }), [one, ...rest]];
  });

const upTo = (query: Query, count: number): Query => ({
  ...query,
  rounds: query.rounds.slice(0, count),
});

function sure(draw: ReturnType<typeof drawOf>): Draw {
  if (typeof draw === 'string') throw new Error(draw);
  return draw;
}

/** The same by the letter of the rule, keeping nothing. */
function slowDraw(query: Query, blocks: Blocks): Draw {
  let found: Draw = { miners: [], panel: [] };
  let already: Hotkey[] = [];
  for (const [index, { block }] of query.rounds.entries()) {
    const metagraph = blocks[block] ?? blocks[0];
    const standing = (role: 'miner' | 'validator'): Hotkey[] =>
      withStanding(metagraph, role).map(({ hotkey }) => hotkey);
    const hash: Digest = metagraph.head.hash;
    const [miners, validators] = [standing('miner'), standing('validator')];
    found = drawRound(query.id, index + 1, hash, miners, validators, new Set(already));
    already = [...already, ...found.miners];
  }
  return found;
}
