import { describe, expect, it } from 'vitest';
import { addressOf, type Address, type Refusal } from '../protocols/messages.ts';
import { found, suspect } from '../protocols/rules/penalty-arbitraries.ts';
import { enterPenalty } from '../protocols/rules/penalty-fold.ts';
import type { Owner } from '../protocols/rules/penalty-events.ts';
import type { Ledger } from '../protocols/ledger.ts';
import { later, minutes, seconds, type Block, type Hotkey } from '../protocols/units.ts';
import { buyer } from './buyer.ts';
import { miner } from './miner.ts';
import { pool } from './pool.ts';
import {
  arrivalOf,
  asked,
  ASKED,
  batchBy,
  contextOf,
  drawnFor,
  effectsOf,
  envelope,
  kindWorld,
  leadsOf,
  play,
  queryOn,
  refused,
  sent,
  stageOf,
  START,
  type World,
} from './testing/stage.ts';
import { validator } from './validator.ts';

describe('a restricted buyer', () => {
  it('is refused by the pool, and told until when', () => {
    const { effects } = poolHears(300);
    expect(refused(effects)).toEqual(['restricted']);
    const block = 300 + 216_000;
    const until = { block, instant: later(START, seconds(12 * block)) };
    const body = { query: QUERY.id, attempt: 1, reason: 'restricted', until };
    const miners = DRAW.miners.map((hotkey) => addressOf('miner', hotkey));
    expect(sent('refusal', effects)).toEqual(
      [BUYER, ...miners].map((to) => ({ send: 'refusal', to, body })),
    );
  });

  it('gets nothing of a miner whom the query’s pool has told, and nobody else’s word will do', () => {
    const [key] = DRAW.miners as [Hotkey];
    const self = addressOf('miner', key);
    const batchesAfter = (from: Address) => {
      const heard = [
        envelope('query', BUYER, self, QUERY),
        envelope('refusal', from, self, { query: QUERY.id, attempt: 1, reason: 'restricted' }),
      ].map((one) => ({ at: NOW, envelope: one }));
      // A search takes longer than a refusal.
      const world: World = (question, now) => {
        const answer = kindWorld(question, now);
        return answer && question.ask === 'source'
          ? { ...answer, at: later(now, minutes(1)) }
          : answer;
      };
      const { done } = play(STAGE, miner, {
        world,
        self,
        heard,
        from: ASKED,
        end: later(NOW, minutes(9)),
      });
      return [sent('batch', effectsOf(done)).length, refused(effectsOf(done))];
    };
    expect(batchesAfter(POOL)).toEqual([0, []]);
    expect(batchesAfter(SELF)).toEqual([6, ['not_yours']]);
  });

  it('is served until the epoch after the finding, by when all have found the same', () => {
    expect(refused(poolHears(359).effects)).toEqual(['restricted']);
    expect(refused(poolHears(360).effects)).toEqual([]);
  });

  it('is served again after its last block', () => {
    const drawn = QUERY.rounds[0]?.block ?? 0;
    expect(refused(poolHears(drawn - 216_000).effects)).toEqual(['restricted']);
    expect(refused(poolHears(drawn - 216_001).effects)).toEqual([]);
  });

  it('is refused by validators too, whose word on its cases no pool gets', () => {
    const { state, context } = validatorNode();
    const effects = DRAW.miners.flatMap((hotkey) => {
      const batch = batchBy(hotkey, QUERY, leadsOf('a', 3));
      const heard = envelope('batch', addressOf('miner', hotkey), SELF, batch);
      return validator.on.batch(state, heard, context);
    });
    expect(refused(effects)).toEqual(DRAW.miners.map(() => 'restricted'));
    expect(asked('block', effects)).toEqual([]);
    // Told once, however many miners answer.
    expect(sent('refusal', effects)).toHaveLength(1);

    const theCase = { pool: QUERY.pool, query: QUERY, block: context.chain.latest.head.number };
    const proposal = { ...theCase, reputations: [], answers: [] };
    const heard = envelope('proposal', POOL, SELF, proposal);
    expect(refused(validator.on.proposal(state, heard, context))).toEqual(['restricted']);
  });

  it('asks no further, and its person learns until when', () => {
    const until = { block: 216_300 as Block, instant: later(ASKED, seconds(1)) };
    const { done } = play(STAGE, buyer({ account: 'buyer', queryEvery: 0 }), {
      self: BUYER,
      heard: [
        {
          at: ASKED,
          envelope: envelope('want', BUYER, BUYER, { want: { leads: 5 }, nonce: 1 }),
        },
      ],
      peers: ({ send, to, body }, at) => {
        if (send !== 'query' || !to.startsWith('pool/')) return [];
        const { id, rounds } = body as typeof QUERY;
        const refusal: Refusal = { query: id, attempt: rounds.length, reason: 'restricted', until };
        const by = [...DRAW.panel.map((one) => addressOf('validator', one)), to];
        return by.map((from) => ({ at, envelope: envelope('refusal', from, BUYER, refusal) }));
      },
      from: ASKED,
      end: later(ASKED, minutes(60)),
    });
    const answers = asked('answer', effectsOf(done)).map(({ input }) => input);
    expect(answers.map(({ attempts }) => attempts.map(({ refusal }) => refusal?.until))).toEqual([
      [until],
    ]);
    expect(refused(effectsOf(done))).toEqual([]);
  });
});

const STAGE = stageOf({ miners: 4, validators: 5 });
const QUERY = queryOn(STAGE);
const DRAW = drawnFor(STAGE, QUERY);
const BUYER = addressOf('buyer', STAGE.buyer);
const POOL = addressOf('pool', STAGE.pools[0] as Hotkey);
const SELF = addressOf('validator', STAGE.validators[0] as Hotkey);
const NOW = arrivalOf(QUERY);

/** Nobody has registered its hotkey, so it stands for itself. */
function restrict({ penalties }: Ledger, at: number): void {
  const owner = STAGE.buyer as string as Owner;
  const buyers = [{ ...suspect('u', 90), owner, hotkeys: [STAGE.buyer] }];
  enterPenalty(penalties, found(at, { from: at - 100, buyers }));
}

function poolHears(restrictedAt: number) {
  const context = contextOf(STAGE, POOL, NOW);
  const [state] = pool.begin(context);
  restrict(state.ledger, restrictedAt);
  return { effects: pool.on.query(state, envelope('query', BUYER, POOL, QUERY), context) };
}

function validatorNode() {
  const context = contextOf(STAGE, SELF, NOW);
  const [state] = validator.begin(context);
  restrict(state.ledger, 300);
  return { state, context };
}
