import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emailKey, type Lead } from '../../protocols/lead.ts';
import { auditOffline } from '../../protocols/rules/audit.ts';
import { PASS } from '../../protocols/verdict.ts';
import { randomFrom } from '../../runtime/random.ts';
import { nearDuplicating } from './near-duplicate-miner.ts';
import { recycling } from './recycling-miner.ts';
import { MOST_SHELVED } from './shelf.ts';
import { anyWant, counted } from './testing/finding.ts';

describe('a recycler', () => {
  it('finds leads once, and from then on sends these, word for word', () => {
    const { find, asked } = counted();
    const source = recycling(find);
    const first = source(randomFrom('a'), { leads: 20 });
    const again = source(randomFrom('b'), { leads: 100 });
    expect(asked()).toBe(1);
    expect(again.toSorted(byEmail)).toEqual(first.toSorted(byEmail));
  });

  it('keeps no shelf without end, nor a person twice, nor a broken lead', () => {
    const lead = counted().find(randomFrom('c'), { leads: 1 })[0] as Lead;
    const { ['Website']: _missing, ...broken } = lead;
    const source = recycling(() => [
      { ...lead, 'Owner(s) Email': lead['Owner(s) Email'].toUpperCase() },
      lead,
      { ...broken, 'Owner(s) Email': 'broken@b.com' } as Lead,
    ]);
    source(randomFrom('d'), { leads: 3 });
    expect(source(randomFrom('e'), { leads: 3 })).toHaveLength(1);

    const many = Array.from({ length: MOST_SHELVED + 5 }, (_, index) => ({
      ...lead,
      'Owner(s) Email': `a${index}@b.com`,
    }));
    const full = recycling(() => many);
    full(randomFrom('f'), { leads: 100 });
    expect(full(randomFrom('g'), { leads: 2_000 })).toHaveLength(MOST_SHELVED);
  });

  it('sends what every audit passes, whatever is wanted and in whatever order', () => {
    fc.assert(
      fc.property(fc.array(anyWant, { maxLength: 8 }), fc.string(), (wants, seed) => {
        const { find } = counted();
        const sources = [recycling(find), nearDuplicating(find)];
        for (const [index, want] of wants.entries()) {
          for (const source of sources) {
            const leads = source(randomFrom(`${seed} ${index}`), want);
            expect(leads.length).toBeGreaterThan(0);
            expect(leads.length).toBeLessThanOrEqual(want.leads);
            const verdicts = auditOffline(leads, want, [...leads.keys()]);
            expect(verdicts.every((verdict) => verdict === PASS)).toBe(true);
          }
        }
      }),
      { numRuns: 100 }, // Up to sixteen whole batches each.
    );
  });
});

describe('a near-duplicate miner', () => {
  it('sends the same people, each under an address that was not there before', () => {
    const { find, asked } = counted();
    const source = nearDuplicating(find);
    const first = source(randomFrom('a'), { leads: 50 });
    const again = source(randomFrom('b'), { leads: 50 });
    expect(asked()).toBe(1);
    const people = (leads: readonly Lead[]) => leads.map(({ LinkedIn }) => LinkedIn).toSorted();
    expect(people(again)).toEqual(people(first));
    const addresses = [...first, ...again].map((lead) => emailKey(lead['Owner(s) Email']));
    expect(new Set(addresses).size).toBe(100);
  });
});

const byEmail = (a: Lead, b: Lead): number => (a['Owner(s) Email'] < b['Owner(s) Email'] ? -1 : 1);
