import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditOffline } from '../../protocols/rules/audit.ts';
import type { Fraction } from '../../protocols/units.ts';
import { PASS } from '../../protocols/verdict.ts';
import { randomFrom } from '../../runtime/random.ts';
import { synthetic } from '../../runtime/sources/synthetic.ts';
import { checksOf } from '../truth.ts';
import { selective } from './selective-miner.ts';
import { anyWant } from './testing/finding.ts';
import { usefulOf } from './usefulness.ts';

describe('a selective miner', () => {
  it('sends what passes every check and is of no use to anybody', () => {
    const slipping = synthetic({ careless: 200_000 as Fraction });
    fc.assert(
      fc.property(anyWant, fc.string(), (want, seed) => {
        const leads = selective(slipping)(randomFrom(seed), want);
        expect([0, want.leads]).toContain(leads.length);
        const verdicts = auditOffline(leads, want, [...leads.keys()]);
        expect([...verdicts, ...leads.map(checksOf)].every((one) => one === PASS)).toBe(true);
        expect(new Set(leads.map(({ Business }) => Business)).size).toBeLessThanOrEqual(3);
        expect(usefulOf(leads)).toEqual([]);
      }),
      { numRuns: 300 }, // A whole batch each, audited in full.
    );
  });
});

describe('useful leads', () => {
  it('are those of one person a business who can be reached', () => {
    const leads = synthetic()(randomFrom('u'), { leads: 30 });
    expect(usefulOf(leads)).toEqual(leads);
    const [first] = leads;
    const mailTo = (email: string) => (first ? [{ ...first, 'Owner(s) Email': email }] : []);
    expect(usefulOf([...leads, ...mailTo('someone.else@example.com')])).toEqual(leads);
    expect(usefulOf(mailTo('nobody.anna@a.example.com'))).toEqual([]);
    expect(usefulOf(mailTo('Sales-DE@a.example.com'))).toEqual([]);
    expect(usefulOf(mailTo('salesman@a.example.com'))).toHaveLength(1);
  });
});
