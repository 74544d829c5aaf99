import fc from 'fast-check';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LEAD_KEYS } from '../protocols/lead.ts';
import { addressOf } from '../protocols/messages.ts';
import type { Hotkey, Instant } from '../protocols/units.ts';
import { auditHappenings } from './audit-events.ts';
import { AUDIT_FILE, openAuditLog, type AuditLogOptions } from './audit-log.ts';
import { verifyLog } from './cli/verify-log.ts';
import { Observer } from './observe.ts';
import { recordedSubnet } from './testing/recorded-subnet.ts';

describe('an audit log', () => {
  it('is ok however it was written, closed and opened again, over all its files', async () => {
    await fc.assert(
      fc.asyncProperty(runs, async (opened) => {
        const dir = newDir();
        let count = 0;
        for (const events of opened) {
          const log = openAuditLog(dir, OPTIONS);
          for (const text of events) expect(log.write({ is: 'said', text, n: ++count })).toBe(true);
          log.close();
        }
        const [code, found] = await verified(dir);
        expect(code).toBe(0);
        expect(found).toMatchObject({ ok: true, lines: count });
        for (const file of filesIn(dir)) expect(statSync(file).size).toBeLessThanOrEqual(MAX_BYTES);
      }),
      { numRuns: 40 },
    );
  });

  it('names the first line that is wrong, whatever byte was changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (place, by) => {
        const dir = written(5);
        const file = join(dir, AUDIT_FILE);
        const bytes = readFileSync(file);
        const at = place % bytes.length;
        const line = bytes.subarray(0, at).filter((byte) => byte === 0x0a).length + 1;
        bytes[at] = (bytes[at] ?? 0) ^ by;
        writeFileSync(file, bytes);
        const [code, found] = await verified(dir);
        expect(code).toBe(1);
        expect(found).toMatchObject({ ok: false, wrong: { file, line } });
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['dropped', (lines: string[]) => lines.toSpliced(2, 1), 3],
    ['repeated', (lines: string[]) => lines.toSpliced(2, 0, lines[1] ?? ''), 3],
    ['put in another place', (lines: string[]) => [lines[1], lines[0], ...lines.slice(2)], 2],
  ])('tells that a line was %s', async (_, change, line) => {
    const dir = written(5);
    const file = join(dir, AUDIT_FILE);
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    writeFileSync(file, `${change(lines).join('\n')}\n`);
    const [code, found] = await verified(dir);
    expect([code, found.wrong?.line]).toEqual([1, line]);
  });

  it('tells that a line was written anew, with a hash that is right', async () => {
    const [dir, other] = [written(5), written(5, 'another')];
    const [file, theirs] = [join(dir, AUDIT_FILE), join(other, AUDIT_FILE)];
    const lines = readFileSync(file, 'utf8').split('\n');
    const line = readFileSync(theirs, 'utf8').split('\n')[2] ?? '';
    writeFileSync(file, lines.with(2, line).join('\n'));
    const [code, found] = await verified(dir);
    expect([code, found.wrong?.line]).toEqual([1, 3]);
  });

  it('cuts off what a crash left of a line, wherever that was, and says so', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), async (left) => {
        const dir = written(3);
        const file = join(dir, AUDIT_FILE);
        const line = readFileSync(file, 'utf8').split('\n')[1] ?? '';
        appendFileSync(file, line.slice(0, Math.min(left, line.length - 1)));
        expect((await verified(dir))[0]).toBe(1);
        const said: string[] = [];
        openAuditLog(dir, { ...OPTIONS, say: (text) => said.push(text) }).close();
        expect(said).toHaveLength(1);
        expect(await verified(dir)).toMatchObject([0, { lines: 4 }]);
        expect(readFileSync(file, 'utf8')).toContain('"is":"mended"');
      }),
      { numRuns: 40 },
    );
  });

  it('does not write on where its last line was changed', () => {
    const dir = written(3);
    const file = join(dir, AUDIT_FILE);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"n":3,"at":"2/, '"n":3,"at":"3'));
    expect(() => openAuditLog(dir, OPTIONS)).toThrow(/last line is wrong/);
  });

  it('keeps so many files and no more, and says what is not among them', async () => {
    const dir = newDir();
    const log = openAuditLog(dir, { ...OPTIONS, keptFiles: 2 });
    for (let n = 0; n < 40; n++) log.write({ is: 'said', text: 'x'.repeat(100) });
    log.close();
    expect(filesIn(dir)).toHaveLength(3);
    const [code, found] = await verified(dir);
    expect([code, found.last?.n]).toEqual([0, 40]);
    expect(found.first).toBeGreaterThan(1);
  });

  it('is for its owner alone, and has nothing of a line that is too long', async () => {
    const dir = newDir();
    const log = openAuditLog(dir, OPTIONS);
    expect(log.write({ is: 'said', text: 'x'.repeat(70_000) })).toBe(false);
    log.write({ is: 'said' });
    log.close();
    expect(log.write({ is: 'said' })).toBe(false);
    expect(statSync(join(dir, AUDIT_FILE)).mode & 0o777).toBe(0o600);
    expect(await verified(dir)).toMatchObject([0, { lines: 1 }]);
  });
});

describe('what goes into it', () => {
  it('is what moves standing, money and leads, and nothing of any lead', async () => {
    const dir = newDir();
    const log = openAuditLog(dir, { ...OPTIONS, maxBytes: 50_000 });
    const watch = (observer: Observer): void => void auditHappenings(observer, log);
    const { answers } = await recordedSubnet({ seed: 'audited', queries: 2, watch });
    log.close();
    expect(await verified(dir)).toMatchObject([0, { ok: true }]);
    const text = filesIn(dir)
      .map((file) => readFileSync(file, 'utf8'))
      .join('');
    const kinds = new Set([...text.matchAll(/"is":"(\w+)"/g)].map(([, kind]) => kind));
    for (const kind of ['started', 'reported', 'countersigned', 'settled', 'entry_received']) {
      expect(kinds).toContain(kind);
    }
    for (const kind of ['delivered', 'answered', 'batch_rejected']) expect(kinds).toContain(kind);
    const leads = answers.flatMap((answer) => answer.leads.map(({ lead }) => lead));
    expect(leads.length).toBeGreaterThan(10);
    for (const lead of leads) {
      for (const key of LEAD_KEYS) {
        // An industry is a query's word too.
        if (key !== 'Industry' && key !== 'Region') expect(text).not.toContain(lead[key]);
      }
    }
    expect(text).not.toContain('@');
  });

  it('are refusals up to a bound an hour, and how many were left out', () => {
    const events: string[] = [];
    const observer = new Observer();
    auditHappenings(observer, {
      write: (event) => events.push(JSON.stringify(event)) > 0,
      close: () => undefined,
    });
    const actor = addressOf('validator', 'v' as Hotkey);
    const refused = (at: number): void => {
      const note = { note: 'refused', kind: 'batch', from: actor, why: 'late' } as const;
      observer.noted(note, actor, at as Instant);
    };
    for (let n = 0; n < 1_000; n++) refused(n);
    expect(events).toHaveLength(600);
    refused(3_600_000);
    expect(events).toHaveLength(602);
    expect(events[600]).toContain('"count":400');
    observer.tell({ is: 'started', at: 0 as Instant, actor });
    expect(events.at(-1)).toBe(JSON.stringify({ is: 'started', actor }));
  });
});

const MAX_BYTES = 1_500;
const OPTIONS: AuditLogOptions = {
  clock: { now: () => 1_760_000_000_000 as Instant },
  maxBytes: MAX_BYTES,
};
const runs = fc.array(fc.array(fc.string({ unit: 'binary', maxLength: 30 }), { maxLength: 8 }), {
  maxLength: 5,
});

const dirs: string[] = [];
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true });
});
function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'audit-log-'));
  dirs.push(dir);
  return dir;
}

/** A log of so many lines, in one file. */
function written(lines: number, what = 'line'): string {
  const dir = newDir();
  const log = openAuditLog(dir, { ...OPTIONS, maxBytes: 100_000 });
  for (let n = 0; n < lines; n++) log.write({ is: 'said', text: `${what} ${n}` });
  log.close();
  return dir;
}

const filesIn = (dir: string): readonly string[] =>
  readdirSync(dir)
    .toSorted()
    .map((name) => join(dir, name));

interface Found {
  readonly ok: boolean;
  readonly lines: number;
  readonly first?: number;
  readonly last?: { readonly n: number };
  readonly wrong?: { readonly file: string; readonly line: number };
}

async function verified(dir: string): Promise<readonly [number, Found]> {
  let out = '';
  const io = { out: (text: string) => void (out += text), err: () => undefined };
  const code = await verifyLog(filesIn(dir), { json: true }, io);
  return [code, JSON.parse(out) as Found];
}
