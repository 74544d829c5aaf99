import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../protocols/rules/collusion/evaluate.ts';
import type { Finding } from '../../protocols/rules/collusion/finding.ts';
import type { Hotkey } from '../../protocols/units.ts';
import { parseEvents, type Events } from '../events.ts';
import { pageOf } from './collusion-page.ts';
import { reportOf } from './collusion-report.ts';
import { tiedRings, type Tie } from './collusion-ties.ts';
import { anyFile, documentOf, rounds } from './score-arbitraries.ts';

describe('the page on who colluded', () => {
  let html = '';
  beforeAll(() => {
    html = pageOn(parseEvents(EXAMPLE));
  });

  it('draws each ring, with its batches behind every line', () => {
    expect(
      html.match(/<svg class="ring" role="img" aria-labelledby="ring-1 ring-1-says"/g),
    ).toHaveLength(1);
    expect(html).toContain('<h2 id="ring-1">Ring 1: 3 validators, 3 flagged</h2>');
    expect(html).toContain('<figcaption id="ring-1-says">');
    for (const [kind, count] of [
      ['buyer', 2],
      ['validator', 3],
      ['miner', 1],
    ] as const) {
      expect(html.match(new RegExp(`<g class="${kind}"><title>${kind} `, 'g'))).toHaveLength(count);
    }
    const targets = [...html.matchAll(/<a href="#([^"]*)"/g)].map(([, id]) => id);
    expect(targets).toHaveLength(9);
    for (const id of targets) expect(html).toContain(`<div id="${id}">`);
    expect(html.match(/<details>/g)).toHaveLength(9);
    expect(html).toMatch(/<summary>v1 → m2: 5 batches, \+0\.\d{3} on average<\/summary>/);
  });

  it('says why, of each validator', () => {
    expect(html.match(/<p>its 5 scores of m2 lie 0\.\d{3} above/g)).toHaveLength(3);
  });

  it('asks for nothing: no script, no address, no way out', () => {
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/<(script|link|img|iframe|image|use|form)\b|\bsrc=|@import|url\(/i);
    expect(html).not.toMatch(/https?:|href="[^#]/);
  });

  it('gives no id twice, and draws neither NaN nor undefined', () => {
    const ids = [...html.matchAll(/\bid="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(html).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('is the same whatever the order of the rows', () => {
    const events = parseEvents(EXAMPLE);
    const { scores, audits, feedback } = events;
    const turned = {
      ...events,
      scores: scores.toReversed(),
      audits: audits.toReversed(),
      feedback: feedback.toReversed(),
    };
    expect(pageOn(turned)).toBe(html);
  });

  it('shows names as text, wherever they stand', () => {
    const evil = '</style></title><script>alert(1)</script>"\'><img src=x onerror=alert(1)>\u{1b}';
    const renamed = EXAMPLE.replaceAll(/"([vmub]\d+)"/g, (_, id: string) =>
      JSON.stringify(`${id}${evil}`),
    ).replace(/"name": "[^"]*"/, () => `"name": ${JSON.stringify(evil)}`);
    const page = pageOn(parseEvents(renamed));
    expect(page).toContain('Ring 1: 3 validators, 3 flagged');
    expect(page).not.toMatch(/<(script|img)\b/i);
    expect(page).not.toContain('\u{1b}');
    expect(page.match(/<\/style>/g)).toHaveLength(1);
    expect(page.match(/<\/title>/g)?.length).toBe(html.match(/<\/title>/g)?.length);
    const tags = (text: string): number => (text.match(/</g) ?? []).length;
    expect(tags(page)).toBe(tags(html));
  });

  it('says where there is too little data, and draws nothing', () => {
    const page = pageOn(parseEvents(documentOf({ scores: rounds(2, { a: 1 }) })));
    expect(page).toContain('Too little data');
    expect(page).not.toContain('<svg');
  });

  it('shows any file, of times that no calendar has, too', () => {
    fc.assert(
      fc.property(anyFile, ([file]) => {
        const page = pageOn(parseEvents(documentOf(file)));
        expect(page).not.toMatch(/NaN|Infinity|undefined/);
      }),
    );
    const window = { from: -1e300, to: 1e300 };
    expect(pageOn(parseEvents(documentOf({ window })))).toContain('second 1e+300');
  });

  it('draws no more than can be read, and says so', () => {
    const events = crowd(80);
    const ring = { validators: idsOf('v', 80), miners: ['m' as Hotkey], buyers: [] };
    const page = pageOf(
      reportOf(events, evaluate(events)),
      { ...evaluate(events), rings: [ring] },
      events,
    );
    expect(page.match(/<g class="validator">/g)).toHaveLength(64);
    expect(page).toContain('Of each kind the first 64 are drawn.');
    expect(page.match(/<tr><td>b/g)).toHaveLength(64 * 40);
    expect(page).toContain(' 20 more are not shown.');
  });
});

describe('the ties of a ring', () => {
  it('stand beside what others, checks and F say of each batch', () => {
    const scores = [
      ['a', 0.95],
      ['b', 0.9],
      ['c', 0.5],
      ['d', 0.4],
    ].map(([validator, score]) => ({
      epoch: 0,
      validator,
      miner: 'm',
      batch: 'x',
      score,
      final_score: 0.7,
      time: 0,
    }));
    const events = parseEvents(
      documentOf({
        window: { from: 0, to: 9 },
        scores: [...scores, { ...scores[0], score: 0.1, time: -0, epoch: 0 }],
        audits: [{ batch: 'x', pass_rate: 0.45, time: 1 }],
        feedback: [
          { buyer: 'u', validator: 'a', batch: 'x', rating: 9, time: 1 },
          { buyer: 'u', validator: 'a', batch: 'x', rating: 10, time: 2 },
          { buyer: 'w', validator: 'a', batch: 'x', rating: 1, time: 2 },
        ],
      }),
    );
    const ring = { validators: ['a', 'b'], miners: ['m'], buyers: ['u'] } as unknown as Ring;
    const judged = { batch: 'x', others: 400_000, checks: 450_000, final: 700_000 };
    expect(tiesIn(events, ring)).toEqual([
      {
        kind: 'praise',
        from: 'u',
        to: 'a',
        rating: 10,
        batches: [{ ...judged, miner: 'm', rating: 10 }],
      },
      // Of two scores at once the lower counts.
      {
        kind: 'favour',
        from: 'a',
        to: 'm',
        above: -300_000,
        batches: [{ ...judged, own: 100_000 }],
      },
      {
        kind: 'favour',
        from: 'b',
        to: 'm',
        above: 500_000,
        batches: [{ ...judged, own: 900_000 }],
      },
    ]);
  });

  it('are among those that are drawn, beside all who are not in the ring', () => {
    const events = parseEvents(
      documentOf({ scores: rounds(1, { a: 0.9, b: 0.9, c: 0.9, d: 0.5 }) }),
    );
    const ring = { validators: ['a', 'b', 'c'], miners: ['m'], buyers: [] } as unknown as Ring;
    const finding = { ...evaluate(events), rings: [ring, ring] };
    const [first, ...more] = tiedRings(events, finding, { rings: 1, nodes: 2 });
    expect(more).toEqual([]);
    expect(first).toMatchObject({ ring, drawn: { ...ring, validators: ['a', 'b'] } });
    expect(first?.ties.map(({ from, batches }) => [from, batches[0]?.others])).toEqual([
      ['a', 500_000],
      ['b', 500_000],
    ]);
  });

  it('know of validators that err alike from the evidence', () => {
    const events = parseEvents(documentOf({ scores: rounds(2, { a: 0.9, b: 0.9, c: 0.5 }) }));
    const ring = { validators: ['a', 'b'], miners: [], buyers: [] } as unknown as Ring;
    const alike = {
      channel: 'copy',
      with: ['b', 'c'],
      miners: [],
      buyers: [],
      batches: [],
      why: '',
    };
    const nothing = { score: 0, components: { favour: 0, copy: 0 } };
    const validators = [
      { validator: 'a', ...nothing, evidence: [alike] },
      { validator: 'b', ...nothing, evidence: [{ ...alike, with: ['a'] }] },
    ] as unknown as Finding['validators'];
    const ties = tiesOf(events, { ...evaluate(events), validators, rings: [ring] });
    expect(ties.map(({ kind, from, to, batches }) => [kind, from, to, batches.length])).toEqual([
      ['alike', 'a', 'b', 2],
    ]);
  });
});

type Ring = Finding['rings'][number];

const EXAMPLE = readFileSync(new URL('../examples/ring.json', import.meta.url), 'utf8');

function pageOn(events: Events): string {
  const finding = evaluate(events);
  return pageOf(reportOf(events, finding), finding, events);
}

const tiesIn = (events: Events, ring: Ring): readonly Tie[] =>
  tiesOf(events, { ...evaluate(events), rings: [ring] });

const tiesOf = (events: Events, finding: Finding): readonly Tie[] =>
  tiedRings(events, finding, { rings: 9, nodes: 9 }).flatMap(({ ties }) => ties);

const idsOf = (letter: string, count: number): readonly Hotkey[] =>
  Array.from({ length: count }, (_, at) => `${letter}${String(at).padStart(2, '0')}` as Hotkey);

/** So many validators, each of which scored sixty batches of one miner. */
const crowd = (count: number): Events =>
  parseEvents(
    documentOf({
      scores: rounds(60, Object.fromEntries(idsOf('v', count).map((id) => [id, 0.9]))),
    }),
  );
