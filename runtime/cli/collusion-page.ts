/**
 * Who colluded, as a page: each ring as a picture with the batches behind every line, the reasons in
 * words, all validators, and the buyers that are restricted.
 */
import {
  FLAGGED,
  WATCHED,
  type Finding,
  type Ring,
} from '../../protocols/rules/collusion/finding.ts';
import { compareText } from '../../protocols/sorted.ts';
import { WHOLE } from '../../protocols/units.ts';
import type { Events } from '../events.ts';
import { shell, table, text } from '../page.ts';
import { drawRing, GRAPH_STYLE } from './collusion-graph.ts';
import {
  namedIn,
  type CollusionReport,
  type ReportedEvidence,
  type ReportedValidator,
} from './collusion-report.ts';
import { bandOf, partnersOf, short, TOO_LITTLE } from './collusion-tables.ts';
import { tiedRings, type Most, type Tie, type TiedRing } from './collusion-ties.ts';
import { plain } from './table.ts';

/** More than this nobody reads; `--json` has all of it. */
const MOST: Most = { rings: 20, nodes: 64 };
const MOST_ROWS = 1_000;
/** Below one picture, of all its lines together, and of one. */
const MOST_BATCHES = 4_000;
const MOST_BATCHES_EACH = 40;
const LEAST_BATCHES_EACH = 5;

export function pageOf(report: CollusionReport, finding: Finding, events: Events): string {
  const rings = tiedRings(events, finding, MOST);
  const byId = new Map(report.validators.map((one) => [one.id, one]));
  const inRings = new Set<string>(rings.flatMap(({ ring }) => ring.validators));
  const alone = report.validators.filter(
    ({ id, evidence }) => evidence.length > 0 && !inRings.has(id),
  );
  const name = plain(events.name ?? 'a file of events');
  const sections = [
    `<header>
<h1>Who colluded</h1>
<p>${text(name)}. ${counted(events.scores.length, 'score')}, ${counted(events.audits.length, 'audit')} and
${counted(events.feedback.length, 'rating')}; from ${dateOf(events.window.from)} to ${dateOf(events.window.to)}.</p>
</header>
${cards(report, finding)}`,
    ...(report.sufficient ? [] : [`<p>${text(TOO_LITTLE)}</p>`]),
    ...rings.map((ring, at) => ringSection(ring, at + 1, byId)),
    ...(alone.length > 0
      ? [
          `<section aria-labelledby="alone"><h2 id="alone">Suspected outside of ${rings.length > 0 ? 'what is drawn' : 'a ring'}</h2>
${alone.map(reasons).join('\n')}</section>`,
        ]
      : []),
    validatorsSection(report),
    buyersSection(finding),
  ];
  return shell(`Who colluded: ${name}`, sections.join('\n'), STYLE);
}

function cards(report: CollusionReport, finding: Finding): string {
  const inBand = (band: string): string =>
    String(report.validators.filter((one) => bandOf(one) === band).length);
  const figures: readonly (readonly [string, string])[] = [
    ['validators', String(report.validators.length)],
    [`flagged, V_c ≥ ${line(FLAGGED)}`, inBand('flagged')],
    [`watched, V_c ≥ ${line(WATCHED)}`, inBand('watch')],
    ['rings', String(finding.rings.length)],
    ['buyers restricted', String(report.buyers.filter((one) => one.restricted).length)],
  ];
  return `<dl class="cards">${figures
    .map(([what, value]) => `<div><dt>${what}</dt><dd>${value}</dd></div>`)
    .join('')}</dl>`;
}

function ringSection(
  { ring, drawn, ties }: TiedRing,
  number: number,
  byId: ReadonlyMap<string, ReportedValidator>,
): string {
  const { validators, miners, buyers } = ring;
  const anchorOf = (tie: number): string => `tie-${number}-${tie + 1}`;
  const id = `ring-${number}`;
  const flagged = validators.filter((one) => byId.get(one)?.flagged === true).length;
  const isCut = Math.max(validators.length, miners.length, buyers.length) > MOST.nodes;
  const each = Math.max(
    LEAST_BATCHES_EACH,
    Math.min(MOST_BATCHES_EACH, Math.floor(MOST_BATCHES / Math.max(1, ties.length))),
  );
  return `<section aria-labelledby="${id}"><h2 id="${id}">Ring ${number}: ${counted(validators.length, 'validator')}, ${flagged === 0 ? 'none' : flagged} flagged</h2>
<p>${sentence(ring)}</p>
<figure>${drawRing({ ring: drawn, ties, labelledBy: `${id} ${id}-says`, anchorOf, says })}
<figcaption id="${id}-says">■ buyers that praise, ● validators, ◆ miners that are marked up. A line from a buyer is as thick as its
ratings are many, one to a miner as its scores are above what validators outside of the ring gave, up to 0.3; a dashed one joins
validators that err alike. Each leads to its batches below.${isCut ? ` Of each kind the first ${MOST.nodes} are drawn.` : ''}</figcaption></figure>
<h3>Why</h3>
${validators
  .flatMap((one) => byId.get(one) ?? [])
  .map(reasons)
  .join('\n')}
<h3>What is behind each line</h3>
${ties.map((tie, at) => behind(tie, anchorOf(at), each)).join('\n')}</section>`;
}

function sentence({ validators, miners, buyers }: Ring): string {
  const serving = miners.length === 0 ? 'err alike' : `mark up ${names(miners)}`;
  const praised = buyers.length === 0 ? '' : `, praised by ${names(buyers)}`;
  return `${names(validators)} ${serving}${praised}.`;
}

const reasons = (one: ReportedValidator): string =>
  `<div class="reason"><h4>${shown(one.id)} <span class="band">V_c ${one.v_c.toFixed(3)}, ${bandOf(one)}</span></h4>
${one.evidence.map(reason).join('\n') || '<p class="none">No reason of its own.</p>'}</div>`;

function reason(evidence: ReportedEvidence): string {
  const parts = namedIn(evidence).map(([what, ids]) => `${what} ${names(ids)}`);
  return `<p>${shown(evidence.why)}.<br><small>${parts.join('; ')}</small></p>`;
}

/** A tie in a line. */
export function says(tie: Tie): string {
  const { batches } = tie;
  const [from, to] = [short(tie.from), short(tie.to)];
  const many = counted(batches.length, tie.kind === 'praise' ? 'rating' : 'batch');
  switch (tie.kind) {
    case 'favour': {
      const off = tie.above === undefined ? '' : `, ${signed(tie.above)} on average`;
      return `${from} → ${to}: ${many}${off}`;
    }
    case 'praise':
      return `${from} → ${to}: ${many}, ${tie.rating.toFixed(1)} on average`;
    case 'alike':
      return `${from} ↔ ${to}: ${many} that both scored`;
  }
}

const behind = (tie: Tie, anchor: string, most: number): string =>
  `<details><summary>${shown(says(tie))}</summary><div id="${anchor}">${batchTable(tie, most)}</div></details>`;

function batchTable(tie: Tie, most: number): string {
  const rest = tie.batches.length - most;
  const more = rest > 0 ? ` ${rest} more are not shown.` : '';
  switch (tie.kind) {
    case 'favour':
      return table(
        `Scores of ${plain(tie.from)} for what ${plain(tie.to)} sent.${more}`,
        ['batch', '#own', '#others', '#above', '#checks', '#F'],
        tie.batches
          .slice(0, most)
          .map(({ batch, own, others, checks, final }) => [
            plain(batch),
            share(own),
            share(others),
            others === undefined ? '–' : signed(own - others),
            share(checks),
            share(final),
          ]),
      );
    case 'praise':
      return table(
        `Ratings by ${plain(tie.from)} that bear on ${plain(tie.to)}.${more}`,
        ['batch', 'miner', '#rating', '#others', '#checks', '#F'],
        tie.batches
          .slice(0, most)
          .map(({ batch, miner, rating, others, checks, final }) => [
            plain(batch),
            plain(miner ?? '–'),
            String(rating),
            share(others),
            share(checks),
            share(final),
          ]),
      );
    case 'alike':
      return table(
        `Batches that ${plain(tie.from)} and ${plain(tie.to)} both scored.${more}`,
        ['batch', '#the first', '#the second', '#others', '#checks', '#F'],
        tie.batches
          .slice(0, most)
          .map(({ batch, own, partner, others, checks, final }) => [
            plain(batch),
            share(own),
            share(partner),
            share(others),
            share(checks),
            share(final),
          ]),
      );
  }
}

function validatorsSection({ validators }: CollusionReport): string {
  const sorted = validators.toSorted((a, b) => b.v_c - a.v_c || compareText(a.id, b.id));
  return `<section aria-labelledby="validators"><h2 id="validators">Validators</h2>
${table(
  `By V_c, the greater of favour and copy.${restOf(sorted)}`,
  ['validator', '#V_c', 'band', '#favour', '#copy', 'partners'],
  sorted
    .slice(0, MOST_ROWS)
    .map((one) => [
      plain(one.id),
      one.v_c.toFixed(3),
      bandOf(one),
      one.components.favour.toFixed(3),
      one.components.copy.toFixed(3),
      partnersOf(one).map(short).join(', ') || '–',
    ]),
)}</section>`;
}

function buyersSection({ buyers }: Finding): string {
  const restricted = buyers.filter((one) => one.restricted);
  return `<section aria-labelledby="buyers"><h2 id="buyers">Buyers restricted</h2>
${table(
  `Restricted by a score of their own, or as most of their ratings are for a flagged ring.${restOf(restricted)}`,
  ['buyer', '#score', '#ratings', '#for rings'],
  restricted
    .slice(0, MOST_ROWS)
    .map(({ buyer, score, ratings, forRings }) => [
      plain(buyer),
      (score / WHOLE).toFixed(3),
      String(ratings),
      String(forRings),
    ]),
)}</section>`;
}

const restOf = (rows: readonly unknown[]): string =>
  rows.length > MOST_ROWS ? ` ${rows.length - MOST_ROWS} more are not shown.` : '';

/** A stranger's words as HTML. */
const shown = (words: string): string => text(plain(words));

const MOST_NAMES = 24;
const names = (ids: readonly string[]): string =>
  ids
    .slice(0, MOST_NAMES)
    .map((id) => `<bdi title="${shown(id)}">${text(short(id))}</bdi>`)
    .join(', ') + (ids.length > MOST_NAMES ? ` and ${ids.length - MOST_NAMES} more` : '');

const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : what.endsWith('h') ? 'es' : 's'}`;

const share = (millionths: number | undefined): string =>
  millionths === undefined ? '–' : (millionths / WHOLE).toFixed(3);
const signed = (millionths: number): string =>
  `${millionths < 0 ? '−' : '+'}${Math.abs(millionths / WHOLE).toFixed(3)}`;
const line = (millionths: number): string => (millionths / WHOLE).toFixed(2);

/** A file may hold times that no calendar has. */
function dateOf(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return Number.isNaN(date.getTime())
    ? `second ${seconds}`
    : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

const STYLE = `${GRAPH_STYLE}
h3 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
h4 { font-size: 1rem; margin: 1rem 0 .2rem; overflow-wrap: anywhere; }
.band { font-weight: 400; color: var(--soft); white-space: nowrap; }
.reason p { margin: .2rem 0; overflow-wrap: anywhere; }
.reason small, section > p { color: var(--soft); overflow-wrap: anywhere; }
details { border-bottom: 1px solid var(--line); }
summary { padding: .45rem 0; cursor: pointer; overflow-wrap: anywhere; }
details[open] { padding-bottom: .8rem; }
:target { outline: 2px solid var(--validator); outline-offset: 4px; scroll-margin-top: 5rem; }
@media print { details::details-content { content-visibility: visible; block-size: auto; } .reason { break-inside: avoid; } section { break-inside: auto; } }
`;
