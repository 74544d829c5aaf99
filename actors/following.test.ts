import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { standingAt } from '../protocols/ledger.ts';
import { linksBetween } from '../protocols/links.ts';
import {
  addressOf,
  type Address,
  type Answered,
  type Case,
  type Entry,
  type Envelope,
  type Sealed,
  type SettledRecord,
} from '../protocols/messages.ts';
import { caseDigest, entryDigest, NO_ENTRY } from '../protocols/seals.ts';
import {
  later,
  seconds,
  type Block,
  type Hotkey,
  type Instant,
  type Score,
} from '../protocols/units.ts';
import type { Effect } from './actor.ts';
import {
  append,
  catchUp,
  follow,
  followers,
  newFollowing,
  page,
  type Following,
} from './following.ts';
import {
  arrivalOf,
  contextOf,
  envelope,
  queryOn,
  refused,
  sealed,
  sent,
  stageOf,
} from './testing/stage.ts';
import { chainOf, goodCase, settledOf, type SettledOne } from './testing/settled.ts';

describe('following', () => {
  it('moves standing by what binds, and asks for nothing where nothing lacks', () => {
    const following = newFollowing();
    const effects = CHAIN.slice(0, 3).flatMap((entry) => tell(following, entry));

    expect(effects).toEqual([]);
    expect(standingOf(following)).toEqual(standingOf(everything(3)));
    expect(standingOf(following).miners.size).toBe(4);
  });

  it('comes to the same standing and serves the same pages, in whatever order entries come', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: CHAIN.length - 1 }), { maxLength: 60 }), (order) => {
        const following = newFollowing();
        let now = NOW;
        for (const at of [...order, CHAIN.length - 1]) {
          now = later(now, seconds(11));
          answerAll(following, tell(following, CHAIN[at] as Sealed<Entry>, { now }), now);
        }
        now = later(now, seconds(11));
        answerAll(following, catchUp(following, contextOf(STAGE, SELF, now)), now);

        expect(standingOf(following)).toEqual(standingOf(everything()));
        expect(pageOf(following)).toEqual(pageOf(everything()));
        expect(waitingIn(following)).toBe(0);
      }),
      { numRuns: 200 }, // Each one follows a chain of 40 to its end.
    );
  });

  it('asks again for a gap, but not for each entry that shows it', () => {
    const following = newFollowing();
    const [first, second] = [CHAIN[5], CHAIN[6]] as [Sealed<Entry>, Sealed<Entry>];

    expect(sent('missing', tell(following, first))).toEqual([
      { send: 'missing', to: POOL, body: { pool: POOL_KEY, from: 0, to: 31 } },
    ]);
    expect(tell(following, second)).toEqual([]);
    const lost = tell(following, CHAIN[7] as Sealed<Entry>, { now: later(NOW, seconds(10)) });
    expect(sent('missing', lost).length).toBe(1);
  });

  it('asks for page after page, until it has all', () => {
    const following = newFollowing();
    answerAll(following, tell(following, CHAIN.at(-1) as Sealed<Entry>), NOW);
    expect(entriesIn(following)).toEqual(CHAIN);
  });

  it('drops what waited for another entry before it, and takes the right one later', () => {
    const [first, second] = CHAIN as [Sealed<Entry>, Sealed<Entry>];
    const following = newFollowing();
    tell(following, { ...second, previous: NO_ENTRY });
    tell(following, first);
    expect(entriesIn(following)).toEqual([first]);
    tell(following, second);
    expect(entriesIn(following)).toEqual([first, second]);
  });

  it('holds no more entries than so many while it waits', () => {
    const following = newFollowing();
    for (let number = 1; number < 400; number++) {
      tell(following, { ...(CHAIN[1] as Sealed<Entry>), number });
    }
    expect(waitingIn(following)).toBe(255);
  });

  it.each<[string, (entry: Sealed<Entry>) => Sealed<Entry>]>([
    ['another before it', (entry) => ({ ...entry, previous: entryDigest(CHAIN[3] as Entry) })],
    [
      'no majority',
      record((settled) => ({ ...settled, countersigns: settled.countersigns.slice(1) })),
    ],
    ['one signer thrice', record((settled) => ({ ...settled, countersigns: thrice(settled) }))],
    ['signatures of another case', record(other((theCase) => ({ ...theCase, block: 1 as Block })))],
    ['a case of another pool', signed((theCase) => ({ ...theCase, pool: POOLS[1] as Hotkey }))],
    ['a case that another pool settled', signed(elsewhere)],
    ['a case that is wrong in itself', signed(better)],
    ['a query that was never drawn', signed(undrawn)],
    ['a rating of no rating', (entry) => rated(entry, { rating: 11 })],
    ['a rating for another pool', (entry) => rated(entry, { pool: POOLS[1] as Hotkey })],
  ])('lets an entry with %s move nobody', (_, spoil) => {
    const following = newFollowing();
    tell(following, spoil(CHAIN[0] as Sealed<Entry>));

    expect(standingOf(following)).toEqual(standingOf(newFollowing()));
    expect(following.ledger.size).toBe(0);
    expect(following.rateable.size).toBe(0);
  });

  it('passes over an entry that does not bind, and follows the rest', () => {
    const [, second] = CHAIN as [Sealed<Entry>, Sealed<Entry>];
    const bad = record((settled) => ({ ...settled, countersigns: [] }))(CHAIN[0] as Sealed<Entry>);
    const next = sealed({ ...second, previous: entryDigest(bad) });
    const following = newFollowing();
    tell(following, bad);
    tell(following, next);

    expect(entriesIn(following)).toEqual([bad, next]);
    expect(following.ledger.size).toBe(4);
  });

  it('follows nobody without a pool’s standing, and hears nobody who keeps no ledger', () => {
    const alien = STAGE.validators[0] as Hotkey;
    const following = newFollowing();
    const [entry] = CHAIN as [Sealed<Entry>];

    expect(refused(tell(following, { ...entry, pool: alien }))).toEqual(['no_standing']);
    const buyer: Address = addressOf('buyer', STAGE.buyer);
    expect(refused(tell(following, entry, { from: buyer }))).toEqual(['not_yours']);
    expect(following.chains.size).toBe(0);
  });

  it('waits for the block that an entry speaks of, where its own chain is behind', () => {
    const following = newFollowing();
    const [entry] = CHAIN as [Sealed<Entry>];
    const early = { now: (arrivalOf(queryNumber(0)) - 1) as Instant };

    tell(following, entry, early);
    expect(following.ledger.size).toBe(0);
    expect(waitingIn(following)).toBe(1);
    catchUp(following, contextOf(STAGE, SELF, NOW));
    expect(following.ledger.size).toBe(4);
  });

  it('knows of whom a rating may come, and which came', () => {
    const following = everything();
    const { work } = following.rateable.get(queryNumber(0).id) ?? {};
    expect(work).toMatchObject({ buyer: STAGE.buyer, pool: POOL_KEY });
    expect(work?.ratings.length).toBe(1);
    expect(following.rateable.get(queryNumber(1).id)?.work.ratings.length).toBe(0);
  });
});

describe('page', () => {
  it('has at most 32 entries, of those asked for, for the same asker once in ten seconds', () => {
    const following = everything();
    const numbers = (effects: readonly Effect[]) =>
      sent('settlement', effects).map(({ body }) => body.number);

    expect(numbers(askPage(following, 0, 1_000))).toEqual(
      Array.from({ length: 32 }, (_, at) => at),
    );
    expect(refused(askPage(following, 0, 1_000))).toEqual(['repeated']);
    // Whatever the question: a hundred that overlap would be thirty-two times as much.
    expect(refused(askPage(following, 5, 6))).toEqual(['repeated']);
    expect(numbers(askPage(following, 30, 33))).toEqual([32, 33]);
    expect(numbers(askPage(following, 36, 36))).toEqual([36]);
    expect(numbers(askPage(following, 34, 37))).toEqual([34, 35, 37]);
    expect(numbers(askPage(following, CHAIN.length - 1, 1_000))).toEqual([CHAIN.length - 1]);
    expect(askPage(following, CHAIN.length, 1_000)).toEqual([]);
    expect(refused(askPage(following, 7, 6))).toEqual(['out_of_range']);
    expect(numbers(askPage(following, 0, 0, { now: later(NOW, seconds(11)) }))).toEqual([0]);
  });

  it('is not for strangers, who could make one send ten thousand times what they said', () => {
    const following = everything();
    const stranger = addressOf('validator', STAGE.buyer);
    const buyer: Address = addressOf('buyer', STAGE.buyer);

    expect(refused(askPage(following, 0, 1, { from: stranger }))).toEqual(['no_standing']);
    expect(refused(askPage(following, 0, 1, { from: buyer }))).toEqual(['not_yours']);
    expect(following.paged.size).toBe(0);
  });

  it('never throws at what may be asked', () => {
    const following = everything();
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (from, to) => {
        expect(sent('settlement', askPage(following, from, to)).length).toBeLessThanOrEqual(32);
      }),
    );
  });
});

describe('append', () => {
  it('makes a chain that others follow to the same standing', () => {
    const own = newFollowing();
    for (const { record: one } of CHAIN) append(own, POOL_KEY, one, contextOf(STAGE, POOL, NOW));

    expect(own.chains.get(POOL_KEY)?.last).toBe(entryDigest(CHAIN.at(-1) as Entry));
    expect(standingOf(own)).toEqual(standingOf(everything()));
  });
});

describe('catchUp', () => {
  it('asks each pool for its own chain, and two validators for one’s own', () => {
    const asValidator = catchUp(newFollowing(), contextOf(STAGE, SELF, NOW));
    expect(sent('missing', asValidator).map(({ to }) => to)).toEqual(
      POOLS.map((pool) => addressOf('pool', pool)),
    );
    // The first two by name, whoever registered first.
    const [one, two] = STAGE.validators.toSorted();
    const asPool = catchUp(newFollowing(), contextOf(STAGE, POOL, NOW));
    expect(sent('missing', asPool).map(({ to, body }) => [to, body.pool])).toEqual([
      [addressOf('validator', one as Hotkey), POOL_KEY],
      [addressOf('validator', two as Hotkey), POOL_KEY],
      [addressOf('pool', POOLS[1] as Hotkey), POOLS[1]],
    ]);
  });
});

describe('followers', () => {
  it('are all validators and pools but oneself', () => {
    const all = followers(STAGE.viewAt(NOW).latest, POOL);
    expect(all.length).toBe(STAGE.validators.length + POOLS.length - 1);
    expect(all).not.toContain(POOL);
  });
});

const STAGE = stageOf({ miners: 4, validators: 5, pools: 2 });
const POOLS = STAGE.pools;
const POOL_KEY = POOLS[0] as Hotkey;
const POOL = addressOf('pool', POOL_KEY);
const SELF = addressOf('validator', STAGE.validators[4] as Hotkey);
const NOW = later(arrivalOf(queryNumber(0)), seconds(60));

function queryNumber(nonce: number) {
  return queryOn(STAGE, { nonce });
}

const caseOf = (nonce: number): Case =>
  goodCase(STAGE, queryNumber(nonce), (402 + (nonce % 3)) as Block);

function ratingOf(nonce: number): SettledRecord {
  const { id } = queryNumber(nonce);
  const feedback = {
    query: id,
    buyer: STAGE.buyer,
    pool: POOL_KEY,
    rating: 9,
    block: 403 as Block,
  };
  return { kind: 'rated', feedback: sealed(feedback) };
}

const CHAIN: readonly Sealed<Entry>[] = chainOf(
  POOL_KEY,
  Array.from({ length: 40 }, (_, at) =>
    at % 4 === 3 ? ratingOf(at - 3) : settledOf(STAGE, caseOf(at)),
  ),
);

function tell(
  following: Following,
  entry: Sealed<Entry>,
  { now = NOW, from = POOL }: { readonly now?: Instant; readonly from?: Address } = {},
): readonly Effect[] {
  return follow(following, envelope('settlement', from, SELF, entry), contextOf(STAGE, SELF, now));
}

/** Answers what was asked for as the pool would, page after page. */
function answerAll(following: Following, effects: readonly Effect[], now: Instant): void {
  const questions = [...sent('missing', effects)];
  for (let asked = questions.shift(); asked !== undefined; asked = questions.shift()) {
    const { pool, from, to } = asked.body;
    if (pool !== POOL_KEY) continue;
    for (const entry of CHAIN.slice(from, Math.min(to + 1, from + 32))) {
      questions.push(...sent('missing', tell(following, entry, { now })));
    }
  }
}

function everything(length: number = CHAIN.length): Following {
  const following = newFollowing();
  for (const entry of CHAIN.slice(0, length)) tell(following, entry);
  return following;
}

const standingOf = ({ ledger }: Following) => standingAt(ledger, 720);
const entriesIn = ({ chains }: Following): readonly Entry[] => {
  const { links } = chains.get(POOL_KEY) ?? {};
  return links === undefined ? [] : linksBetween(links);
};
const waitingIn = ({ chains }: Following): number => chains.get(POOL_KEY)?.waiting.size ?? 0;

function askPage(
  following: Following,
  from: number,
  to: number,
  { now = NOW, from: asker = SELF }: { readonly now?: Instant; readonly from?: Address } = {},
): readonly Effect[] {
  const heard: Envelope<'missing'> = envelope('missing', asker, POOL, { pool: POOL_KEY, from, to });
  return page(following, heard, contextOf(STAGE, POOL, now));
}
/** All that it serves; it may have been asked just now. */
function pageOf(following: Following): unknown[] {
  const now = later(NOW, seconds(100_000));
  return [0, 32].flatMap((from) =>
    sent('settlement', askPage(following, from, 1_000, { now })).map(({ body }) => body),
  );
}

type Spoil = (entry: Sealed<Entry>) => Sealed<Entry>;
function record(change: (settled: SettledOne) => SettledRecord): Spoil {
  return (entry) =>
    entry.record.kind === 'settled' ? { ...entry, record: change(entry.record) } : entry;
}
/** Another case under the signatures of this one. */
function other(change: (theCase: Case) => Case): (settled: SettledOne) => SettledRecord {
  return (settled) => ({ ...settled, case: change(settled.case) });
}
/** Another case, signed by three of the panel. */
function signed(change: (theCase: Case) => Case): Spoil {
  return record((settled) => {
    const theCase = change(settled.case);
    const digest = caseDigest(theCase);
    const countersigns = settled.countersigns.map((one) =>
      sealed({ ...one, digest, query: theCase.query.id }),
    );
    return { ...settled, case: theCase, countersigns };
  });
}
function thrice({ countersigns: [one] }: SettledOne): SettledOne['countersigns'] {
  return one === undefined ? [] : [one, one, one];
}
function better(theCase: Case): Case {
  const [first, ...rest] = theCase.answers as [Answered, ...Answered[]];
  return { ...theCase, answers: [{ ...first, finalScore: 999_999 as Score }, ...rest] };
}
function elsewhere(theCase: Case): Case {
  const pool = POOLS[1] as Hotkey;
  return { ...theCase, pool, query: { ...theCase.query, pool } };
}
function undrawn(theCase: Case): Case {
  const rounds = theCase.query.rounds.map(({ askedAt }) => ({ askedAt, block: 400 as Block }));
  return { ...theCase, query: { ...theCase.query, rounds } };
}
function rated(
  entry: Sealed<Entry>,
  change: { readonly rating?: number; readonly pool?: Hotkey },
): Sealed<Entry> {
  const one = ratingOf(0);
  if (one.kind !== 'rated') return entry;
  return { ...entry, record: { ...one, feedback: { ...one.feedback, ...change } } };
}
