import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LEADS } from '../../protocols/query.ts';
import { AUDIT_TIME } from '../../protocols/rules/deadlines.ts';
import type { Fraction, Instant } from '../../protocols/units.ts';
import { because, PASS } from '../../protocols/verdict.ts';
import { randomFrom } from '../random.ts';
import { synthetic } from '../sources/synthetic.ts';
import { auditReport } from './audit.ts';
import { findOnline, type LeadLook } from './online.ts';

describe('findOnline', () => {
  it('looks at each fit lead of the sample once, and at all fit ones where checks are wanted', () => {
    return fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(249)), fc.boolean(), async (sample, checks) => {
        const asked: string[] = [];
        const told: string[] = [];
        await findOnline(LEADS, lookThat(asked), { ...TASK, sample, checks, tell: telling(told) });
        const fit = sample.filter((index) => !UNFIT.has(index));
        const expected = fit.map((index) => `audit ${index}`);
        if (checks) {
          expected.push(...LEADS.keys().flatMap((at) => (UNFIT.has(at) ? [] : [`check ${at}`])));
        }
        expect(asked.map((line) => line.split(' by ')[0])).toEqual(expected);
        expect(told).toEqual(expected.map((_, at) => `${at + 1}/${expected.length}`));
      }),
      { numRuns: 50 }, // Each run looks at hundreds of leads.
    );
  });

  it('gives each hundred two minutes of its own', async () => {
    const asked: string[] = [];
    await findOnline(LEADS, lookThat(asked), { ...TASK, checks: true });
    const dues = asked.map((line) => Number(line.split(' by ')[1]));
    expect(dues.filter((by) => by === NOW + AUDIT_TIME)).toHaveLength(MAX_LEADS);
    expect(Math.max(...dues)).toBe(NOW + 3 * AUDIT_TIME);
  });

  it('adds what it found to what can be told without the network', async () => {
    const look: LeadLook = {
      audit: () => Promise.resolve(because('website_unreachable')),
      check: () => Promise.resolve(because('provider_unavailable')),
    };
    const leads = LEADS.slice(10, 20);
    const found = await findOnline(leads, look, { ...TASK, sample: [0, 1, 2], checks: true });
    const task = { want: { leads: 1 }, share: 1_000_000 as Fraction, seed: 1, checks: true };
    const { results, checks } = auditReport(leads, task, found);
    expect(results[0]?.reasons).toEqual(['website_unreachable']);
    expect(results[5]?.verdict).toBe('pass');
    expect(checks).toEqual({ passed: 0, failed: 0, unknown: 10, ok: null });
  });
});

const NOW = 1_790_000_000_000 as Instant;
const TASK = { sample: [], checks: false, now: () => NOW, tell: () => undefined };
const UNFIT = new Set([3, 4, 249]);
const LEADS: readonly unknown[] = [0, 1, 2]
  .flatMap((batch) => synthetic()(randomFrom(`leads ${batch}`), { leads: 100 }))
  .slice(0, 250)
  .map((lead, index) => (UNFIT.has(index) ? { ...lead, Region: '' } : lead));

const telling =
  (told: string[]) =>
  (done: number, of: number): void =>
    void told.push(`${done}/${of}`);

function lookThat(asked: string[]): LeadLook {
  const note =
    (what: string) =>
    (lead: unknown, by: Instant): Promise<typeof PASS> => {
      asked.push(`${what} ${LEADS.indexOf(lead)} by ${by}`);
      return Promise.resolve(PASS);
    };
  return { audit: note('audit'), check: note('check') };
}
