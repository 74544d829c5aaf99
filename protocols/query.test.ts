import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyWant, hostileValue } from './arbitraries.ts';
import { INDUSTRIES } from './lead.ts';
import { isFieldError, readWant, show, showFieldError } from './query.ts';

describe('readWant', () => {
  it('takes 1 to 100 leads, of an industry and a region or of any', () => {
    expect(readWant({ num_leads: 1 })).toEqual({ leads: 1 });
    expect(readWant({ num_leads: 100, industry: 'Tech & AI', region: ' US ' })).toEqual({
      leads: 100,
      industry: 'Tech & AI',
      region: 'US',
    });
  });

  it('takes a wish for sealed reports, and says nothing where there is none', () => {
    expect(readWant({ num_leads: 1, sealed: true })).toEqual({ leads: 1, sealed: true });
    expect(readWant({ num_leads: 1, sealed: false })).toEqual({ leads: 1 });
  });

  it.each([
    [{}, 'num_leads is missing; allowed: a whole number, 1 to 100'],
    [{ num_leads: 0 }, 'num_leads is 0; allowed: a whole number, 1 to 100'],
    [{ num_leads: 101 }, 'num_leads is 101; allowed: a whole number, 1 to 100'],
    [{ num_leads: 1.5 }, 'num_leads is 1.5; allowed: a whole number, 1 to 100'],
    [{ num_leads: '10' }, 'num_leads is "10"; allowed: a whole number, 1 to 100'],
    [{ num_leads: null }, 'num_leads is null; allowed: a whole number, 1 to 100'],
    [{ num_leads: NaN }, 'num_leads is NaN; allowed: a whole number, 1 to 100'],
    [{ num_leads: 10n }, 'num_leads is 10; allowed: a whole number, 1 to 100'],
    [
      { num_leads: 1, industry: 'Tech' },
      'industry is "Tech"; allowed: one of Tech & AI, Finance & Fintech, Health & Wellness, ' +
        'Media & Education, Energy & Industry',
    ],
    [{ num_leads: 1, region: ' ' }, 'region is " "; allowed: 1 to 64 characters, not only blanks'],
    [
      { num_leads: 1, region: 'x'.repeat(65) },
      `region is "${'x'.repeat(56)}...; allowed: 1 to 64 characters, not only blanks`,
    ],
    [{ num_leads: 1, sealed: 1 }, 'sealed is 1; allowed: true or false'],
    [{ num_leads: 1, sealed: 'true' }, 'sealed is "true"; allowed: true or false'],
  ])('refuses %o and says what is allowed', (input, error) => {
    const read = readWant(input);
    expect(isFieldError(read) && showFieldError(read)).toBe(error);
  });

  it('counts characters, not their bytes or halves', () => {
    expect(readWant({ num_leads: 1, region: '🦊'.repeat(64) })).toMatchObject({ leads: 1 });
    expect(isFieldError(readWant({ num_leads: 1, region: '🦊'.repeat(65) }))).toBe(true);
  });

  it('gives back every want as it was', () => {
    fc.assert(
      fc.property(anyWant, ({ leads, ...rest }) => {
        expect(readWant({ num_leads: leads, ...rest })).toEqual({ leads, ...rest });
      }),
    );
  });

  it('takes nothing else, and never throws at it', () => {
    fc.assert(
      fc.property(anything, anything, anything, (num_leads, industry, region) => {
        const read = readWant({ num_leads, industry, region });
        if (isFieldError(read)) {
          expect(showFieldError(read).split('\n').length).toBe(1);
          return;
        }
        expect(Number.isInteger(read.leads) && read.leads >= 1 && read.leads <= 100).toBe(true);
        expect([undefined, ...INDUSTRIES]).toContain(read.industry);
        expect(read.region ?? 'any').toMatch(/^\S(.*\S)?$/su);
      }),
    );
  });
});

describe('show', () => {
  it('fits a line whatever it is', () => {
    fc.assert(
      fc.property(anything, (value) => {
        expect(show(value).length).toBeLessThanOrEqual(60);
      }),
    );
  });

  it('has a word for what JSON has none for', () => {
    const endless: Record<string, unknown> = {};
    endless['itself'] = endless;

    expect(show(endless)).toBe('object');
    expect(show({ big: 1n })).toBe('object');
    expect([show(undefined), show(() => 1), show(Symbol('x'))]).toEqual([
      'missing',
      'function',
      'symbol',
    ]);
    expect([show(Infinity), show(-0), show(true), show(7n)]).toEqual([
      'Infinity',
      '0',
      'true',
      '7',
    ]);
  });
});

const anything = fc.oneof(
  hostileValue,
  fc.anything({ withBigInt: true, withTypedArray: true }),
  fc.integer({ min: -1, max: 102 }),
  fc.constantFrom<unknown>(...INDUSTRIES, ' US ', '__proto__'),
);
