import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { anyLead, anyWant, goodLead } from '../protocols/arbitraries.ts';
import { packLeads, saltsFrom } from '../protocols/batch.ts';
import { digest } from '../protocols/hash.ts';
import type { Batch } from '../protocols/messages.ts';
import type { Want } from '../protocols/query.ts';
import { duplicateVerdicts, withDuplicatesAmong } from '../protocols/rules/duplicates.ts';
import { later, seconds, type Instant } from '../protocols/units.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { lookFrom, looksInLine, packedLook, type Look } from './looks.ts';
import { openLots } from './lots.ts';

describe('a packed look', () => {
  it('says of every lead what a look in line says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(anyLead, goodLead), { maxLength: 8 }),
        anyWant,
        (leads, want) => {
          const twice = [...leads, ...leads.slice(0, 2)];
          const batch = batchOf(twice, want);
          const [packed, inLine] = [
            lookFrom(packedLook(batch.leads, want)),
            looksInLine().at(batch),
          ];
          expect(allOf(packed)).toEqual(allOf(inLine));
          expect(withDuplicatesAmong(packed.persons, [])).toEqual(duplicateVerdicts(twice));
        },
      ),
      { numRuns: 300 }, // Ten leads each, by all the rules, twice.
    );
  });
});

describe('lots', () => {
  it('are looked at in threads before they are asked for, while virtual time waits', async () => {
    const clock = new VirtualClock(START);
    const lots = openLots({ clock, threads: 1 });
    const batches = fc.sample(fc.tuple(fc.array(goodLead, { maxLength: 9 }), anyWant), {
      numRuns: 40,
      seed: 7,
    });
    const due = later(START, seconds(5));
    const found: object[] = [];
    for (const [leads, want] of batches) {
      const batch = batchOf(leads, want);
      lots.expect(batch, due);
      lots.expect(batch, later(due, seconds(1)));
      clock.at(due, () => found.push(allOf(lots.at(batch))));
    }
    await clock.run();
    expect(found).toEqual(
      batches.map(([leads, want]) => allOf(looksInLine().at(batchOf(leads, want)))),
    );
    const { batches: looked, lots: sent } = lots.counts();
    expect(looked).toBe(new Set(batches.map(([leads, want]) => nameOf(leads, want))).size);
    expect(sent).toBeLessThan(looked);
    await lots.close();
  });

  it('that no thread can tell of are looked at in line', async () => {
    for (const body of ['throw new Error("no")', 'process.exit(1)', 'return []']) {
      const worker = join(FOLDER, `${digest('test', body)}.mjs`);
      writeFileSync(worker, `export function look() { ${body}; }\n`);
      const clock = new VirtualClock(START);
      const lots = openLots({ clock, threads: 1, worker: pathToFileURL(worker) });
      const [batch] = fc.sample(fc.array(goodLead, { minLength: 3 }), { numRuns: 1, seed: 3 });
      const one = batchOf(batch ?? [], { leads: 3 });
      lots.expect(one, later(START, seconds(5)));
      let found: object | undefined;
      clock.at(later(START, seconds(5)), () => {
        found = allOf(lots.at(one));
      });
      await clock.run();
      expect(found).toEqual(allOf(looksInLine().at(one)));
      expect(lots.counts().batches).toBe(0);
      await lots.close();
    }
  });
});

const START = 1_790_000_000_000 as Instant;
const FOLDER = mkdtempSync(join(tmpdir(), 'leadpoet-lots-'));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const batchOf = (leads: readonly unknown[], want: Want): Batch =>
  ({
    leads: packLeads(leads as readonly object[], saltsFrom(digest('salts'), leads.length)),
    query: { want },
  }) as Batch;

const nameOf = (leads: readonly unknown[], { industry, region }: Want): string =>
  JSON.stringify([leads, industry, region]);

const allOf = ({ count, alone, checkable, truth, checks }: Look): object =>
  Array.from({ length: count }, (_, index) => [
    alone(index),
    checkable(index),
    truth(index),
    checks(index),
  ]);
