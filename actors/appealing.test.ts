import { describe, expect, it } from 'vitest';
import { linksBetween } from '../protocols/links.ts';
import {
  addressOf,
  type Appeal,
  type Entry,
  type Envelope,
  type Sealed,
  type Vote,
} from '../protocols/messages.ts';
import { found, suspect } from '../protocols/rules/penalty-arbitraries.ts';
import { enterPenalty } from '../protocols/rules/penalty-fold.ts';
import { flagOf } from '../protocols/rules/penalties.ts';
import type { Owner } from '../protocols/rules/penalty-events.ts';
import {
  hours,
  later,
  seconds,
  type Block,
  type Hotkey,
  type Instant,
} from '../protocols/units.ts';
import type { Context, Effect } from './actor.ts';
import { follow, type Following } from './following.ts';
import { pool, type PoolState } from './pool.ts';
import { contextOf, envelope, refused, sealed, sent, stageOf, START } from './testing/stage.ts';
import { validator, type ValidatorState } from './validator.ts';

describe('an appeal', () => {
  it('is put into every pool’s chain, and into everyone’s ledger from there', () => {
    const { state, hear } = poolNode();
    const entries = sent('settlement', hear(appealing()));
    expect(entries.map(({ to }) => to)).toEqual([
      ...STAGE.validators.map((hotkey) => addressOf('validator', hotkey)),
      addressOf('pool', OTHER_POOL),
    ]);
    expect(flagOf(state.ledger.penalties, OWNER, 500)?.appeal?.at).toBe(BLOCK);

    const { state: theirs, context } = validatorNode(B);
    const [first] = entries;
    follow(
      theirs,
      envelope('settlement', POOL, context.self, sealed(first?.body as object) as never),
      context,
    );
    expect(flagOf(theirs.ledger.penalties, OWNER, 500)?.appeal?.at).toBe(BLOCK);
  });

  it('is taken from the flagged, once, of the present block, and from nobody else', () => {
    const { hear } = poolNode();
    const why = (body: Partial<Appeal>, from?: Hotkey) => refused(hear(appealing(body, from)));
    expect(why({ block: (BLOCK - 6) as Block })).toEqual(['late']);
    expect(why({ validator: B })).toEqual(['not_flagged']);
    expect(why({ validator: STRANGER })).toEqual(['no_standing']);
    expect(why({})).toEqual([]);
    expect(why({})).toEqual(['repeated']);
    expect(why({ block: (BLOCK + 1) as Block })).toEqual(['second_appeal']);
    // Another brings the same: nothing to tell it.
    expect(why({}, B)).toEqual([]);
  });

  it('is handed on by validators to all pools, from who makes it alone', () => {
    const { hear } = validatorNode(B);
    expect(sent('appeal', hear(appealing())).map(({ to }) => to)).toEqual(
      STAGE.pools.map((hotkey) => addressOf('pool', hotkey)),
    );
    expect(refused(hear(appealing({}, C)))).toEqual(['not_yours']);
    expect(refused(hear(appealing({ validator: C }, C)))).toEqual(['not_flagged']);
  });
});

describe('a vote', () => {
  it('is refused with its reason', () => {
    const { hear } = poolNode();
    const why = (body: Partial<Vote>, by = NOW) => refused(hear(voting(body), by));
    expect(why({ validator: C })).toEqual(['no_appeal']);
    hear(appealing());
    const next = later(NOW, seconds(12));
    const block = (BLOCK + 1) as Block;
    expect(why({ validator: C, block }, next)).toEqual([]);
    expect(why({ validator: C, block }, next)).toEqual(['repeated']);
    expect(why({ validator: C, block, lifts: false }, next)).toEqual(['repeated']);
    expect(why({ validator: C, block: BLOCK }, next)).toEqual(['no_appeal']);
    expect(why({ validator: A, block }, next)).toEqual(['own']);
    expect(why({ validator: B, block }, next)).toEqual(['ring_mate']);
    expect(why({ validator: D, block }, next)).toEqual(['flagged']);
    expect(why({ validator: STRANGER, block }, next)).toEqual(['no_standing']);
    const end = BLOCK + 50_401;
    expect(why({ validator: C, block: end as Block }, timeOf(end))).toEqual(['late']);
  });

  it('may be changed an hour later, and the last one counts', () => {
    const { state, hear } = poolNode();
    hear(appealing());
    const cast = (blocks: number, lifts: boolean): void => {
      const block = (BLOCK + blocks) as Block;
      hear(voting({ validator: C, block, lifts }), timeOf(block));
    };
    cast(1, true);
    cast(1 + hours(1) / 12_000 + 1, false);
    const { votes } = flagOf(state.ledger.penalties, OWNER, 500)?.appeal ?? {};
    expect([...(votes?.values() ?? [])].map(({ lifts }) => lifts)).toEqual([false]);
  });

  it('of long before the entries around it moves nothing', () => {
    const { state, context } = validatorNode(C);
    const { state: theirs, hear } = poolNode();
    hear(appealing());
    hear(voting({ validator: C, block: (BLOCK + 100) as Block }), timeOf(BLOCK + 100));
    const [opened, first] = linksIn(theirs);
    expect(first).toBeDefined();
    const backdated = sealed({
      ...(first as object),
      record: { kind: 'voted', vote: voting({ validator: E, block: (BLOCK + 1) as Block }).body },
    });
    for (const entry of [opened, first]) {
      follow(state, envelope('settlement', POOL, context.self, entry as never), context);
    }
    const number = 2;
    const { last } = state.chains.get(STAGE.pools[0] as Hotkey) ?? {};
    follow(
      state,
      envelope('settlement', POOL, context.self, { ...backdated, number, previous: last } as never),
      context,
    );
    expect(linksIn(state)).toHaveLength(3);
    expect(flagOf(state.ledger.penalties, OWNER, 500)?.appeal?.votes.size).toBe(1);
  });
});

function linksIn({ chains }: Following): readonly Entry[] {
  const { links } = chains.get(STAGE.pools[0] as Hotkey) ?? {};
  return links === undefined ? [] : linksBetween(links);
}

const STAGE = stageOf({ validators: 6, pools: 2 });
const [A, B, C, D, E] = STAGE.validators as [Hotkey, Hotkey, Hotkey, Hotkey, Hotkey];
const [POOL_KEY, OTHER_POOL] = STAGE.pools as [Hotkey, Hotkey];
const STRANGER = STAGE.buyer;
const POOL = addressOf('pool', POOL_KEY);
const OWNER = A as string as Owner;
const BLOCK = 400 as Block;
const timeOf = (block: number): Instant => later(START, seconds(12 * block));
const NOW = timeOf(BLOCK);

/** All have found the same: A and B are a ring, D is flagged for something else. */
const FOUND = found(360, {
  validators: [suspect(A, 83, [B]), suspect(B, 50, [A]), suspect(D, 90)],
});

type Plea = Envelope<'appeal'> | Envelope<'vote'>;

function poolNode(): {
  readonly state: PoolState;
  readonly hear: (plea: Plea, now?: Instant) => readonly Effect[];
} {
  const [state] = pool.begin(contextOf(STAGE, POOL, NOW));
  enterPenalty(state.ledger.penalties, FOUND);
  return {
    state,
    hear: (plea, now = NOW) => {
      const context = contextOf(STAGE, POOL, now);
      return plea.kind === 'appeal'
        ? pool.on.appeal(state, plea, context)
        : pool.on.vote(state, plea, context);
    },
  };
}

function validatorNode(hotkey: Hotkey): {
  readonly state: ValidatorState;
  readonly context: Context<'validator'>;
  readonly hear: (plea: Plea) => readonly Effect[];
} {
  const context = contextOf(STAGE, addressOf('validator', hotkey), timeOf(BLOCK + 1));
  const [state] = validator.begin(context);
  enterPenalty(state.ledger.penalties, FOUND);
  return {
    state,
    context,
    hear: (plea) =>
      plea.kind === 'appeal'
        ? validator.on.appeal(state, plea, context)
        : validator.on.vote(state, plea, context),
  };
}

const appealing = (change: Partial<Appeal> = {}, from?: Hotkey): Envelope<'appeal'> => {
  const body: Sealed<Appeal> = sealed({ validator: A, block: BLOCK, ...change });
  return envelope('appeal', addressOf('validator', from ?? body.validator), POOL, body);
};

const voting = (change: Partial<Vote>): Envelope<'vote'> => {
  const body: Sealed<Vote> = sealed({
    validator: C,
    accused: A,
    lifts: true,
    block: BLOCK,
    ...change,
  });
  return envelope('vote', addressOf('validator', body.validator), POOL, body);
};
