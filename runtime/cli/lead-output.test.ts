import fc from 'fast-check';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { QueryAnswer } from '../../actors/actor.ts';
import { LEAD_KEYS, type Lead } from '../../protocols/lead.ts';
import type { Instant, QueryId, Score } from '../../protocols/units.ts';
import { readLeadFile } from '../lead-file.ts';
import { answerJson, formatOf, showAs, writeLeads } from './lead-output.ts';

describe('leads on their way out', () => {
  it('are read again as they were, from JSON and from CSV', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyLead, { minLength: 1, maxLength: 5 }), async (leads) => {
        for (const format of ['json', 'csv'] as const) {
          const file = join(DIRECTORY, `leads.${format}`);
          writeLeads(file, showAs(format, shown(leads)));
          expect(await readLeadFile(file)).toEqual(leads);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('run nothing in a spreadsheet', () => {
    const formula = '=HYPERLINK("http://x.example","a,b")';
    const text = showAs('csv', shown([leadOf(formula), leadOf('+1'), leadOf('@a'), leadOf('a=1')]));
    const cells = text.split('\r\n').map((line) => line.slice(0, 14));
    expect(cells.slice(1, 5)).toEqual([
      `"'=HYPERLINK("`,
      `'+1,'+1,'+1,'+`,
      `'@a,'@a,'@a,'@`,
      'a=1,a=1,a=1,a=',
    ]);
  });

  it('make no terminal do anything', () => {
    const text = showAs('table', shown([leadOf('\u001b[2J')]));
    expect(text).not.toContain('\u001b');
    expect(text).toContain('Query q');
  });

  it('are in a file for its owner alone, by a format that its name says', () => {
    const file = join(DIRECTORY, 'own.csv');
    writeLeads(file, showAs(formatOf(undefined, file), shown([leadOf('a')])));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toMatch(/^Business,/);
    expect([
      formatOf(undefined, 'x'),
      formatOf('table', 'x.csv'),
      formatOf(undefined, undefined, true),
      formatOf(undefined, undefined, false),
    ]).toEqual(['json', 'table', 'table', 'json']);
    expect(() => formatOf('xml', undefined)).toThrow(
      '--format is "xml"; allowed: json, csv, table',
    );
    expect(() => writeLeads('/nowhere/x', '')).toThrow('cannot write /nowhere/x: ENOENT');
  });

  it('are one document for scripts, with what became of each attempt', () => {
    expect(answerJson(shown([leadOf('a')]).answer)).toMatchObject({
      query_id: 'q',
      leads: [{ Business: 'a' }],
      partial: false,
      batches: [],
      attempts: [],
    });
  });
});

const DIRECTORY = mkdtempSync(join(tmpdir(), 'leadpoet-output-'));
afterAll(() => rmSync(DIRECTORY, { recursive: true }));

const leadOf = (text: string): Lead =>
  Object.fromEntries(LEAD_KEYS.map((key) => [key, text])) as Lead;

/** Text as people have it, with what CSV needs to mark, and what looks like a formula. */
const anyText = fc.string({ unit: fc.constantFrom('a', 'é', ',', '"', ' ', '\n', "'", '=', '+') });
const anyLead: fc.Arbitrary<Lead> = fc
  .tuple(...LEAD_KEYS.map(() => anyText))
  .map((texts) => Object.fromEntries(LEAD_KEYS.map((key, at) => [key, texts[at]])) as Lead);

function shown(leads: readonly Lead[]) {
  const answer = {
    query: 'q' as QueryId,
    nonce: 0,
    want: { leads: leads.length },
    openedAt: 0 as Instant,
    answeredAt: 0 as Instant,
    leads: leads.map((lead) => ({ lead, batch: 'b', miner: 'm', finalScore: 0 as Score })),
    batches: [],
    partial: false,
    attempts: [],
    stock: [],
    suppressed: { byPool: 0, byBuyer: 0 },
  } as unknown as QueryAnswer;
  return { answer, nameOf: (hotkey: string) => hotkey };
}
