/**
 * The region of a lead: the country of its company, as two letters, or in the buyer's own words
 * where those name a place that the company is in.
 */
import { regionKey } from '../../protocols/rules/relevance.ts';

/**
 * `places` are what is known of where a company is: its country, as a code or a name, and maybe its
 * state and city. Undefined where none of them tells.
 */
export function regionOf(places: readonly string[], wanted?: string): string | undefined {
  const country = places.map(countryOf).find((code) => code !== undefined);
  if (wanted === undefined) return country;
  const isThere =
    places.some((place) => regionKey(place) === regionKey(wanted)) ||
    (country !== undefined && countryOf(wanted) === country);
  return isThere ? wanted.trim() : country;
}

/** The two letters of a country from itself or its English name. */
export function countryOf(text: string): string | undefined {
  const key = regionKey(text);
  return known().get(key);
}

/** `Germany` of `DE`; the text itself where it names no country. */
export function inWords(region: string): string {
  const code = countryOf(region);
  return (code === undefined ? undefined : names.of(code)) ?? region;
}

const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

/** What people write who do not know the standard. */
const OTHERWISE: readonly (readonly [string, string])[] = [
  ['UK', 'GB'],
  ['Great Britain', 'GB'],
  ['England', 'GB'],
  ['USA', 'US'],
  ['U.S.', 'US'],
  ['U.S.A.', 'US'],
  ['United States of America', 'US'],
  ['Czech Republic', 'CZ'],
  ['Turkey', 'TR'],
];

/** Groups of countries and what is set aside for other uses: nothing is a company's country there. */
const NO_COUNTRY = new Set(['EU', 'EZ', 'UN', 'QO', 'XA', 'XB', 'ZZ']);

const known = (): ReadonlyMap<string, string> => (countries ??= listed());
let countries: ReadonlyMap<string, string> | undefined;

function listed(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const letters = Array.from({ length: 26 }, (_, at) => String.fromCharCode(65 + at));
  for (const code of letters.flatMap((first) => letters.map((second) => first + second))) {
    const name = NO_COUNTRY.has(code) ? undefined : names.of(code);
    // Codes that were given up bear the name of those that came after them, and are listed last.
    if (name === undefined || new Intl.Locale('und', { region: code }).region !== code) continue;
    found.set(code, code);
    if (!found.has(regionKey(name))) found.set(regionKey(name), code);
  }
  for (const [name, code] of OTHERWISE) found.set(regionKey(name), code);
  return found;
}
