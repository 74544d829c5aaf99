/**
 * A ring as a picture: buyers, validators and miners in three columns, in the order of their ids, and a
 * line for each tie, the thicker the more there is behind it.
 *
 *     ■ buyer ──────▶ ● validator ──────▶ ◆ miner          dashed, between validators: alike
 *
 * Kinds differ in shape and place as in colour. A line leads to its batches below the picture.
 */
import type { Ring } from '../../protocols/rules/collusion/finding.ts';
import { text } from '../page.ts';
import { short } from './collusion-tables.ts';
import type { Tie } from './collusion-ties.ts';
import { plain } from './table.ts';

export interface Picture {
  readonly ring: Ring;
  readonly ties: readonly Tie[];
  /** Of the elements that name the picture. */
  readonly labelledBy: string;
  /** Of the element with the batches of a tie, by the tie's place. */
  readonly anchorOf: (tie: number) => string;
  /** What a tie says, in a line. */
  readonly says: (tie: Tie) => string;
}

const WIDE = 460;
const LEFT = 114;
const MIDDLE = 230;
const RIGHT = 346;
/** Between two of a column, and above the first. */
const PITCH = 48;
const TOP = 40;
const RADIUS = 8;
/** On top of 1; dashed lines lie close together. */
const THICKEST = { favour: 5, praise: 5, alike: 1.5 } as const;
/** Beyond this much above the others a line gets no thicker, in millionths. */
const MOST_ABOVE = 300_000;

export function drawRing({ ring, ties, labelledBy, anchorOf, says }: Picture): string {
  const rows = Math.max(ring.validators.length, ring.buyers.length, ring.miners.length);
  const high = TOP + rows * PITCH;
  const places = {
    buyer: column(ring.buyers, LEFT, rows),
    validator: column(ring.validators, MIDDLE, rows),
    miner: column(ring.miners, RIGHT, rows),
  };
  const most = {
    praise: mostBatches(ties, 'praise'),
    alike: mostBatches(ties, 'alike'),
  };
  const lines = ties.map((tie, at) => {
    const path = pathOf(tie, places);
    if (path === undefined) return '';
    const wide = (1 + THICKEST[tie.kind] * strengthOf(tie, most)).toFixed(1);
    return `<a href="#${anchorOf(at)}" tabindex="-1"><path class="hit" d="${path}"/>
<path class="tie ${tie.kind}" d="${path}" stroke-width="${wide}"/><title>${text(plain(says(tie)))}</title></a>`;
  });
  const nodes = [
    ...[...places.buyer].map(([id, place]) => node('buyer', id, place)),
    ...[...places.miner].map(([id, place]) => node('miner', id, place)),
    ...[...places.validator].map(([id, place]) => node('validator', id, place)),
  ];
  return `<svg class="ring" role="img" aria-labelledby="${labelledBy}" viewBox="0 0 ${WIDE} ${high}" width="${WIDE}" height="${high}">
${heading(LEFT, 'buyers', ring.buyers)}${heading(MIDDLE, 'validators', ring.validators)}${heading(RIGHT, 'miners', ring.miners)}
${lines.join('\n')}
${nodes.join('\n')}
</svg>`;
}

interface Place {
  readonly x: number;
  readonly y: number;
}
type Places = Readonly<Record<Kind, ReadonlyMap<string, Place>>>;
type Kind = 'buyer' | 'validator' | 'miner';

/** In the middle of the picture's height. */
function column(ids: readonly string[], x: number, rows: number): ReadonlyMap<string, Place> {
  const first = TOP + (PITCH * (rows - ids.length)) / 2 + PITCH / 2;
  return new Map(ids.map((id, at) => [id, { x, y: first + at * PITCH }]));
}

function pathOf(tie: Tie, { buyer, validator, miner }: Places): string | undefined {
  const from = (tie.kind === 'praise' ? buyer : validator).get(tie.from);
  const to = (tie.kind === 'favour' ? miner : validator).get(tie.to);
  if (from === undefined || to === undefined) return undefined;
  if (tie.kind !== 'alike') return `M${from.x} ${from.y}L${to.x} ${to.y}`;
  // The further apart the wider the bow, so that it clears those in between.
  const most = miner.size > 0 ? RIGHT - MIDDLE : 2 * (RIGHT - MIDDLE);
  const bow = MIDDLE + Math.min(most, 24 + Math.abs(to.y - from.y) * 0.5);
  return `M${from.x} ${from.y}Q${bow.toFixed(1)} ${(from.y + to.y) / 2} ${to.x} ${to.y}`;
}

const mostBatches = (ties: readonly Tie[], kind: Tie['kind']): number =>
  ties.reduce((most, tie) => (tie.kind === kind ? Math.max(most, tie.batches.length) : most), 1);

/** 0 to 1. */
const strengthOf = (tie: Tie, most: Readonly<Record<'praise' | 'alike', number>>): number =>
  tie.kind === 'favour'
    ? Math.max(0, Math.min(1, (tie.above ?? 0) / MOST_ABOVE))
    : tie.batches.length / most[tie.kind];

const heading = (x: number, words: string, ids: readonly string[]): string =>
  ids.length === 0 ? '' : `<text class="column" x="${x}" y="20">${words}</text>`;

function node(kind: Kind, id: string, { x, y }: Place): string {
  const label = {
    buyer: `x="${x - 14}" y="${y + 5}" text-anchor="end"`,
    validator: `x="${x}" y="${y - 14}" text-anchor="middle"`,
    miner: `x="${x + 14}" y="${y + 5}"`,
  }[kind];
  const shape = {
    buyer: `<rect x="${x - RADIUS + 1}" y="${y - RADIUS + 1}" width="${2 * RADIUS - 2}" height="${2 * RADIUS - 2}"/>`,
    validator: `<circle cx="${x}" cy="${y}" r="${RADIUS}"/>`,
    miner: `<path d="M${x} ${y - RADIUS - 1}l${RADIUS + 1} ${RADIUS + 1}l${-RADIUS - 1} ${RADIUS + 1}l${-RADIUS - 1} ${-RADIUS - 1}z"/>`,
  }[kind];
  return `<g class="${kind}"><title>${kind} ${text(plain(id))}</title>${shape}<text ${label}>${text(short(id))}</text></g>`;
}

/** By day and by night, in colours that the colour-blind tell apart (Okabe and Ito). */
export const GRAPH_STYLE = `
:root { --buyer: #b35f00; --validator: #0072b2; --miner: #007a5a; }
@media (prefers-color-scheme: dark) { :root { --buyer: #e69f00; --validator: #56b4e9; --miner: #2fc79a; } }
.ring { width: 100%; max-width: 34rem; margin: 0 auto; }
.ring text { font: 14px system-ui, sans-serif; fill: var(--ink); stroke: var(--paper); stroke-width: 4px; paint-order: stroke; }
.ring .column { fill: var(--soft); text-anchor: middle; }
.ring path { fill: none; }
.buyer { fill: var(--buyer); } .validator { fill: var(--validator); } .miner path { fill: var(--miner); }
.tie { stroke-opacity: .6; }
.hit { stroke: transparent; stroke-width: 14; pointer-events: stroke; }
.praise { stroke: var(--buyer); } .favour { stroke: var(--miner); } .alike { stroke: var(--validator); stroke-dasharray: 5 3; }
a:hover .tie { stroke-opacity: 1; }
@media print { :root { --buyer: #b35f00; --validator: #0072b2; --miner: #007a5a; } .ring { max-width: 13cm; } }
`;
