import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { NOTHING_FOUND } from '../actors/testing/stage.ts';
import { windowOf, type Window } from '../protocols/evidence.ts';
import { batch, ledgerOf } from '../protocols/ledger-arbitraries.ts';
import type { CollusionEvents } from '../protocols/rules/collusion/events.ts';
import type { Finding } from '../protocols/rules/collusion/finding.ts';
import { later, seconds, type Instant } from '../protocols/units.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { findingsInLine, openFindings } from './findings.ts';

describe('findings in line', () => {
  it('are made once for all who ask of windows with the same records', () => {
    let made = 0;
    const findings = findingsInLine((events) => {
      made++;
      return said(events);
    });
    expect(findings.at(windowUpTo(3))).toEqual(said({ scores: [1, 2, 3] } as never));
    findings.at(windowUpTo(3));
    expect(made).toBe(1);
    findings.at(windowUpTo(4));
    expect(made).toBe(2);
  });

  it('are remembered for as long as a quarter of a year, word for word', () => {
    let made = 0;
    const findings = findingsInLine((events) => {
      made++;
      return said(events);
    });
    const windows = Array.from({ length: 100 }, (_, to) => windowUpTo(9, 1 + to));
    const first = windows.map((window) => findings.at(window));
    expect(windows.map((window) => findings.at(window))).toEqual(first);
    expect(made).toBe(windows.length);
  });
});

describe('findings in a thread', () => {
  it('are there when they are due, while virtual time waits', async () => {
    const { clock, findings } = opened(
      'return { sufficient: true, validators: events.scores.map(() => 1), buyers: [], rings: [] }',
    );
    const due = later(START, seconds(5));
    const found: unknown[] = [];
    for (const length of [3, 4, 3]) {
      findings.expect(windowUpTo(length), due);
      clock.at(due, () => found.push(findings.at(windowUpTo(length)).validators.length));
    }
    await clock.run();
    expect(found).toEqual([3, 4, 3]);
    await findings.close();
  });

  it('that the thread cannot make are made in line', async () => {
    for (const body of ['throw new Error("no")', 'process.exit(1)']) {
      const { clock, findings } = opened(body);
      const due = later(START, seconds(5));
      findings.expect(windowUpTo(3), due);
      let found: Finding | undefined;
      clock.at(due, () => {
        found = findings.at(windowUpTo(3));
      });
      await clock.run();
      expect(found).toEqual(NOTHING_FOUND);
      await findings.close();
    }
  });
});

const START = 1_790_000_000_000 as Instant;
const FOLDER = mkdtempSync(join(tmpdir(), 'leadpoet-findings-'));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

let files = 0;
function opened(body: string) {
  const file = join(FOLDER, `${files++}.mjs`);
  writeFileSync(file, `export function collusion(events) { ${body}; }\n`);
  const clock = new VirtualClock(START);
  const worker = pathToFileURL(file);
  return { clock, findings: openFindings({ clock, evaluate: () => NOTHING_FOUND, worker }) };
}

const RECORDS = Array.from({ length: 9 }, (_, at) => batch({ at, opinions: { a: 95 } }));
const windowUpTo = (length: number, to = 100): Window =>
  windowOf(ledgerOf(RECORDS.slice(0, length)), { from: 0, to, epoch: 100 });

const said = ({ scores }: CollusionEvents): Finding => ({
  ...NOTHING_FOUND,
  sufficient: scores.length > 3,
});
