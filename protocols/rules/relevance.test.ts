import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyIndustry, anyLead, anyRegion, anyWant, goodLead } from '../arbitraries.ts';
import { because, PASS, reasonsOf } from '../verdict.ts';
import { regionKey, relevanceVerdict } from './relevance.ts';

describe('relevanceVerdict', () => {
  it('compares industry to the letter, and region ignoring case and blanks', () => {
    const lead = { Industry: 'Tech & AI', Region: ' us ' };
    expect(relevanceVerdict(lead, { leads: 1, industry: 'Tech & AI', region: 'US' })).toBe(PASS);
    expect(
      reasonsOf(relevanceVerdict(lead, { leads: 1, industry: 'Finance & Fintech', region: 'DE' })),
    ).toEqual(['industry_mismatch', 'region_mismatch']);
    expect(relevanceVerdict({ Industry: 'tech & ai' }, { leads: 1, industry: 'Tech & AI' })).toBe(
      because('industry_mismatch'),
    );
  });

  it('finds nothing where nothing was asked for, whatever it is shown', () => {
    fc.assert(
      fc.property(anyLead, (lead) => {
        expect(relevanceVerdict(lead, { leads: 1 })).toBe(PASS);
      }),
    );
  });

  it('finds each mismatch by itself', () => {
    fc.assert(
      fc.property(goodLead, anyIndustry, anyRegion, (lead, industry, region) => {
        expect(relevanceVerdict(lead, { leads: 1, industry }) === PASS).toBe(
          lead.Industry === industry,
        );
        expect(relevanceVerdict(lead, { leads: 1, region }) === PASS).toBe(
          regionKey(lead.Region) === regionKey(region),
        );
      }),
    );
  });

  it('never lets a lead without text pass for what was asked', () => {
    fc.assert(
      fc.property(
        anyWant,
        fc.constantFrom(null, [], {}, { Region: 7, Industry: {} }),
        (want, lead) => {
          const asked = want.industry !== undefined || want.region !== undefined;
          expect(relevanceVerdict(lead, want) === PASS).toBe(!asked);
        },
      ),
    );
  });
});

describe('regionKey', () => {
  it('takes ß for SS', () => {
    expect(new Set(['straße', 'STRASSE', 'STRAẞE', 'Strasse'].map(regionKey)).size).toBe(1);
  });

  it('is the same for any case and any blanks around', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (region) => {
        const key = regionKey(region);
        expect(regionKey(`\t ${region}\n`)).toBe(key);
        expect(regionKey(region.toUpperCase())).toBe(key);
        expect(regionKey(region.toLowerCase())).toBe(key);
        expect(regionKey(key)).toBe(key);
      }),
    );
  });
});
