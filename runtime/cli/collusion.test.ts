import fc from 'fast-check';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../protocols/rules/collusion/evaluate.ts';
import { ONE } from '../../protocols/units.ts';
import { parseEvents } from '../events.ts';
import { reportOf, type CollusionReport } from './collusion-report.ts';
import { showFinding } from './collusion-tables.ts';
import { collusion, type CollusionOptions } from './collusion.ts';
import { anyFile, documentOf, FROM, rounds, scoresOf, type File } from './score-arbitraries.ts';
import { EXIT, UsageError, WorldError } from './trouble.ts';

describe('collusion', () => {
  it('prints one JSON document that names the ring of the example', async () => {
    const { code, out } = await runOn(EXAMPLE, { json: true });
    expect(code).toBe(EXIT.done);
    const report = JSON.parse(out) as CollusionReport;
    expect(Object.keys(report)).toEqual(['format', 'validators', 'buyers', 'sufficient']);
    expect(report).toMatchObject({ format: 'leadpoet.collusion/1', sufficient: true });
    const flagged = report.validators.filter((one) => one.flagged);
    expect(flagged.map(({ id }) => id)).toEqual(['v1', 'v2', 'v7']);
    const [first] = flagged;
    expect(Object.keys(first ?? {})).toEqual(['id', 'v_c', 'flagged', 'components', 'evidence']);
    expect(first?.evidence[0]).toMatchObject({
      with: ['v2', 'v7'],
      miners: ['m2'],
      buyers: ['u8', 'u9'],
    });
    expect(report.buyers.filter((one) => one.restricted)).toEqual([
      { id: 'u8', restricted: true },
      { id: 'u9', restricted: true },
    ]);
  });

  it('prints tables, and for everyone flagged why', async () => {
    const { code, out } = await runOn(EXAMPLE);
    expect(code).toBe(EXIT.done);
    const lines = out.split('\n');
    expect(lines[0]).toBe('Validators');
    expect(lines[1]).toMatch(/^id +V_c {2}band +favour +copy {2}partners$/);
    expect(lines[2]).toMatch(
      /^v\d {2}[01]\.\d{3} {2}flagged +[01]\.\d{3} +[01]\.\d{3} {2}v\d, v\d$/,
    );
    expect(out).toContain('   1  v1, v2, v7  m2      u8, u9\n');
    expect(
      out.match(/^v[127], V_c 0\.\d{3}\n {2}its \d+ scores of m2 lie 0\.\d{3} above/gm),
    ).toHaveLength(3);
    expect(out).toMatch(/^ {4}with v2, v7\n {4}miners m2\n {4}buyers u8, u9\n {4}batches b\d/m);
  });

  it('draws the page beside what it prints, and again over an old one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leadpoet-collusion-'));
    try {
      const html = join(folder, 'rings.html');
      const { out } = await runOn(EXAMPLE, { json: true });
      for (const once of [1, 2]) {
        const ran = await runOn(EXAMPLE, { json: true, html });
        expect({ once, ...ran }).toEqual({ once, code: 0, out, err: `the page is in ${html}\n` });
      }
      expect(readFileSync(html, 'utf8')).toContain('<h2 id="ring-1">');
      expect(readdirSync(folder)).toEqual(['rings.html']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('draws over nothing but a page, and says where it cannot draw', async () => {
    for (const html of [EXAMPLE, join(EXAMPLE, '..', 'leads.csv'), '', '-']) {
      await expect(runOn(EXAMPLE, { html })).rejects.toThrow(
        `--html is ${JSON.stringify(html)}; allowed: a file that is not there yet, or a page`,
      );
    }
    expect(readFileSync(EXAMPLE, 'utf8')).toContain('"collusion-events/1"');
    for (const html of [join(tmpdir(), 'nowhere', 'at', 'all.html'), tmpdir()]) {
      await expect(runOn(EXAMPLE, { html })).rejects.toThrow(WorldError);
    }
  });

  it('never guesses from too little, and that is no trouble', async () => {
    const file = { validators: ['z', 'a', 'b'], buyers: ['u'], scores: rounds(9, { a: 1, b: 0 }) };
    const { code, out } = await run(file, { json: true });
    expect(code).toBe(EXIT.done);
    const nothing = {
      v_c: 0,
      flagged: false,
      components: { favour: 0, copy: 0 },
      evidence: [],
    };
    expect(JSON.parse(out)).toEqual({
      format: 'leadpoet.collusion/1',
      validators: ['a', 'b', 'z'].map((id) => ({ id, ...nothing })),
      buyers: [{ id: 'u', restricted: false }],
      sufficient: false,
    });
    expect((await run({})).out).toMatch(/^Too little data.*\n\nValidators\nnone\n\nRings\nnone\n/s);
  });

  it('names what is wrong with a file by its row', async () => {
    const scores = [...scoresOf({ batch: 'x', by: { a: 1, b: 1 } })];
    const [one] = scores;
    for (const [file, said] of [
      [
        { scores: [one, { ...one, miner: 'n' }] },
        'scores[1].miner is "n"; allowed: "m", whose x is',
      ],
      [{ scores: [{ ...one, score: 1.5 }] }, 'scores[0].score is 1.5; allowed: 0 to 1'],
      [{ scores: [{ ...one, time: FROM * 2 }] }, 'scores[0].time is'],
      [{ scores, validators: ['a'] }, 'scores[1].validator is "b"; allowed: an id that is in'],
      [
        { scores, feedback: [{ buyer: 'u', validator: 'a', batch: 'x', rating: 11 }] },
        'feedback[0].rating is 11',
      ],
      [{ scores: undefined }, 'scores'],
    ] as const) {
      const refused = await run(file).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(UsageError);
      expect(String(refused)).toContain(said);
    }
  });

  it('shows nothing that a terminal would obey', async () => {
    const { out } = await run({ scores: rounds(3, { '\u{1b}[31mred': 1, b: 1, 'c\n': 0.5 }) });
    expect(out).not.toContain('\u{1b}');
    expect(out).not.toMatch(/^ *c$/m);
  });
});

describe('its report', () => {
  it('parses back to the finding, to the last millionth', () => {
    fc.assert(
      fc.property(anyFile, ([file]) => {
        const events = parseEvents(documentOf(file));
        const finding = evaluate(events);
        const report = JSON.parse(JSON.stringify(reportOf(events, finding))) as CollusionReport;
        expect(report.sufficient).toBe(finding.sufficient);
        expect(
          report.validators.map(({ id, v_c: score, components: { favour, copy } }) => ({
            validator: id,
            score: Math.round(score * ONE),
            components: { favour: Math.round(favour * ONE), copy: Math.round(copy * ONE) },
          })),
        ).toEqual(
          finding.validators.map(({ validator, score, components }) => ({
            validator,
            score,
            components,
          })),
        );
        expect(report.buyers).toEqual(
          finding.buyers.map(({ buyer, restricted }) => ({ id: buyer, restricted })),
        );
        expect(JSON.stringify(report)).not.toMatch(/\d\.\d{7}|\de-/);
        expect(showFinding(report, finding)).not.toMatch(/NaN|undefined|Infinity/);
      }),
    );
  });
});

const EXAMPLE = fileURLToPath(new URL('../examples/ring.json', import.meta.url));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(file: File, options: CollusionOptions = {}): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'leadpoet-collusion-'));
  try {
    const path = join(folder, 'events.json');
    writeFileSync(path, documentOf(file));
    return await runOn(path, options);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function runOn(path: string, options: CollusionOptions = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const io = { out: (text: string) => (out += text), err: (text: string) => (err += text) };
  return { code: await collusion(path, options, io), out, err };
}
