import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addLink, countOf, linksBetween, newLinks, PAGE_LINKS, type Links } from './links.ts';
import { bodiesSealedBy } from './message-arbitraries.ts';
import type { Entry, Sealed } from './messages.ts';

describe('links', () => {
  it('are given back as they came, from any number to any', () => {
    fc.assert(
      fc.property(entries, fc.nat({ max: 40 }), fc.nat({ max: 40 }), (chain, a, b) => {
        const links = linksOf(chain);
        const [from, to] = [Math.min(a, b), Math.max(a, b)];

        expect(countOf(links)).toBe(chain.length);
        expect(linksBetween(links)).toEqual(chain);
        expect(linksBetween(links, from, to)).toEqual(chain.slice(from, to));
      }),
    );
  });

  it('are put away but for the latest, in memory of their own', () => {
    fc.assert(
      fc.property(longChain, (chain) => {
        const { pages, latest } = linksOf(chain);
        expect(latest.length).toBeLessThan(2 * PAGE_LINKS);
        for (const { links } of pages) expect(links.buffer.byteLength).toBe(links.length);
      }),
      SOME,
    );
  });

  it('that are the same are the same pages to all who follow; of another they are others', () => {
    fc.assert(
      fc.property(longChain, fc.nat(), (chain, at) => {
        const [one, other] = [linksOf(chain), linksOf(chain)];
        expect(one.pages.length).toBeGreaterThan(0);
        for (const [index, page] of one.pages.entries()) expect(other.pages[index]).toBe(page);

        const split = chain.map((entry, index) =>
          index === at % PAGE_LINKS ? { ...entry, number: entry.number + 1 } : entry,
        );
        expect(linksBetween(linksOf(split))).toEqual(split);
      }),
      SOME,
    );
  });
});

function linksOf(chain: readonly Sealed<Entry>[]): Links {
  const links = newLinks();
  for (const entry of chain) addLink(links, entry);
  return links;
}

const { settlement } = bodiesSealedBy(() => new Uint8Array(64).fill(7));
const entries = fc.array(settlement, { maxLength: 40 });
const longChain = fc.array(settlement, { minLength: 2 * PAGE_LINKS, maxLength: 3 * PAGE_LINKS });
/** An entry is a settled case with all that is in it, and a chain has dozens. */
const SOME = { numRuns: 10 };
