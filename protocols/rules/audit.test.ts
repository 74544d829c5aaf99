import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyDigest,
  anyLead,
  anyScore,
  anyWant,
  goodLead,
  goodLeads,
  reordered,
} from '../arbitraries.ts';
import { emailKey } from '../lead.ts';
import type { Want } from '../query.ts';
import { percent, WHOLE } from '../units.ts';
import { because, outcomeOf, PASS, reasonsOf, type Verdict } from '../verdict.ts';
import {
  auditOffline,
  auditScore,
  deadlineVerdict,
  isApproved,
  offlineVerdict,
  type AuditScore,
} from './audit.ts';
import { fieldOf } from './format.ts';
import { sampleOf, sampleSize } from './sampling.ts';

describe('auditScore', () => {
  it('is the share of valid leads in the sample', () => {
    expect(auditScore([PASS, BAD, PASS, PASS, BAD], [0, 1, 2, 3])).toEqual({
      sampled: 4,
      valid: 3,
      unknown: 0,
      score: percent(75),
    });
  });

  it('leaves out the leads of which nobody could tell', () => {
    expect(score([PASS, PASS, UNKNOWN, BAD])).toBe(666_666);
    expect(score([PASS, UNKNOWN])).toBe(WHOLE);
  });

  it('abstains where those are more than half', () => {
    expect(auditScore([PASS, UNKNOWN, UNKNOWN], [0, 1, 2])).toEqual({
      sampled: 3,
      valid: 1,
      unknown: 2,
    });
    expect(score([UNKNOWN])).toBeUndefined();
    expect(auditScore([PASS], [])).toEqual({ sampled: 0, valid: 0, unknown: 0 });
  });

  it('gives an empty batch nothing, which is not to abstain', () => {
    expect(auditScore([], [])).toEqual({ sampled: 0, valid: 0, unknown: 0, score: 0 });
  });

  it('takes a lead without a verdict for one that was not done in time', () => {
    expect(auditScore([PASS], [0, 1])).toMatchObject({ valid: 1, unknown: 0, score: percent(50) });
    expect(reasonsOf(deadlineVerdict)).toEqual(['deadline']);
    expect(outcomeOf(deadlineVerdict)).toBe('fail');
  });

  it('lies between 0 and 1, and agrees with counting', () => {
    fc.assert(
      fc.property(sampledVerdicts, ([verdicts, sample]) => {
        const found = auditScore(verdicts, sample);
        const seen = sample.map((index) => verdicts[index] ?? PASS);
        expect(found.sampled).toBe(sample.length);
        expect(found.valid).toBe(seen.filter((verdict) => verdict === PASS).length);
        expect(found.unknown).toBe(seen.filter((verdict) => verdict === UNKNOWN).length);
        const known = found.sampled - found.unknown;
        const abstains = found.unknown > known || known === 0;
        expect(found.score).toBe(abstains ? undefined : Math.floor((found.valid * 1e6) / known));
        expect(inBounds(found)).toBe(true);
      }),
    );
  });

  it('never rises where one lead turns bad', () => {
    fc.assert(
      fc.property(sampledVerdicts, fc.nat(), ([verdicts, sample], at) => {
        const valid = verdicts.flatMap((verdict, index) => (verdict === PASS ? [index] : []));
        fc.pre(valid.length > 0);
        const worse = verdicts.with(valid[at % valid.length] ?? 0, BAD);
        expect(isNoBetter(auditScore(worse, sample), auditScore(verdicts, sample))).toBe(true);
      }),
    );
  });

  it('does not depend on the order of the sample', () => {
    fc.assert(
      fc.property(fc.array(anyVerdict), (verdicts) => {
        const all = verdicts.map((_, index) => index);
        expect(auditScore(verdicts, all.toReversed())).toEqual(auditScore(verdicts, all));
      }),
    );
  });
});

describe('auditOffline', () => {
  it('finds what can be found without the world, and duplicates outside the sample too', () => {
    const lead = { ...ANN, Region: 'DE' };
    const leads = [
      lead,
      { ...lead, Website: 'x' },
      7,
      { ...lead, 'Owner(s) Email': 'a@mailinator.com' },
    ];
    const verdicts = auditOffline(leads, { leads: 4, region: 'US' }, [0, 2, 3]);
    expect(verdicts.map(reasonsOf)).toEqual([
      ['duplicate_email', 'region_mismatch'],
      [],
      ['not_an_object', 'region_mismatch'],
      ['disposable_domain', 'region_mismatch'],
    ]);
    expect(auditOffline(leads, { leads: 4 }, []).map(reasonsOf)).toEqual([
      [],
      ['duplicate_email'],
      [],
      [],
    ]);
  });

  it('passes good leads that were asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }).chain(goodLeads), (leads) => {
        const verdicts = auditOffline(leads, { leads: leads.length }, everyone(leads));
        expect(verdicts.every((verdict) => verdict === PASS)).toBe(true);
      }),
    );
  });

  it('says of each sampled lead what it says of it alone, but for duplicates', () => {
    fc.assert(
      fc.property(fc.array(fewPeople), anyWant, anyDigest, (leads, want, seed) => {
        const sample = sampleOf(seed, leads.length, sampleSize(leads.length));
        const verdicts = auditOffline(leads, want, sample);
        for (const [index, verdict] of verdicts.entries()) {
          const own = sample.includes(index) ? offlineVerdict(leads[index], want) : PASS;
          expect(verdict & ~because('duplicate_email')).toBe(own);
        }
      }),
    );
  });

  it('scores a full audit the same, and finds as many duplicates, in any order', () => {
    fc.assert(
      fc.property(reordered(fc.array(fewPeople)), anyWant, ([leads, shuffled], want) => {
        expect(full(shuffled, want)).toEqual(full(leads, want));
        expect(duplicates(shuffled, want)).toBe(duplicates(leads, want));
      }),
    );
  });

  it('never raises a full audit where a lead is replaced by a bad one', () => {
    fc.assert(
      fc.property(fc.array(fewPeople, { minLength: 1 }), anyWant, fc.nat(), (leads, want, at) => {
        const verdicts = auditOffline(leads, want, everyone(leads));
        const index = at % leads.length;
        fc.pre(verdicts[index] === PASS);
        const worse = leads.with(index, {
          'Owner(s) Email': fieldOf(leads[index], 'Owner(s) Email'),
        });
        expect(isNoBetter(full(worse, want), full(leads, want))).toBe(true);
        expect(isNoBetter(full(leads.with(index, null), want), full(leads, want))).toBe(true);
      }),
    );
  });

  it('counts each person once at most', () => {
    fc.assert(
      fc.property(fc.array(fewPeople), anyWant, (leads, want) => {
        const verdicts = auditOffline(leads, want, everyone(leads));
        const people = leads
          .filter((_, index) => verdicts[index] === PASS)
          .map((lead) => emailKey(fieldOf(lead, 'Owner(s) Email') ?? ''));
        expect(new Set(people).size).toBe(people.length);
      }),
    );
  });
});

describe('isApproved', () => {
  it('begins with 0.90', () => {
    fc.assert(
      fc.property(anyScore, (one) => {
        expect(isApproved(one)).toBe(one >= 900_000);
      }),
    );
  });
});

const BAD = because('bad_email');
const UNKNOWN = because('checker_offline');
const anyVerdict = fc.constantFrom(PASS, PASS, BAD, UNKNOWN);

const everyone = (list: readonly unknown[]): number[] => list.map((_, index) => index);
const score = (verdicts: readonly Verdict[]): AuditScore['score'] =>
  auditScore(verdicts, everyone(verdicts)).score;
const full = (leads: readonly unknown[], want: Want): AuditScore =>
  auditScore(auditOffline(leads, want, everyone(leads)), everyone(leads));
const duplicates = (leads: readonly unknown[], want: Want): number =>
  auditOffline(leads, want, everyone(leads)).filter(
    (verdict) => (verdict & because('duplicate_email')) !== 0,
  ).length;

const isNoBetter = (worse: AuditScore, before: AuditScore): boolean =>
  worse.score === undefined ? before.score === undefined : worse.score <= (before.score ?? -1);
const inBounds = ({ score: found = percent(0) }: AuditScore): boolean =>
  Number.isInteger(found) && found >= 0 && found <= WHOLE;

/** Verdicts of a batch, and some of its indices. */
const sampledVerdicts: fc.Arbitrary<[Verdict[], number[]]> = fc
  .array(anyVerdict, { minLength: 1, maxLength: 40 })
  .chain((verdicts) => fc.tuple(fc.constant(verdicts), fc.subarray(everyone(verdicts))));

/** Leads of so few people that most batches have some of them twice, good and bad. */
const fewPeople: fc.Arbitrary<unknown> = fc.oneof(
  fc
    .tuple(
      goodLead,
      fc.constantFrom('ann@acme.com', 'Ann@acme.com', ' ann@acme.com', 'bob@acme.com'),
    )
    .map(([lead, email]): unknown => ({ ...lead, 'Owner(s) Email': email })),
  anyLead,
);

const ANN = {
  Business: 'Acme',
  'Owner Full name': 'Ann Lee',
  First: 'Ann',
  Last: 'Lee',
  'Owner(s) Email': 'ann@acme.com',
  LinkedIn: 'https://www.linkedin.com/in/ann',
  Website: 'https://acme.com',
  Industry: 'Tech & AI',
  Region: 'US',
};
