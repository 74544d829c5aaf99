import fc from 'fast-check';
import { firstValueFrom, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Random, Services } from '../actors/actor.ts';
import { anyBatchId, anyLead, anyWant, goodLead, hotkeyNumber } from '../protocols/arbitraries.ts';
import { decodeLeads, packLeads, saltsFrom } from '../protocols/batch.ts';
import { digest } from '../protocols/hash.ts';
import type { Lead } from '../protocols/lead.ts';
import { addressOf, type Batch } from '../protocols/messages.ts';
import type { Want } from '../protocols/query.ts';
import { auditOffline, auditScore, offlineVerdict } from '../protocols/rules/audit.ts';
import { disposableVerdict } from '../protocols/rules/disposable.ts';
import { withDuplicates } from '../protocols/rules/duplicates.ts';
import { formatVerdict } from '../protocols/rules/format.ts';
import {
  later,
  minutes,
  seconds,
  type BatchId,
  type Duration,
  type Instant,
  type QueryId,
} from '../protocols/units.ts';
import { because, both, PASS, reasonsOf, type Verdict } from '../protocols/verdict.ts';
import type { Asker } from '../runtime/host.ts';
import { randomFrom } from '../runtime/random.ts';
import { synthetic } from '../runtime/sources/synthetic.ts';
import { offlineChecks } from '../runtime/verifiers/offline.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { newOutages } from './faults.ts';
import { looksInLine } from './looks.ts';
import { simulatedServices } from './services.ts';
import { checksOf, spoil, truthOf, WOES } from './truth.ts';

describe('a simulated audit', () => {
  it('finds in the sample what rules and network show, and duplicates everywhere', async () => {
    const leads = [spoil(LEADS(0), 'down'), LEADS(1), spoil(LEADS(2), 'gone'), LEADS(1)];
    const found = await worldOf().audit(batchOf(leads), [0, 1]);
    expect(found.map(reasonsOf)).toEqual([['website_unreachable'], [], [], ['duplicate_email']]);
  });

  it('is the rules applied to the truth, however often it was asked and whatever was forgotten', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(someBatch, anyWant, fc.array(fc.nat(7))), { maxLength: 5 }),
        fc.integer({ min: 1, max: 3 }),
        async (batches, remembered) => {
          const world = worldOf({ remembered });
          for (const [leads, want, sample] of [...batches, ...batches]) {
            const batch = batchOf(leads, want);
            expect(await world.audit(batch, sample)).toEqual(slowAudit(batch, sample));
          }
        },
      ),
      { numRuns: 300 }, // Ten batches each.
    );
  });

  it('finds of leads that are what they seem just what an audit without network does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyLead, { maxLength: 6 }), anyWant, async (leads, want) => {
        const batch = batchOf(leads, want);
        const sample = [...leads.keys()].filter((index) => index % 3 !== 1);
        const found = await worldOf().audit(batch, sample);
        expect(found).toEqual(auditOffline(decodeLeads(batch.leads), want, sample));
      }),
      { numRuns: 300 },
    );
  });

  it('of several leads of one person lets the one stay that the network finds good', async () => {
    const leads = [spoil(LEADS(0), 'down'), LEADS(0)];
    const found = await worldOf().audit(batchOf(leads), [0, 1]);
    expect(found.map(reasonsOf)).toEqual([['duplicate_email', 'website_unreachable'], []]);
  });

  it('judges the same leads anew for another want', async () => {
    const world = worldOf();
    await fc.assert(
      fc.asyncProperty(fc.array(anyWant, { maxLength: 4 }), async (wants) => {
        for (const want of wants) {
          const batch = batchOf(NINE, want);
          expect(await world.audit(batch, [0, 1])).toEqual(slowAudit(batch, [0, 1]));
        }
      }),
      { numRuns: 200 }, // A clock is run for each want.
    );
  });

  it('in an outage cannot tell, so that the validator abstains, but sees what is bad in itself', async () => {
    const world = worldOf();
    const end = world.outages.begin('audit', [VALIDATOR]);
    const leads = [...NINE, { ...LEADS(9), Business: '' }];
    const sample = [...leads.keys()];
    const found = await world.audit(batchOf(leads), sample);
    expect(found.map(reasonsOf)).toEqual([
      ...NINE.map(() => ['checker_offline']),
      ['empty_field', 'checker_offline'],
    ]);
    expect(auditScore(found, sample).score).toBeUndefined();
    end();
    expect((await world.audit(batchOf(leads), sample)).filter((one) => one !== PASS)).toHaveLength(
      1,
    );
  });

  it('is spared by the outages of others, and leads outside the sample by its own', async () => {
    const world = worldOf();
    world.outages.begin('audit', [hotkeyNumber(8)]);
    world.outages.begin('verify', [VALIDATOR]);
    expect(await world.audit(batchOf(NINE), [0])).toEqual(NINE.map(() => PASS));
    world.outages.begin('audit', [VALIDATOR]);
    const [first, ...others] = await world.audit(batchOf(NINE), [0]);
    expect(first).toBe(because('checker_offline'));
    expect(others.every((verdict) => verdict === PASS)).toBe(true);
  });

  it.each([
    [59_999, 59_999, 10],
    [60_000, 59_999, 9],
    [120_000, 59_999, 4],
  ])(
    'that takes %d ms of a minute is answered after %d, with %d of 10 done',
    async (takes, at, done) => {
      const { clock, audit } = worldOf({ takes });
      const leads = [...NINE, LEADS(9)];
      const found = await audit(batchOf(leads), [...leads.keys()], minutes(1));
      expect(clock.now() - START).toBe(at);
      expect(found.slice(0, done).every((verdict) => verdict === PASS)).toBe(true);
      expect(found.slice(done).every((verdict) => verdict === because('deadline'))).toBe(true);
    },
  );

  it('takes as long as its own stream says, whatever was audited before', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string(),
        fc.array(anyBatchId, { maxLength: 3 }),
        anyBatchId,
        async (seed, before, id) => {
          fc.pre(!before.includes(id));
          const times: number[] = [];
          for (const ids of [[id], [...before, id]]) {
            const { clock, audit } = worldOf({ seed, takes: 'drawn' });
            let from = clock.now();
            for (const one of ids) {
              from = clock.now();
              await audit({ ...batchOf([]), id: one }, []);
            }
            times.push(clock.now() - from);
          }
          expect(times[1]).toBe(times[0]);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('simulated checks', () => {
  it('find the mailboxes that do not exist, of all leads or of some', async () => {
    const batch = batchOf([LEADS(0), spoil(LEADS(1), 'nobody'), spoil(LEADS(2), 'down')]);
    const { verify } = worldOf();
    const reasons = [[], ['email_undeliverable'], ['website_unreachable']];
    expect((await verify(batch)).map(reasonsOf)).toEqual(reasons);
    expect((await verify(batch, [2, 1])).map(reasonsOf)).toEqual([reasons[2], reasons[1]]);
  });

  it('are the rules applied to the truth, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(someBatch, fc.option(fc.array(fc.nat(7))), async (leads, only) => {
        const batch = batchOf(leads);
        const world = worldOf();
        const expected = slowChecks(batch, only ?? undefined);
        expect(await world.verify(batch, only ?? undefined)).toEqual(expected);
        expect(await world.verify(batch, only ?? undefined)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('find of leads that are what they seem just what they do without network', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyLead, { maxLength: 6 }), async (leads) => {
        const batch = batchOf(leads);
        const expected = offlineChecks(decodeLeads(batch.leads));
        expect(await worldOf().verify(batch)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('in an outage, or too late, have no answer of the provider', async () => {
    const world = worldOf();
    world.outages.begin('verify', [VALIDATOR]);
    const unknown = NINE.map(() => because('provider_unavailable'));
    expect(await world.verify(batchOf(NINE))).toEqual(unknown);

    const late = await worldOf({ takes: 3 * 60_000 }).verify(batchOf(NINE), undefined, minutes(1));
    expect(late).toEqual([PASS, PASS, ...unknown.slice(2)]);
  });
});

describe('a simulated source', () => {
  it('finds the same leads for a query whatever was asked before, and no more than wanted', async () => {
    const ask = { query: 'q' as QueryId, attempt: 1, want: { leads: 5 } };
    const first = await worldOf().source(ask);
    const world = worldOf();
    await world.source({ ...ask, attempt: 2 });
    expect(await world.source(ask)).toEqual(first);
    expect(first).toHaveLength(5);
  });

  it('takes its time, and is unavailable in an outage', async () => {
    const world = worldOf({ takes: 1_234 });
    const ask = { query: 'q' as QueryId, attempt: 1, want: { leads: 1 } };
    await world.source(ask);
    expect(world.clock.now() - START).toBe(1_234);
    world.outages.begin('source', [VALIDATOR]);
    await expect(world.source(ask)).rejects.toMatchObject({ fault: 'unavailable' });
  });
});

/** What the memory must never change: everything found anew. */
function slowAudit({ leads, query }: Batch, sample: readonly number[]): readonly Verdict[] {
  const decoded = decodeLeads(leads);
  const own = decoded.map((lead, index) =>
    sample.includes(index) ? both(offlineVerdict(lead, query.want), truthOf(lead)) : PASS,
  );
  return withDuplicates(decoded, own);
}

function slowChecks({ leads }: Batch, only?: readonly number[]): readonly Verdict[] {
  const decoded = decodeLeads(leads);
  const own = decoded.map((lead) =>
    both(both(formatVerdict(lead), disposableVerdict(lead)), checksOf(lead)),
  );
  const verdicts = withDuplicates(decoded, own);
  return only?.map((index) => verdicts[index] ?? PASS) ?? verdicts;
}

const START = 1_760_000_000_000 as Instant;
const VALIDATOR = hotkeyNumber(1);
const MADE = synthetic()(randomFrom('leads'), { leads: 10, industry: 'Tech & AI' });
const LEADS = (index: number): Lead => MADE[index] as Lead;
const NINE = MADE.slice(0, 9);

/** Good, spoilt and hostile ones, with the same people among them. */
const someBatch: fc.Arbitrary<readonly object[]> = fc.array(
  fc.oneof(
    fc.constantFrom(...MADE.slice(0, 2)),
    fc
      .tuple(fc.oneof(goodLead, fc.constantFrom(...MADE.slice(0, 2))), fc.constantFrom(...WOES))
      .map(([lead, how]) => spoil(lead, how)),
    anyLead.filter((lead) => typeof lead === 'object' && lead !== null),
  ) as fc.Arbitrary<object>,
  { maxLength: 6 },
);

const batchOf = (leads: readonly unknown[], want: Want = { leads: 10 }): Batch =>
  ({
    id: digest('test', leads.length) as string as BatchId,
    leads: packLeads(leads as readonly object[], saltsFrom(digest('salts'), leads.length)),
    count: leads.length,
    query: { want },
  }) as Batch;

interface WorldWish {
  readonly takes?: number | 'drawn';
  readonly remembered?: number;
  readonly seed?: string;
}

function worldOf({ takes = 10, seed = 'seed', remembered }: WorldWish = {}) {
  const clock = new VirtualClock(START);
  const outages = newOutages();
  const pace =
    takes === 'drawn'
      ? ({ kind: 'uniform', from: seconds(0), to: seconds(90) } as const)
      : ({ kind: 'fixed', value: takes as Duration } as const);
  const services = simulatedServices({
    clock,
    outages,
    pace: { source: pace, audit: pace, checks: pace, collusion: pace },
    looks: looksInLine(remembered),
  });
  const random: Random = randomFrom(seed);
  const asker = (time: Duration): Asker => ({
    self: addressOf('validator', VALIDATOR),
    by: later(clock.now(), time),
    random,
  });
  const settled = async <T>(work: Observable<T>): Promise<T> => {
    const answer = firstValueFrom(work);
    // Seen below, and not as an error that nobody waited for.
    answer.catch(() => undefined);
    await clock.run();
    return answer;
  };
  const source = services.source(synthetic());
  return {
    clock,
    outages,
    audit: (batch: Batch, sample: readonly number[], time: Duration = minutes(2)) =>
      settled(services.audit({ batch, sample, block: 0 as never }, asker(time))),
    verify: (batch: Batch, only?: readonly number[], time: Duration = minutes(2)) =>
      settled(
        services.verify(
          { batch, about: 'test', ...(only === undefined ? {} : { only }) },
          asker(time),
        ),
      ),
    source: (input: Services['source']['input']) => settled(source(input, asker(minutes(2)))),
  };
}
