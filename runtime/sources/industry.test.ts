import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INDUSTRIES, type Industry } from '../../protocols/lead.ts';
import { industryOf } from './industry.ts';

describe('industryOf', () => {
  it.each<readonly [Industry, readonly string[]]>([
    ['Tech & AI', ['Internet Software & Services']],
    ['Tech & AI', ['Semiconductors']],
    ['Tech & AI', ['AI']],
    ['Finance & Fintech', ['Capital Markets']],
    ['Finance & Fintech', ['Diversified Financial Services', 'Financials']],
    ['Health & Wellness', ['Biotechnology']],
    // The particular text speaks of two alike; the broader one decides.
    ['Health & Wellness', ['Health Care Technology', 'Health Care Equipment & Services']],
    ['Media & Education', ['Education Services', 'Consumer Discretionary']],
    ['Media & Education', ['Publishing']],
    ['Energy & Industry', ['Renewable Electricity']],
    ['Energy & Industry', ['Aerospace & Defense']],
    ['Energy & Industry', ['Construction & Engineering', 'Industrials']],
  ])('finds %s in %j', (industry, texts) => {
    expect(industryOf(texts)).toBe(industry);
  });

  it.each(['Retail', 'Maintenance', 'Fair Trade Airlines', 'Restaurants', 'Powerful', ''])(
    'finds nothing in %j, whatever its letters hold',
    (text) => {
      expect(industryOf([text])).toBeUndefined();
    },
  );

  it('takes the five by their own names', () => {
    for (const industry of INDUSTRIES)
      expect(industryOf([` ${industry.toUpperCase()} `])).toBe(industry);
  });

  it('never goes by a part of a word', () => {
    fc.assert(
      fc.property(term, letters, letters, (word, before, after) => {
        fc.pre(before + after !== '');
        expect(industryOf([`zz${before}${word}${after}zz`])).toBeUndefined();
      }),
    );
  });

  it('does not mind case, order of words or what stands between them', () => {
    fc.assert(
      fc.property(fc.array(term, { minLength: 1, maxLength: 4 }), (words) => {
        const found = industryOf([words.join(' ')]);
        expect(industryOf([words.toReversed().join(' & ').toUpperCase()])).toBe(found);
      }),
    );
  });

  it('goes on to the next text where one says nothing', () => {
    fc.assert(
      fc.property(term, (word) => {
        expect(industryOf(['Consumer Discretionary', word])).toBe(industryOf([word]));
      }),
    );
  });

  it('takes whatever it is given', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
        expect([undefined, ...INDUSTRIES]).toContain(industryOf(texts));
      }),
    );
  });
});

const term = fc.constantFrom('ai', 'software', 'bank', 'health', 'media', 'energy', 'gas', 'data');
const letters = fc.string({ unit: fc.constantFrom('a', 'e', 'i', 'r', 't'), maxLength: 3 });
