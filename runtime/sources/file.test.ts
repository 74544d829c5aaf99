import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLeads, packLeads, saltsFrom } from '../../protocols/batch.ts';
import { digest } from '../../protocols/hash.ts';
import type { Want } from '../../protocols/query.ts';
import { auditOffline } from '../../protocols/rules/audit.ts';
import { outcomeOf } from '../../protocols/verdict.ts';
import { randomFrom } from '../random.ts';
import { fileSource, type Care } from './file.ts';
import { synthetic } from './synthetic.ts';

describe('fileSource', () => {
  it('shows a bad third of a file as four bad leads of ten', () => {
    const rows = [...good(20), ...good(20).slice(0, 5), ...Array.from({ length: 5 }, () => ({}))];
    expect(badOf(pick(rows, 'careless', { leads: 10 }))).toBe(4);
    expect(badOf(pick(rows, 'careful', { leads: 10 }))).toBe(0);
  });

  it('never sends one bad lead where it is careful, and all the good ones where asked', () => {
    fc.assert(
      fc.property(file, want, fc.nat(), (rows, wanted, seed) => {
        const leads = pick(rows, 'careful', wanted, seed);
        expect(badOf(leads, wanted)).toBe(0);
        expect(leads).toHaveLength(Math.min(wanted.leads, rows.length - badOf(rows, wanted)));
      }),
    );
  });

  it('sends a fair share of bad leads where it is careless, rounded up', () => {
    fc.assert(
      fc.property(file, want, fc.nat(), (rows, wanted, seed) => {
        const leads = pick(rows, 'careless', wanted, seed);
        const size = Math.min(wanted.leads, rows.length);
        const share = (size * badOf(rows, wanted)) / Math.max(1, rows.length);
        // A single lead cannot be a duplicate: a row that repeats needs its original beside it.
        const isCramped = rows.length > 0 && repeatsOf(rows, wanted) > 0;
        if (isCramped) expect(badOf(leads, wanted)).toBeLessThanOrEqual(Math.ceil(share));
        else expect(badOf(leads, wanted)).toBe(Math.ceil(share));
      }),
    );
  });

  it('has room for the duplicates of a file that has each lead at most twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(60), fc.nat(), (count, twice, seed) => {
        const once = good(count);
        const rows = [...once, ...once.slice(0, twice)];
        const leads = pick(rows, 'careless', { leads: 10 }, seed);
        const size = Math.min(10, rows.length);
        const share = (size * (rows.length - count)) / rows.length;
        expect(badOf(leads)).toBe(
          Math.ceil(share) > size / 2 ? Math.floor(size / 2) : Math.ceil(share),
        );
      }),
    );
  });

  it('sends no row twice, none that the file has not, and the same for the same stream', () => {
    fc.assert(
      fc.property(file, want, care, fc.nat(), (rows, wanted, how, seed) => {
        const leads = pick(rows, how, wanted, seed);
        expect(leads.length).toBeLessThanOrEqual(wanted.leads);
        expect(pick(rows, how, wanted, seed)).toEqual(leads);
        const left = rows.map((row) => JSON.stringify(row));
        for (const lead of leads) {
          const at = left.indexOf(JSON.stringify(lead));
          expect(at).toBeGreaterThanOrEqual(0);
          left.splice(at, 1);
        }
      }),
    );
  });

  it('sends what a batch can carry, whatever is in the file', () => {
    const large = good(100).map((lead) => ({ ...lead, Notes: 'x'.repeat(8_000) }));
    const tooLarge = { ...good(1)[0], Notes: 'x'.repeat(20_000) };
    const leads = pick([tooLarge, ...large], 'careless', { leads: 100 });
    const packed = packLeads(leads as object[], saltsFrom(digest('test'), leads.length));
    expect(decodeLeads(packed)).toEqual(leads);
    expect(leads.length).toBeGreaterThan(30);
  });

  it('sorts anew where something else is wanted', () => {
    const rows = good(40);
    const source = fileSource(rows, 'careful');
    for (const industry of ['Tech & AI', 'Energy & Industry', 'Tech & AI'] as const) {
      const leads = source(randomFrom(1), { leads: 100, industry });
      expect(leads).toHaveLength(rows.filter((row) => row.Industry === industry).length);
      expect(leads.every((lead) => lead.Industry === industry)).toBe(true);
    }
    const regions = new Set(rows.map((row) => row.Region));
    for (const region of regions) {
      const leads = source(randomFrom(1), { leads: 100, region });
      expect(leads.every((lead) => lead.Region === region)).toBe(true);
    }
  });
});

const pick = (rows: readonly unknown[], how: Care, wanted: Want, seed = 7): readonly unknown[] =>
  fileSource(rows, how)(randomFrom(seed), wanted);

const good = (count: number) => synthetic()(randomFrom('file'), { leads: count });

const verdictsOf = (rows: readonly unknown[], wanted: Want) =>
  auditOffline(rows, wanted, [...rows.keys()]);

const badOf = (rows: readonly unknown[], wanted: Want = { leads: 1 }): number =>
  verdictsOf(rows, wanted).filter((verdict) => outcomeOf(verdict) === 'fail').length;

/** How many rows are bad for no other reason than an earlier one. */
function repeatsOf(rows: readonly unknown[], wanted: Want): number {
  const alone = rows.filter((row) => badOf([row], wanted) === 0).length;
  return badOf(rows, wanted) - (rows.length - alone);
}

const care = fc.constantFrom<Care>('careful', 'careless');
const want: fc.Arbitrary<Want> = fc.oneof(
  fc.record({ leads: fc.integer({ min: 1, max: 12 }) }),
  fc.record({
    leads: fc.integer({ min: 1, max: 12 }),
    industry: fc.constant('Tech & AI' as const),
  }),
);
/** Good rows, rows that are bad in themselves, and rows that repeat others. */
const file = fc
  .array(
    fc.oneof(
      fc.nat(7),
      fc.constantFrom<unknown>(5, null, {}, [], { Business: 'x' }, { __proto__: null }),
    ),
    { maxLength: 24 },
  )
  .map((rows) => rows.map((row) => (typeof row === 'number' && row !== 5 ? good(8)[row] : row)));
