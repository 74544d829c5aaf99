import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEAD_KEYS } from '../../protocols/lead.ts';
import { disposableListDigest } from '../../protocols/rules/disposable.ts';
import type { Fraction } from '../../protocols/units.ts';
import { randomFrom } from '../random.ts';
import { synthetic } from '../sources/synthetic.ts';
import { audit, auditReport, type AuditOptions, type AuditReport } from './audit.ts';
import { UsageError, WorldError } from './trouble.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('leadpoet audit', () => {
  it('prints one JSON document, to the letter', async () => {
    const leads = [...good(9), { ...good(1)[0], First: 'Nobody' }];
    expect(await run(leads, { seed: 7, json: true, checks: true })).toEqual({
      code: 0,
      out: `${JSON.stringify({
        format: 'leadpoet.audit/1',
        leads: 10,
        sampled: 10,
        seed: 7,
        valid: 9,
        invalid: 1,
        unknown: 0,
        score: 0.9,
        approved: true,
        results: [
          ...Array.from({ length: 9 }, (_, index) => result(index, [])),
          result(9, ['name_mismatch', 'duplicate_email']),
        ],
        checks: { passed: 9, failed: 1, unknown: 0, ok: true },
      })}\n`,
    });
  });

  it('does not approve below 90 %, and says so', async () => {
    const { code, out } = await run([...good(8), {}, 5], { json: true });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ score: 0.8, approved: false });
  });

  it('looks at a fifth, reports duplicates beyond it, and counts the sample alone', () => {
    const leads = [...good(99), { ...good(1)[0] }];
    const reports = Array.from({ length: 40 }, (_, seed) => reportOf(leads, { seed }));
    for (const report of reports) {
      const duplicate = report.results.find(({ index }) => index === 99);
      expect(report.sampled).toBe(20);
      expect(duplicate).toMatchObject({ verdict: 'fail', reasons: ['duplicate_email'] });
      expect(report.valid).toBe(duplicate?.sampled === true ? 19 : 20);
      expect(report.results).toHaveLength(duplicate?.sampled === true ? 20 : 21);
    }
    expect(new Set(reports.map(({ valid }) => valid))).toEqual(new Set([19, 20]));
  });

  it('says that an empty file is empty', async () => {
    const { code, out } = await run([], { json: true, checks: true, seed: 0 });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      format: 'leadpoet.audit/1',
      leads: 0,
      sampled: 0,
      seed: 0,
      valid: 0,
      invalid: 0,
      unknown: 0,
      score: 0,
      approved: false,
      reason: 'empty',
      results: [],
      checks: { passed: 0, failed: 0, unknown: 0, ok: false },
    });
  });

  it('judges against what was asked for', () => {
    const leads = good(20).map((lead) => ({ ...lead, Industry: 'Tech & AI', Region: 'de' }));
    const asked = (options: AuditOptions): AuditReport => reportOf(leads, options);
    expect(asked({ industry: 'Tech & AI', region: 'DE' }).score).toBe(1);
    expect(asked({ industry: 'Energy & Industry' }).score).toBe(0);
    expect(asked({ region: 'FR' }).results[0]?.reasons).toEqual(['region_mismatch']);
  });

  it('says no where the checks fail, though the sample is good', async () => {
    const leads = [...good(40), ...Array.from({ length: 10 }, () => ({}))];
    const codes = new Set<number>();
    for (let seed = 0; seed < 12; seed++) {
      const { code, out } = await run(leads, { json: true, seed, checks: true });
      codes.add(code);
      const report = JSON.parse(out) as AuditReport;
      expect(report.checks).toEqual({ passed: 40, failed: 10, unknown: 0, ok: false });
    }
    expect([...codes]).toEqual([1]);
  });

  it('reads for people, and names no one', async () => {
    const leads = [...good(60), ...Array.from({ length: 60 }, () => ({ First: '\u001b[31mEve' }))];
    const { out } = await run(leads, { full: true, checks: true, seed: 3 });
    expect(out).toContain('120 leads, 120 of them looked at (seed 3)');
    expect(out).toContain('50.00 %');
    expect(out).toContain('missing_field 60');
    expect(out).toContain('and 20 more rows');
    expect(out).toContain(`\nlist      throw-away domains ${disposableListDigest()}\n`);
    expect(out).toMatch(/^ 61 {2}yes/m);
    expect(out).toMatch(/not approved\n$/);
    expect(out).not.toMatch(/@|Eve/);
    expect((await run(good(5), {})).out).toMatch(/100\.00 %[^]*\napproved\n$/);
    expect((await run(good(30), { sample: 1 })).out).toContain('30 of them looked at');
    expect((await run([], {})).out).toMatch(/there are no leads in it\n$/);
  });

  it('never shows as approved what is not', () => {
    const leads = [...good(8_999), ...Array.from({ length: 1_001 }, () => 5)];
    const report = reportOf(leads, { full: true });
    expect([report.score, report.approved]).toEqual([0.8999, false]);
  });

  it.each<[AuditOptions, string]>([
    [{ controlHosts: 'a.com,,b' }, '--control-hosts is "a.com,,b"'],
    [{ controlHosts: '10.0.0.1' }, '--control-hosts is "10.0.0.1"'],
    [{ sample: 0 }, '--sample is 0; allowed: a number above 0, at most 1'],
    [{ sample: 1.01 }, '--sample is 1.01'],
    [{ sample: NaN }, '--sample is NaN'],
    [{ sample: 0.5, full: true }, '--sample is beside --full'],
    [{ seed: -1 }, '--seed is -1'],
    [{ seed: 1.5 }, '--seed is 1.5'],
    [{ industry: 'Mining' }, '--industry is "Mining"; allowed: one of Tech & AI'],
    [{ region: 'x'.repeat(65) }, '--region is "xxx'],
    [{ region: ' ' }, '--region is " "'],
  ])('refuses %j before it looks at the file', async (options, complaint) => {
    const refused = audit('no-such-file', { offline: true, ...options }, silent());
    await expect(refused).rejects.toThrow(UsageError);
    await expect(audit('no-such-file', { offline: true, ...options }, silent())).rejects.toThrow(
      complaint,
    );
  });

  it('says which file is not there', async () => {
    const missing = audit('no-such-file', { offline: true }, silent());
    await expect(missing).rejects.toThrow(WorldError);
  });

  it('draws a seed that is no secret, and repeats with it', async () => {
    const leads = careless(100);
    const first = JSON.parse((await run(leads, { json: true })).out) as AuditReport;
    const again = JSON.parse((await run(leads, { json: true, seed: first.seed })).out) as unknown;
    expect(again).toEqual(first);
    expect(Number.isSafeInteger(first.seed)).toBe(true);
  });

  it('counts what it looked at, whatever is in the file', () => {
    fc.assert(
      fc.property(rows, fc.nat(), share, (leads, seed, sample) => {
        const report = reportOf(leads, { seed, sample });
        const { sampled, valid, invalid, unknown, results, score } = report;
        expect(sampled).toBe(results.filter((one) => one.sampled).length);
        expect(sampled).toBeGreaterThanOrEqual(Math.min(10, leads.length));
        expect(valid + invalid + unknown).toBe(sampled);
        expect(results.map(({ index }) => index)).toEqual(
          [...new Set(results.map(({ index }) => index))].toSorted((a, b) => a - b),
        );
        for (const one of results) {
          expect(one.verdict === 'pass').toBe(one.reasons.length === 0);
          if (!one.sampled) expect(one.reasons).toEqual(['duplicate_email']);
        }
        expect(`${score}`).toMatch(/^(0|1|0\.\d{1,6})$/);
        expect(reportOf(leads, { seed, sample })).toEqual(report);
      }),
    );
  });

  it('looks at every lead with --full, as a sample of 1 does', () => {
    fc.assert(
      fc.property(rows, fc.nat(), (leads, seed) => {
        const report = reportOf(leads, { seed, full: true });
        expect(report.sampled).toBe(leads.length);
        expect(reportOf(leads, { seed, sample: 1 })).toEqual(report);
      }),
    );
  });
});

const good = (count: number): readonly object[] =>
  Array.from({ length: Math.ceil(count / 100) }, (_, batch) =>
    synthetic()(randomFrom(`good ${batch}`), { leads: 100 }),
  )
    .flat()
    .slice(0, count);

const careless = (count: number): readonly unknown[] =>
  synthetic({ careless: 300_000 as Fraction })(randomFrom('careless'), { leads: count });

const result = (index: number, reasons: readonly string[]): object => ({
  index,
  sampled: true,
  verdict: reasons.length === 0 ? 'pass' : 'fail',
  reasons,
});

let files = 0;
async function run(
  leads: readonly unknown[],
  options: AuditOptions,
): Promise<{ code: number; out: string }> {
  const file = join(folder, `${files++}.json`);
  await writeFile(file, JSON.stringify(leads));
  let out = '';
  const io = { out: (text: string) => (out += text), err: () => expect.fail('nothing to say') };
  const code = await audit(file, { offline: true, ...options }, io);
  return { code, out };
}

/** As the command would, without a file. */
const reportOf = (
  leads: readonly unknown[],
  { industry, region, sample, full = false, seed = 1 }: AuditOptions,
): AuditReport =>
  auditReport(leads, {
    want: {
      leads: 1,
      ...(industry === undefined ? {} : { industry: industry as 'Tech & AI' }),
      ...(region === undefined ? {} : { region }),
    },
    share: (full ? 1_000_000 : Math.round((sample ?? 0.2) * 1_000_000)) as Fraction,
    seed,
    checks: false,
  });

const silent = () => ({ out: () => expect.fail('no output'), err: () => expect.fail('no output') });

const share = fc.constantFrom(0.000_001, 0.1, 0.2, 0.5, 0.999_999, 1);
const pool = careless(60);
const rows: fc.Arbitrary<readonly unknown[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.nat(59).map((index) => pool[index]) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
    { weight: 1, arbitrary: fc.constant(Object.fromEntries(LEAD_KEYS.map((key) => [key, '']))) },
  ),
  { maxLength: 40 },
);
