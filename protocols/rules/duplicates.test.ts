import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyLead, goodLead, reordered } from '../arbitraries.ts';
import { emailKey } from '../lead.ts';
import { because, both, outcomeOf, PASS, type Verdict } from '../verdict.ts';
import { duplicateVerdicts, withDuplicates } from './duplicates.ts';
import { fieldOf } from './format.ts';

describe('duplicateVerdicts', () => {
  it('finds every occurrence after the first, whatever its case and blanks', () => {
    const leads = ['Ann@acme.com', 'bob@acme.com', ' ann@ACME.com ', 'ann@acme.com'].map(mailing);
    expect(duplicateVerdicts(leads)).toEqual([PASS, PASS, DUPLICATE, DUPLICATE]);
  });

  it('keeps the first good one where the first of all is bad', () => {
    const leads = ['a@acme.com', 'a@acme.com', 'a@acme.com'].map(mailing);
    const own = [because('bad_website'), because('checker_offline'), PASS];
    expect(duplicateVerdicts(leads, own)).toEqual([DUPLICATE, DUPLICATE, PASS]);
    expect(duplicateVerdicts(leads, own.slice(0, 2))).toEqual([DUPLICATE, DUPLICATE, PASS]);
    expect(duplicateVerdicts(leads, [PASS, PASS, because('bad_website')])).toEqual([
      PASS,
      DUPLICATE,
      DUPLICATE,
    ]);
  });

  it('leaves what else was found of a lead beside it', () => {
    const leads = ['a@acme.com', 'a@acme.com'].map(mailing);
    const bad = because('bad_website');
    expect(withDuplicates(leads, [bad, bad])).toEqual([bad, both(bad, DUPLICATE)]);
    expect(withDuplicates(leads, [])).toEqual([PASS, DUPLICATE]);
  });

  it('agrees with comparing each lead with all before it', () => {
    fc.assert(
      fc.property(fc.array(anyLead), (leads) => {
        const keys = leads.map(keyOf);
        expect(duplicateVerdicts(leads)).toEqual(
          keys.map((key, index) =>
            key !== undefined && keys.indexOf(key) < index ? DUPLICATE : PASS,
          ),
        );
      }),
    );
  });

  it('leaves each person once, and whoever has no e-mail alone', () => {
    fc.assert(
      fc.property(fc.array(judged), (pairs) => {
        const leads = pairs.map(([lead]) => lead);
        const keys = leads.map(keyOf);
        const found = duplicateVerdicts(
          leads,
          pairs.map(([, verdict]) => verdict),
        );
        const staying = keys.filter((key, index) => key !== undefined && found[index] === PASS);
        expect(new Set(staying)).toEqual(new Set(keys.filter(isText)));
        expect(new Set(staying).size).toBe(staying.length);
        expect(keys.every((key, index) => key !== undefined || found[index] === PASS)).toBe(true);
      }),
    );
  });

  it('finds as many of each outcome in any order', () => {
    fc.assert(
      fc.property(reordered(fc.array(judged)), ([pairs, shuffled]) => {
        expect(outcomes(shuffled)).toEqual(outcomes(pairs));
      }),
    );
  });
});

const DUPLICATE = because('duplicate_email');
const mailing = (email: string): unknown => ({ 'Owner(s) Email': email });
const isText = (key: string | undefined): key is string => key !== undefined;
function keyOf(lead: unknown): string | undefined {
  const email = fieldOf(lead, 'Owner(s) Email');
  return email === undefined ? undefined : emailKey(email);
}

const anyVerdict = fc.constantFrom(
  PASS,
  because('bad_website'),
  because('checker_offline'),
  both(because('bad_website'), because('provider_unavailable')),
);
const fewPeople = fc.oneof(
  goodLead.map((lead): unknown => ({ ...lead, 'Owner(s) Email': 'ann@acme.com' })),
  anyLead,
);
const judged: fc.Arbitrary<[unknown, Verdict]> = fc.tuple(fewPeople, anyVerdict);

const outcomes = (pairs: readonly (readonly [unknown, Verdict])[]): readonly string[] =>
  withDuplicates(
    pairs.map(([lead]) => lead),
    pairs.map(([, verdict]) => verdict),
  )
    .map(outcomeOf)
    .toSorted();
