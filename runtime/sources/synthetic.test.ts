import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Random } from '../../actors/actor.ts';
import { INDUSTRIES } from '../../protocols/lead.ts';
import type { Want } from '../../protocols/query.ts';
import { auditOffline } from '../../protocols/rules/audit.ts';
import { ONE, type Fraction } from '../../protocols/units.ts';
import { countReasons, PASS, type Verdict } from '../../protocols/verdict.ts';
import { randomFrom } from '../random.ts';
import { synthetic } from './synthetic.ts';

describe('synthetic', () => {
  it('makes up leads of nobody', () => {
    const [lead] = synthetic()(randomFrom(3), { leads: 1, industry: 'Tech & AI', region: 'DE' });
    expect(lead?.['Owner(s) Email']).toMatch(/@[a-z0-9-]+\.example\.com$/);
    expect(lead?.Website).toMatch(/^https:\/\/[a-z0-9-]+\.example\.com$/);
    expect(lead).toMatchObject({ Industry: 'Tech & AI', Region: 'DE' });
  });

  it('makes as many as wanted, all of them good, the same ones for the same stream', () => {
    fc.assert(
      fc.property(fc.nat(), want, (seed, wanted) => {
        const leads = synthetic()(randomFrom(seed), wanted);
        expect(leads).toHaveLength(wanted.leads);
        expect(auditAll(leads, wanted).every((verdict) => verdict === PASS)).toBe(true);
        expect(synthetic()(randomFrom(seed), wanted)).toEqual(leads);
      }),
      { numRuns: 200 }, // Up to 100 leads are made twice and audited each time.
    );
  });

  it('makes nobody twice, though chance should have it so', () => {
    const inner = randomFrom(9);
    const poor: Random = { next: () => (inner.next() % 2) * 2 ** 31, fork: () => poor };
    const leads = synthetic()(poor, { leads: 100, industry: 'Tech & AI' });
    expect(new Set(leads.map((lead) => lead['Owner(s) Email'])).size).toBe(100);
  });

  it('makes 10 000 that are hardly ever the same person', () => {
    const emails = new Set<string>();
    for (let batch = 0; batch < 100; batch++) {
      const leads = synthetic()(randomFrom(batch), { leads: 100, industry: 'Tech & AI' });
      for (const lead of leads) emails.add(lead['Owner(s) Email']);
    }
    expect(emails.size).toBeGreaterThan(9_995);
  });

  it('makes none bad at 0 and all of them bad at 1', () => {
    fc.assert(
      fc.property(fc.nat(), want, (seed, wanted) => {
        const careless = synthetic({ careless: ONE })(randomFrom(seed), wanted);
        expect(auditAll(careless, wanted)).not.toContain(PASS);
        const careful = synthetic({ careless: 0 as Fraction })(randomFrom(seed), wanted);
        expect(careful).toEqual(synthetic()(randomFrom(seed), wanted));
      }),
      { numRuns: 200 },
    );
  });

  it('makes about the share bad that it is told, in assorted ways', () => {
    const wanted: Want = { leads: 100, industry: 'Media & Education' };
    const verdicts = Array.from({ length: 20 }, (_, seed) =>
      auditAll(synthetic({ careless: 300_000 as Fraction })(randomFrom(seed), wanted), wanted),
    ).flat();
    const bad = verdicts.filter((verdict) => verdict !== PASS).length;
    expect(bad).toBeGreaterThan(500);
    expect(bad).toBeLessThan(700);
    expect([...countReasons(verdicts).keys()]).toEqual([
      'missing_field',
      'empty_field',
      'bad_email',
      'bad_linkedin',
      'name_mismatch',
      'duplicate_email',
      'industry_mismatch',
    ]);
  });
});

const auditAll = (leads: readonly unknown[], wanted: Want): readonly Verdict[] =>
  auditOffline(leads, wanted, [...leads.keys()]);

const want: fc.Arbitrary<Want> = fc.record(
  {
    leads: fc.integer({ min: 1, max: 100 }),
    industry: fc.constantFrom(...INDUSTRIES),
    region: fc.constantFrom('US', 'Île-de-France'),
  },
  { requiredKeys: ['leads'] },
);
