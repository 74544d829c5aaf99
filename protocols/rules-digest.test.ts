import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rulesDigest, rulesDigestOf } from './rules-digest.ts';

describe('the digest of the rules', () => {
  it('is the same each time', () => {
    expect(rulesDigest()).toMatch(/^[0-9a-f]{64}$/);
    expect(rulesDigest()).toBe(rulesDigest());
  });

  it('tells of each name and each value, whatever their order', () => {
    const of = rulesDigestOf;
    expect(of({ A: 1, B: [2, 3n] })).toBe(of({ B: [2, 3n], A: 1 }));
    for (const other of [
      { A: 1, B: [2, 4n] },
      { A: 2, B: [2, 3n] },
      { C: 1, B: [2, 3n] },
    ]) {
      expect(of(other)).not.toBe(of({ A: 1, B: [2, 3n] }));
    }
  });

  it('has every number and list that a file of the rules names', () => {
    const digested = readFileSync(new URL('rules-digest.ts', import.meta.url), 'utf8');
    const named = ['rules', 'rules/collusion', 'rules/yuma'].flatMap(constantsIn).toSorted();
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((name) => !new RegExp(`\\b${name}\\b`).test(digested))).toEqual(
      NO_RULES.toSorted(),
    );
  });
});

/** How a computation writes down its own steps; what it comes to does not hang on it alone. */
const NO_RULES = [
  'CODES',
  'ELSEWHERE_SCORES',
  'FOUR',
  'MOST_RHO',
  'NOISE',
  'NO_VOIDS',
  'ODD',
  'PER_MEDIAN',
  'PER_MEDIAN_SQUARE',
  'TWELFTHS',
  'UNIT',
  'WHOLE',
];

function constantsIn(folder: string): string[] {
  const url = new URL(`${folder}/`, import.meta.url);
  const files = readdirSync(url).filter((file) => !/(test|arbitraries)\.ts$/.test(file));
  return files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [
      ...readFileSync(new URL(file, url), 'utf8').matchAll(/^export const ([A-Z][A-Z0-9_]*)\b/gm),
    ])
    .map(([, name = '']) => name);
}
