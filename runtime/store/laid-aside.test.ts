import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addLink, linksBetween, newLinks, PAGE_LINKS, type Links } from '../../protocols/links.ts';
import { bodiesSealedBy } from '../../protocols/message-arbitraries.ts';
import type { Instant } from '../../protocols/units.ts';
import { memoryTables } from '../testing/recorded-subnet.ts';
import { readGraph, writeGraph } from './graph.ts';
import { KeptLeads } from './kept-leads.ts';
import { LaidAside } from './laid-aside.ts';
import { SharedThings } from './shared-things.ts';
import { inOneGo } from './sqlite.ts';

describe('links of a chain, laid aside', () => {
  it('are there again; those put away for ever, the latest for as long as anybody speaks of them', () => {
    fc.assert(
      fc.property(fc.array(settlement, { minLength: 20, maxLength: 20 }), (entries) => {
        const tables = memoryTables();
        const shared = new SharedThings(tables);
        const aside = new LaidAside(new KeptLeads(tables), shared, NOW);
        const links = newLinks();
        for (const entry of entries) addLink(links, entry);
        const bytes = writeGraph(links, { aside });
        inOneGo(tables.database, () => shared.flush());
        const read = (): Links =>
          readGraph(
            bytes,
            new LaidAside(new KeptLeads(tables), new SharedThings(tables), NOW),
          ) as Links;
        expect(linksBetween(read())).toEqual(entries);

        expect(tables.run('DELETE FROM shared WHERE used < ?', NOW)).toBe(0);
        const gone = tables.run('DELETE FROM shared WHERE used <= ?', NOW);
        expect(gone).toBe(links.latest.length);
        expect(tables.all('SELECT name FROM shared')).toHaveLength(links.pages.length);
        expect(links.pages.length * PAGE_LINKS + gone).toBe(entries.length);
        tables.database.close();
      }),
      { numRuns: 5 }, // An entry is a whole settled case.
    );
  });
});

const NOW = 1_760_000_000_000 as Instant;
const { settlement } = bodiesSealedBy(() => new Uint8Array(64).fill(7));
