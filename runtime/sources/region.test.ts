import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countryOf, inWords, regionOf } from './region.ts';

describe('regionOf', () => {
  it('is the two letters of the country', () => {
    expect(regionOf(['DE', 'Germany', 'Bavaria', 'Munich'])).toBe('DE');
    expect(regionOf(['Germany'])).toBe('DE');
    expect(regionOf(['uk'])).toBe('GB');
    expect(regionOf(['Atlantis'])).toBeUndefined();
    expect(regionOf([])).toBeUndefined();
  });

  it("is in the buyer's words where the company is there", () => {
    const munich = ['DE', 'Germany', 'Bavaria', 'Munich'];
    expect(regionOf(munich, 'Germany')).toBe('Germany');
    expect(regionOf(munich, ' de ')).toBe('de');
    expect(regionOf(munich, 'bavaria')).toBe('bavaria');
    expect(regionOf(munich, 'US')).toBe('DE');
    expect(regionOf(munich, 'Texas')).toBe('DE');
    expect(regionOf([], 'DE')).toBeUndefined();
  });

  it('never puts a company where nothing says that it is', () => {
    fc.assert(
      fc.property(fc.array(place), place, (places, wanted) => {
        const region = regionOf(places, wanted);
        if (region === undefined) return;
        const codes = places.map(countryOf);
        const isSaid = places.some((one) => one.toUpperCase() === region.toUpperCase());
        expect(isSaid || codes.includes(countryOf(region))).toBe(true);
      }),
    );
  });
});

describe('a country', () => {
  it.each([
    ['US', 'US'],
    ['United States', 'US'],
    ['usa', 'US'],
    ['Türkiye', 'TR'],
    ['Turkey', 'TR'],
    ['Czechia', 'CZ'],
    ['United Kingdom', 'GB'],
    ['EU', undefined],
    ['ZZ', undefined],
    ['QQ', undefined],
    ['__proto__', undefined],
  ])('%s is %s', (text, code) => {
    expect(countryOf(text)).toBe(code);
  });

  it('has words, and what is no country keeps its own', () => {
    expect(inWords('de')).toBe('Germany');
    expect(inWords('Bavaria')).toBe('Bavaria');
  });
});

const place = fc.constantFrom('DE', 'Germany', 'US', 'Texas', 'Berlin', 'FR', 'nowhere', 'UK');
