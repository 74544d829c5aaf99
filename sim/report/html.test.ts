import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { text } from '../../runtime/page.ts';
import { figuresOf } from './figures.ts';
import { reportHtml, type Report } from './html.ts';
import { summaryOf } from './summary.ts';
import { believable, MANIFEST, NO_ROWS, type MemoryTables } from './testing/believable.ts';
import { hostileText } from './testing/row-arbitraries.ts';

describe('a report', () => {
  it('has nine plots, each with a name and words', async () => {
    const html = await reportHtml(await reportOf(believable(20)));
    expect(html.match(/<svg role="img" aria-labelledby="plot-\d plot-\d-says"/g)).toHaveLength(9);
    for (const [, id] of html.matchAll(/<h2 id="(plot-\d)">/g)) {
      expect(html).toContain(`<figcaption id="${id}-says">`);
    }
    expect(html.match(/<caption>/g)).toHaveLength(4);
  });

  it('has a legend for every plot that tells strategies or reasons apart by colour', async () => {
    const html = await reportHtml(await reportOf(believable(20)));
    expect(html.match(/mark-group role-legend"/g)).toHaveLength(6);
  });

  it('asks for nothing: no script, no link, no address', async () => {
    const html = await reportHtml(await reportOf(believable(20)));
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/<(script|link|img|iframe|image|use)\b|\bhref=|\bsrc=|@import/i);
    expect(html.replaceAll(/xmlns(:\w+)?="[^"]*"/g, '')).not.toMatch(/https?:/);
  });

  it('gives no id twice', async () => {
    const html = await reportHtml(await reportOf(believable(20)));
    const ids = [...html.matchAll(/\bid="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says where there is no data', async () => {
    const html = await reportHtml(await reportOf(NO_ROWS));
    expect(html.match(/class="none">No data\./g)).toHaveLength(13);
    expect(html).not.toContain('<svg');
    expect(html).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('draws neither NaN nor infinity', async () => {
    const html = await reportHtml(await reportOf(believable(3)));
    expect(html).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('shows a reason at a length that a column has room for, and digests by their first digits', async () => {
    const digest = '377294889675dae89a969ea4386fd878e83cb274eb9758f988a7e66a40515bbc';
    const why = (more: string): MemoryTables => {
      const tables = believable(20);
      const told = `its 5 scores of ${digest} lie 0.586 above${more}`;
      return { ...tables, flags: tables.flags.map((flag) => ({ ...flag, why: told })) };
    };
    const short = await reportHtml(await reportOf(why('')));
    expect(short).toContain('<td>its 5 scores of 377294889675… lie 0.586 above</td>');
    const long = await reportHtml(await reportOf(why(' x'.repeat(500))));
    expect(long).toMatch(/lie 0\.586 above[ x]+…<\/td>/);
    expect(long).not.toContain(' x'.repeat(200));
  });

  it('shows names as text, wherever they stand', async () => {
    const evil = '</style><script>alert(1)</script>"\'><img src=x>';
    const tables = believable(2);
    const named: MemoryTables = {
      batches: tables.batches.map((row) => ({ ...row, strategy: evil, reason: evil, miner: evil })),
      epochs: tables.epochs,
      neurons: tables.neurons.map((row) => ({ ...row, strategy: evil, name: evil })),
      penalties: [{ at_s: 1, validator: evil, strategy: evil, why: evil, points: -20 }],
      flags: [
        {
          at_s: 1,
          block: 1,
          name: evil,
          role: 'validator',
          strategy: evil,
          event: 'flagged',
          score: 1,
          until_block: 648_001,
          until_s: 2,
          why: evil,
        },
      ],
    };
    const report = await reportOf(named);
    const manifest = {
      ...MANIFEST,
      scenario: { name: evil, text: evil },
      digest: evil,
      version: evil,
      node: evil,
    };
    const html = await reportHtml({ ...report, manifest });
    expect(html).not.toMatch(/<script|<img/i);
    expect(html.match(/<\/style>/g)).toHaveLength(1);
    expect(html).toContain('&lt;script');
  });
});

describe('text', () => {
  it('leaves nothing that opens a tag, ends an attribute or begins an entity of its own', () => {
    fc.assert(
      fc.property(hostileText, (value) => {
        const shown = text(value);
        expect(shown).not.toMatch(/[<>"']/);
        const back = shown.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
        expect(back).toBe(value);
        expect(shown.replaceAll(/&#\d+;/g, '')).not.toContain('&');
      }),
    );
  });
});

const reportOf = async (tables: MemoryTables): Promise<Report> => ({
  manifest: MANIFEST,
  summary: summaryOf(await figuresOf(tables, MANIFEST.virtual_s)),
  tables,
});
