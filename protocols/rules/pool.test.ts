import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyWant, around, goodLead, hotkeyNumber, START } from '../arbitraries.ts';
import { digestAt, newDigestSet } from '../digests.ts';
import { digest, tightDigest } from '../hash.ts';
import { emailKey, type Lead } from '../lead.ts';
import type { Want } from '../query.ts';
import { hours, later, percent, WHOLE } from '../units.ts';
import type { BatchId, Hotkey, Instant, Score } from '../units.ts';
import { heldIn, openLeads, type Origin } from './held.ts';
import {
  admit,
  batchesOf,
  bestFor,
  counts,
  earlierSigned,
  newStock,
  personOf,
  POOL_LIFE,
  signedWhen,
  take,
  withhold,
  type Demand,
  type PoolStock,
} from './pool.ts';
import { regionKey } from './relevance.ts';
import { bestOf } from './shelf.ts';

describe('a pool', () => {
  it('sells the best it has, then the freshest, and the chosen batch before all', () => {
    const stock = newStock();
    put(stock, sample({ email: 'old@acme.com', score: 95, at: 0 }));
    put(stock, sample({ email: 'new@acme.com', score: 95, at: 5 }));
    put(stock, sample({ email: 'top@acme.com', score: 99, at: 5 }));
    put(stock, sample({ email: 'won@acme.com', score: 90, at: 5, batch: 'won' }));

    const demand = { want: { leads: 3 }, buyer: BUYER, now: START, first: batchOf('won') };
    expect(emails(take(stock, demand))).toEqual(['won@acme.com', 'top@acme.com', 'new@acme.com']);
    expect(emails(take(stock, demand))).toEqual(['old@acme.com']);
    expect(take(stock, demand)).toEqual([]);
  });

  it('passes over whom it is told to, has the next best in their place, and keeps them unsold', () => {
    const stock = newStock();
    for (const name of ['a', 'b', 'c']) {
      put(stock, sample({ email: `${name}@acme.com`, score: 95, at: 1, batch: name }));
    }
    put(stock, sample({ email: 'z@acme.com', score: 91, at: 1 }));
    const asked: string[] = [];
    const passOver = (lead: Lead): boolean => {
      asked.push(lead['Owner(s) Email']);
      return /^[ab]@/.test(lead['Owner(s) Email']);
    };
    const demand = { want: { leads: 2 }, buyer: BUYER, now: START, first: batchOf('a') };

    expect(emails(take(stock, { ...demand, passOver }))).toEqual(['c@acme.com', 'z@acme.com']);
    expect(asked.toSorted()).toEqual(['a', 'b', 'c', 'z'].map((name) => `${name}@acme.com`));
    expect(emails(take(stock, demand))).toEqual(['a@acme.com', 'b@acme.com']);
  });

  it('keeps the claim to who is withheld as to who is held, for as long, and sells nobody of them', () => {
    const step = fc.record({ one: admission, isOut: fc.boolean(), days: fc.nat({ max: 40 }) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const [stock, all] = [newStock(), newStock()];
        const out = new Set<string>();
        let now = START;
        for (const { one, isOut, days } of steps) {
          now = later(now, hours(24 * days));
          const whole = { ...one, admittedAt: now };
          const email = emailKey(one.lead['Owner(s) Email']);
          // Who is listed once is listed for good.
          if (isOut) out.add(email);
          const person = personOf(stock, one.lead);
          if (out.has(email)) withhold(stock, { lead: one.lead, person }, whole);
          else put(stock, whole);
          put(all, whole);
          expect(signedWhen(stock, person)).toEqual(signedWhen(all, person));
          expect(stock.freshUntil).toBe(all.freshUntil);
        }
        const passOver = (lead: Lead): boolean => out.has(emailKey(lead['Owner(s) Email']));
        const sold = take(stock, { want: { leads: 100 }, buyer: BUYER, now, passOver });
        expect(sold.filter(({ lead }) => passOver(lead))).toEqual([]);
        const late = later(now, hours(24 * 31));
        expect([counts(stock, late), stock.withheld.size]).toEqual([[], 0]);
      }),
    );
  });

  it('tells of each batch that leads come from once, in their order, with its verdicts', () => {
    const stock = newStock();
    const reports = [{ validator: hotkeyNumber(3), score: percent(95) }];
    put(stock, { ...sample({ email: 'a@acme.com', score: 95, at: 1, batch: 'one' }), reports });
    put(stock, { ...sample({ email: 'b@acme.com', score: 95, at: 1, batch: 'one' }), reports });
    put(stock, sample({ email: 'c@acme.com', score: 99, at: 2, batch: 'two' }));
    const leads = take(stock, { want: { leads: 3 }, buyer: BUYER, now: START });

    expect(batchesOf(stock, leads)).toMatchObject([
      { batch: batchOf('two'), finalScore: percent(99), settledAt: START + 2, reports: [] },
      { batch: batchOf('one'), finalScore: percent(95), settledAt: START + 1, reports },
    ]);
    expect(batchesOf(newStock(), leads)).toEqual([]);
  });

  it('holds each person once, and nobody of a batch that is not approved', () => {
    const stock = newStock();
    expect(put(stock, sample({ email: 'Ann@acme.com', score: 90, at: 0 }))).toBe(true);
    expect(put(stock, sample({ email: ' ann@ACME.com', score: 99, at: 1 }))).toBe(false);
    const below = { ...sample({ email: 'bob@acme.com', score: 90, at: 1 }), finalScore: 899_999 };
    expect(put(stock, { ...below, finalScore: 899_999 as Score })).toBe(false);
    expect(counts(stock, START)).toEqual([{ industry: 'Tech & AI', region: 'US', leads: 1 }]);
  });

  it('knows a person by the address; or, where it is told to, by the mailbox', () => {
    const tagged = (tag: string) => sample({ email: `ann${tag}@acme.com`, score: 90, at: 0 });
    const admitted = (same: 'address' | 'mailbox'): readonly boolean[] => {
      const stock = newStock(same);
      return ['', '+b', '+B+c', '+'].map((tag) => put(stock, tagged(tag)));
    };
    expect(admitted('address')).toEqual([true, true, true, true]);
    expect(admitted('mailbox')).toEqual([true, false, false, false]);
    const others = newStock('mailbox');
    for (const email of ['a+b@x.com', 'a+b@y.com', 'b+a@x.com', '+a@x.com', 'x.com']) {
      expect(put(others, sample({ email, score: 90, at: 0 }))).toBe(true);
    }
  });

  it('keeps a lead through its 30th day', () => {
    const stock = newStock();
    const ann = sample({ email: 'ann@acme.com', score: 90, at: 0 });
    put(stock, ann);
    const last = later(START, hours(720));
    expect(counts(stock, last)).toHaveLength(1);
    expect(put(stock, { ...ann, admittedAt: last })).toBe(false);
    expect(counts(stock, later(last, 1 as typeof POOL_LIFE))).toEqual([]);
    expect(put(stock, { ...ann, admittedAt: last })).toBe(true);
  });

  it('sells nothing too old, even where the clock was set back in between', () => {
    const stock = newStock();
    put(stock, sample({ email: 'ann@acme.com', score: 90, at: 1_000 }));
    put(stock, sample({ email: 'bob@acme.com', score: 90, at: 0 }));
    const now = (START + POOL_LIFE + 1) as Instant;
    expect(emails(take(stock, { want: { leads: 9 }, buyer: BUYER, now }))).toEqual([
      'ann@acme.com',
    ]);
  });

  it('forgets nobody whom a buyer has, also when the lead was dropped and came again', () => {
    const stock = newStock();
    const ann = sample({ email: 'ann@acme.com', score: 90, at: 0 });
    put(stock, ann);
    take(stock, { want: { leads: 1 }, buyer: BUYER, now: START });
    const now = later(START, hours(721));
    expect(put(stock, { ...ann, admittedAt: now })).toBe(true);
    expect(take(stock, { want: { leads: 1 }, buyer: BUYER, now })).toEqual([]);
    expect(take(stock, { want: { leads: 1 }, buyer: hotkeyNumber(2), now })).toHaveLength(1);
  });

  it('knows a buyer by hashes alone', () => {
    const stock = newStock();
    put(stock, sample({ email: 'Ann@acme.com', score: 90, at: 0 }));
    take(stock, { want: { leads: 1 }, buyer: BUYER, now: START });
    const { packed, size } = stock.delivered.get(BUYER) ?? newDigestSet();
    const digests = Array.from({ length: size }, (_, at) => digestAt(packed, at));
    expect(digests).toEqual([tightDigest('leadpoet.person/1', 'ann@acme.com')]);
  });

  it('gives back each lead as it came, whatever else is in it', () => {
    fc.assert(
      fc.property(goodLead, anyExtra, fc.string({ unit: 'binary' }), (lead, more, name) => {
        const whole = { ...more, ...lead, Business: name };
        const stock = newStock();
        const { lead: _, ...origin } = sample({ email: 'a@acme.com', score: 95, at: 0 });
        put(stock, { ...origin, lead: whole });
        const [sold] = take(stock, { want: { leads: 1 }, buyer: BUYER, now: START });
        expect(sold?.lead).toEqual(whole);
      }),
    );
  });

  it('does what a plain list would do, after any sequence of admissions and deliveries', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const stock = newStock();
        const plain = new PlainPool();
        let now = START;
        for (const one of steps) {
          now = (now + one.after) as Instant;
          if (one.is === 'admit') {
            const admission = { ...one.admission, admittedAt: now };
            expect(put(stock, admission)).toBe(plain.admit(admission));
          } else {
            const demand = { ...one.demand, now };
            expect(take(stock, demand)).toEqual(plain.take(demand));
          }
          expect(counts(stock, now)).toEqual(plain.counts(now));
          expect(isTidy(stock)).toBe(true);
        }
      }),
    );
  });

  it('takes in many leads of a batch at once as it would one after the other', () => {
    fc.assert(
      fc.property(fc.array(admission, { maxLength: 20 }), fc.nat(9), (admissions, before) => {
        const [together, apart] = [newStock(), newStock()];
        const { lead: _, ...origin } = sample({ email: 'a@acme.com', score: 95, at: 0 });
        const leads = admissions.map(({ lead }) => lead);
        for (const lead of leads.slice(0, before)) {
          for (const stock of [together, apart]) put(stock, { ...origin, lead });
        }
        const offered = leads.map((lead) => ({ lead, person: personOf(together, lead) }));
        const count = admit(together, offered, origin);
        expect(leads.filter((lead) => put(apart, { ...origin, lead }))).toHaveLength(count);
        expect(isTidy(together)).toBe(true);
        expect(counts(together, START)).toEqual(counts(apart, START));
        const demand = { want: { leads: 100 }, buyer: BUYER, now: START };
        expect(take(together, demand)).toEqual(take(apart, demand));
      }),
    );
  });

  it('never sells twice, never more than asked, never what was not wanted or not approved', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const stock = newStock();
        const sold = new Set<string>();
        let now = START;
        for (const one of steps) {
          now = (now + one.after) as Instant;
          if (one.is === 'admit') {
            put(stock, { ...one.admission, admittedAt: now });
            continue;
          }
          const leads = take(stock, { ...one.demand, now });
          expect(leads.length).toBeLessThanOrEqual(one.demand.want.leads);
          for (const { lead, finalScore } of leads) {
            const sale = `${one.demand.buyer} ${emailKey(lead['Owner(s) Email'])}`;
            expect(sold.has(sale)).toBe(false);
            sold.add(sale);
            expect(finalScore).toBeGreaterThanOrEqual(900_000);
            expect(isFor(lead, one.demand.want)).toBe(true);
          }
        }
      }),
    );
  });

  it('loses no lead between approval and its 30th day', () => {
    fc.assert(
      fc.property(fc.array(admission, { maxLength: 40 }), (admissions) => {
        const stock = newStock();
        const admitted = admissions
          .map((one) => ({ ...one, admittedAt: START }))
          .filter((one) => put(stock, one));
        const now = later(START, POOL_LIFE);
        const found = bestFor(stock, { want: { leads: 100 }, buyer: BUYER, now });
        expect(new Set(openLeads(found).map((one) => one['Owner(s) Email']))).toEqual(
          new Set(emails(admitted)),
        );
        expect(found).toHaveLength(admitted.length);
        for (const { lead, batch, signedAt } of admitted) {
          const claim = signedWhen(stock, personOf(stock, lead));
          expect(claim).toEqual({ id: batch, madeAt: signedAt });
        }
      }),
    );
  });
});

describe('earlierSigned', () => {
  it('puts the earlier first, and of one instant the smaller digest', () => {
    const at = (madeAt: number, id: string): Parameters<typeof earlierSigned>[0] => ({
      madeAt: madeAt as Instant,
      id: id as BatchId,
    });
    const claims = [at(2, 'a'), at(1, 'c'), at(1, 'b')];
    expect(claims.toSorted(earlierSigned)).toEqual([at(1, 'b'), at(1, 'c'), at(2, 'a')]);
    expect(earlierSigned(at(1, 'a'), at(1, 'a'))).toBe(0);
  });
});

/** A lead and where it comes from. */
type Admission = Origin & { readonly lead: Lead };
const put = (stock: PoolStock, { lead, ...origin }: Admission): boolean =>
  admit(stock, [{ lead, person: personOf(stock, lead) }], origin) === 1;

const BUYER = hotkeyNumber(1);
const batchOf = (name: string): BatchId => digest('batch', name) as BatchId;
const emails = (leads: readonly Pick<Admission, 'lead'>[]): string[] =>
  leads.map(({ lead }) => lead['Owner(s) Email']);

const sample = ({
  email,
  score,
  at,
  batch = 'other',
}: {
  readonly email: string;
  readonly score: number;
  readonly at: number;
  readonly batch?: string;
}): Admission => ({
  lead: {
    Business: 'Acme',
    'Owner Full name': 'Ann Lee',
    First: 'Ann',
    Last: 'Lee',
    'Owner(s) Email': email,
    LinkedIn: 'https://www.linkedin.com/in/ann',
    Website: 'https://acme.com',
    Industry: 'Tech & AI',
    Region: 'US',
  },
  batch: batchOf(batch),
  miner: hotkeyNumber(9),
  finalScore: percent(score),
  signedAt: START,
  admittedAt: (START + at) as Instant,
  reports: [],
});

const admission: fc.Arbitrary<Omit<Admission, 'admittedAt'>> = fc.record({
  lead: fc.tuple(goodLead, fc.nat({ max: 30 })).map(([lead, number]) => ({
    ...lead,
    'Owner(s) Email': `Person${number}@acme.com`,
    // Few shelves, so that there is something to be put in order on each.
    Industry: number % 5 === 0 ? lead.Industry : 'Tech & AI',
    Region: number % 3 === 0 ? lead.Region : number % 2 === 0 ? 'US' : 'us',
  })),
  batch: fc.constantFrom('a', 'b', 'c').map(batchOf),
  miner: fc.constant(hotkeyNumber(9)),
  finalScore: fc
    .oneof(around(900_000, { min: 800_000, max: WHOLE }), fc.constantFrom(950_000, 1_000_000))
    .map((score) => score as Score),
  signedAt: fc.nat({ max: 9 }).map((by) => (START + by) as Instant),
  reports: fc.constant([]),
});

const anyExtra = fc.oneof(fc.constant({}), fc.dictionary(fc.string(), fc.anything()));
const wide: fc.Arbitrary<Want> = fc.integer({ min: 1, max: 9 }).map((leads) => ({ leads }));
const demand: fc.Arbitrary<Omit<Demand, 'now'>> = fc.record(
  {
    want: fc.oneof(wide, anyWant),
    buyer: fc.nat({ max: 1 }).map(hotkeyNumber),
    first: fc.constantFrom('a', 'b', 'nobody').map(batchOf),
  },
  { requiredKeys: ['want', 'buyer'] },
);

const after = fc.oneof(
  { arbitrary: fc.constantFrom(0, 1, 1_000), weight: 8 },
  { arbitrary: around(POOL_LIFE / 2, { max: POOL_LIFE }), weight: 1 },
);
const step = fc.oneof(
  { arbitrary: fc.record({ is: fc.constant('admit' as const), after, admission }), weight: 4 },
  { arbitrary: fc.record({ is: fc.constant('take' as const), after, demand }), weight: 1 },
);

const isFor = (lead: Admission['lead'], { industry, region }: Want): boolean =>
  (industry === undefined || lead.Industry === industry) &&
  (region === undefined || regionKey(lead.Region) === regionKey(region));

/** All that is held is on a shelf, in its batch and found by its person, once, and nothing else is. */
function isTidy(stock: PoolStock): boolean {
  const { bundles, shelves, batches } = stock;
  const held = heldIn(stock);
  const shelved = [...shelves.values()].flatMap((shelf) => [...bestOf(shelf)]);
  const places = new Set(shelved);
  const numbers = [...batches.values()].flat();
  return (
    places.size === shelved.length &&
    held.length === shelved.length &&
    shelved.length === [...shelves.values()].reduce((sum, { size }) => sum + size, 0) &&
    [...shelves.values()].every(({ size }) => size > 0) &&
    [...batches.values()].every((own) => own.length > 0) &&
    numbers.length === bundles.size &&
    numbers.every((number) => bundles.has(number)) &&
    held.every(({ of, at }) => signedWhen(stock, digestAt(of.persons, at))?.id === of.batch)
  );
}

/** The rule by its letter: one list, looked through from end to end each time. */
class PlainPool {
  #leads: Admission[] = [];
  readonly #sold = new Map<Hotkey, string[]>();

  admit(one: Admission): boolean {
    this.#expire(one.admittedAt);
    if (one.finalScore < 900_000) return false;
    if (this.#leads.some((other) => keyOf(other) === keyOf(one))) return false;
    this.#leads.push(one);
    return true;
  }

  take({ want, buyer, now, first }: Demand): readonly unknown[] {
    this.#expire(now);
    const sold = this.#sold.get(buyer) ?? [];
    const best = this.#leads
      .filter((one) => isFor(one.lead, want) && !sold.includes(keyOf(one)))
      .toSorted((a, b) => Number(b.batch === first) - Number(a.batch === first) || inOrder(a, b))
      .slice(0, want.leads);
    this.#sold.set(buyer, [...sold, ...best.map(keyOf)]);
    return best.map(({ lead, batch, miner, finalScore }) => ({ lead, batch, miner, finalScore }));
  }

  counts(now: Instant): readonly unknown[] {
    this.#expire(now);
    const shelves = Map.groupBy(
      this.#leads,
      ({ lead }) => `${lead.Industry}\n${regionKey(lead.Region)}`,
    );
    return [...shelves]
      .toSorted(([a, as], [b, bs]) => bs.length - as.length || (a < b ? -1 : 1))
      .map(([, leads]) => {
        const [best] = leads.toSorted(inOrder);
        return {
          industry: best?.lead.Industry,
          region: best?.lead.Region.trim(),
          leads: leads.length,
        };
      });
  }

  #expire(now: Instant): void {
    this.#leads = this.#leads.filter(({ admittedAt }) => now <= admittedAt + POOL_LIFE);
  }
}
const keyOf = ({ lead }: Admission): string => emailKey(lead['Owner(s) Email']);
const hexOf = (one: Admission): string => digest('leadpoet.person/1', keyOf(one));
const inOrder = (a: Admission, b: Admission): number =>
  b.finalScore - a.finalScore || b.admittedAt - a.admittedAt || (hexOf(a) < hexOf(b) ? -1 : 1);
