import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditOffline } from '../../protocols/rules/audit.ts';
import { both, countReasons, PASS } from '../../protocols/verdict.ts';
import { randomFrom } from '../../runtime/random.ts';
import { synthetic } from '../../runtime/sources/synthetic.ts';
import type { Fraction } from '../../protocols/units.ts';
import { checksOf } from '../truth.ts';
import { garbage } from './garbage-miner.ts';
import { anyWant } from './testing/finding.ts';

describe('garbage', () => {
  it('looks right for the most part, and is bad in every way that the network shows', () => {
    const leads = Array.from({ length: 20 }, (_, index) =>
      garbage(synthetic())(randomFrom(index), { leads: 100 }),
    ).flat();
    const offline = auditOffline(leads, { leads: 100 }, [...leads.keys()]);
    const found = leads.map((lead, index) => both(offline[index] ?? PASS, checksOf(lead)));
    const share = (verdicts: readonly number[]) =>
      Math.round((10 * verdicts.filter((verdict) => verdict === PASS).length) / leads.length);
    expect(share(offline)).toBe(9);
    expect(share(found)).toBe(2);
    expect([...countReasons(found).keys()].toSorted()).toEqual([
      'bad_email',
      'domain_unresolved',
      'email_undeliverable',
      'website_unreachable',
    ]);
  });

  it('makes of every source as many leads as it found, however broken those are', () => {
    const careless = synthetic({ careless: 500_000 as Fraction });
    fc.assert(
      fc.property(anyWant, fc.string(), (want, seed) => {
        const leads = garbage(careless)(randomFrom(seed), want);
        expect(leads).toHaveLength(want.leads);
      }),
    );
  });
});
