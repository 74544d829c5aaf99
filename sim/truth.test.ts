import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyLead, anyWant, goodLead } from '../protocols/arbitraries.ts';
import { MAX_EMAIL_LENGTH, type Lead } from '../protocols/lead.ts';
import { offlineVerdict } from '../protocols/rules/audit.ts';
import { PASS, reasonsOf } from '../protocols/verdict.ts';
import { randomFrom } from '../runtime/random.ts';
import { synthetic } from '../runtime/sources/synthetic.ts';
import { checksOf, spoil, truthOf, WOES } from './truth.ts';

describe('the truth of a lead', () => {
  it.each([
    ['gone', ['domain_unresolved', 'website_unreachable'], []],
    ['down', ['website_unreachable'], []],
    ['nobody', [], ['email_undeliverable']],
  ] as const)('that is %s is found by the network alone', (how, found, byChecks) => {
    const lead = spoil(LEAD, how);
    expect(reasonsOf(offlineVerdict(lead, { leads: 1 }))).toEqual([]);
    expect(reasonsOf(truthOf(lead))).toEqual(found);
    expect(reasonsOf(checksOf(lead))).toEqual([...found, ...byChecks]);
  });

  it('is good of everything that nobody spoilt', () => {
    fc.assert(
      fc.property(fc.string(), anyWant, (seed, want) => {
        for (const lead of synthetic()(randomFrom(seed), want)) expect(checksOf(lead)).toBe(PASS);
      }),
      { numRuns: 100 }, // Up to 100 leads each.
    );
    fc.assert(
      fc.property(anyLead, (lead) => {
        expect(checksOf(lead)).toBe(PASS);
      }),
    );
  });

  it('is bad of every lead that was, and the rules alone find nothing more than before', () => {
    fc.assert(
      fc.property(goodLead, woe, anyWant, (lead, how, want) => {
        fc.pre(lead['Owner(s) Email'].length <= MAX_EMAIL_LENGTH - 'nobody.'.length);
        const spoilt = spoil(lead, how);
        expect(checksOf(spoilt)).not.toBe(PASS);
        expect(truthOf(spoilt) === PASS).toBe(how === 'nobody');
        expect(offlineVerdict(spoilt, want)).toBe(offlineVerdict(lead, want));
      }),
    );
  });

  it('is the same in other letters, and the checks find all that an audit does', () => {
    fc.assert(
      fc.property(goodLead, fc.array(woe), (lead, woes) => {
        const spoilt = woes.reduce(spoil, lead);
        const shouted: Lead = {
          ...spoilt,
          'Owner(s) Email': ` ${spoilt['Owner(s) Email'].toUpperCase()} `,
          Website: spoilt.Website.replace(/[^/]*$/, (host) => host.toUpperCase()),
        };
        expect(checksOf(shouted)).toBe(checksOf(spoilt));
        expect(checksOf(spoilt) & truthOf(spoilt)).toBe(truthOf(spoilt));
        expect(checksOf(spoilt) === PASS).toBe(woes.length === 0);
      }),
    );
  });

  it('is not read out of what only looks like it', () => {
    const similar = {
      ...LEAD,
      'Owner(s) Email': 'nobody@gone-down.com',
      Website: 'https://a.gone.com',
    };
    expect(checksOf(similar)).toBe(PASS);
  });

  it('has no opinion on text that no lead may have', () => {
    const long = 'x'.repeat(2_000);
    expect(checksOf({ ...LEAD, 'Owner(s) Email': `nobody.${long}@gone.com` })).toBe(PASS);
    expect(checksOf({ ...LEAD, Website: `https://gone.com/${long}` })).toBe(PASS);
    expect(truthOf({ ...LEAD, 'Owner(s) Email': 'gone.acme.com' })).toBe(PASS);
  });

  it('survives a domain in the letters of its country', () => {
    const lead = { ...LEAD, Website: 'https://müller.de/über-uns' };
    expect(reasonsOf(truthOf(spoil(lead, 'down')))).toEqual(['website_unreachable']);
  });
});

const LEAD: Lead = {
  Business: 'Acme',
  'Owner Full name': 'Anna Okafor',
  First: 'Anna',
  Last: 'Okafor',
  'Owner(s) Email': 'anna@acme.com',
  LinkedIn: 'https://www.linkedin.com/in/anna-okafor',
  Website: 'https://acme.com',
  Industry: 'Tech & AI',
  Region: 'US',
};

const woe = fc.constantFrom(...WOES);
