/**
 * Who colluded, for people: validators by V_c, rings, restricted buyers, and for everyone who is
 * flagged the reasons in words.
 */
import { WATCHED, type Finding } from '../../protocols/rules/collusion/finding.ts';
import { compareText } from '../../protocols/sorted.ts';
import { WHOLE } from '../../protocols/units.ts';
import {
  namedIn,
  type CollusionReport,
  type ReportedEvidence,
  type ReportedValidator,
} from './collusion-report.ts';
import { plain, section, type Column } from './table.ts';

export type Band = 'clear' | 'watch' | 'flagged';

export function showFinding(report: CollusionReport, finding: Finding): string {
  const validators = report.validators.toSorted((a, b) => b.v_c - a.v_c || compareText(a.id, b.id));
  const flagged = validators.filter((one) => one.flagged);
  const restricted = finding.buyers.filter((one) => one.restricted);
  return [
    ...(report.sufficient ? [] : [TOO_LITTLE]),
    section(
      'Validators',
      [ID, number('V_c'), { title: 'band' }, number('favour'), number('copy'), NAMES('partners')],
      validators.map((one) => [
        one.id,
        one.v_c.toFixed(3),
        bandOf(one),
        one.components.favour.toFixed(3),
        one.components.copy.toFixed(3),
        inShort(partnersOf(one)),
      ]),
    ),
    section(
      'Rings',
      [number('ring'), NAMES('validators'), NAMES('miners'), NAMES('buyers')],
      finding.rings.map((ring, at) => [
        String(at + 1),
        inShort(ring.validators),
        inShort(ring.miners),
        inShort(ring.buyers),
      ]),
    ),
    section(
      'Buyers restricted',
      [ID, number('score'), number('ratings'), number('for rings')],
      restricted.map(({ buyer, score, ratings, forRings }) => [
        buyer,
        (score / WHOLE).toFixed(3),
        String(ratings),
        String(forRings),
      ]),
    ),
    ...(flagged.length > 0 ? [`Why\n${flagged.map(reasons).join('')}`] : []),
  ].join('\n');
}

export const TOO_LITTLE: string =
  'Too little data to say anything: three validators are needed with three scores each that two others,\n' +
  'or the checks, can be held against. Nobody is suspected.\n';

export const bandOf = ({ v_c: score, flagged }: ReportedValidator): Band =>
  flagged ? 'flagged' : score >= WATCHED / WHOLE ? 'watch' : 'clear';

/** With whom, by all that speaks against a validator. */
export const partnersOf = ({ evidence }: ReportedValidator): readonly string[] =>
  [...new Set(evidence.flatMap((one) => one.with))].toSorted();

const reasons = ({ id, v_c: score, evidence }: ReportedValidator): string =>
  `${plain(id)}, V_c ${score.toFixed(3)}\n${evidence.map(reason).join('')}`;

function reason(evidence: ReportedEvidence): string {
  const lines = namedIn(evidence).map(([what, ids]) => `    ${what} ${plain(listed(ids))}\n`);
  return `  ${plain(evidence.why)}\n${lines.join('')}`;
}

const listed = (ids: readonly string[]): string => ids.join(', ') || '-';
const inShort = (ids: readonly string[]): string => listed(ids.map(short));

/** Of a hotkey the beginning and the end, as wallets show it, where many stand together. */
export function short(id: string): string {
  const letters = Array.from(plain(id));
  return letters.length <= MOST_LETTERS
    ? letters.join('')
    : `${letters.slice(0, 5).join('')}…${letters.slice(-4).join('')}`;
}
const MOST_LETTERS = 12;

const ID: Column = { title: 'id', most: 48 };
const NAMES = (title: string): Column => ({ title, most: 80 });
const number = (title: string): Column => ({ title, align: 'right' });
