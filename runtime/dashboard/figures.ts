/**
 * Counts as the page lists them: by the closed lists of kinds, reasons and services, so that nobody
 * outside can make them longer.
 */
import type { Counts } from '../observe.ts';
import type { LineCounts } from '../transport/tally.ts';
import { LIMITS } from '../transport/limits.ts';
import type { Figures } from './observed.ts';

/** Each kind of refusal and loss is one of a closed list; of their products the most are shown. */
const MOST_ROWS = 24;

export const countFigures = ({ received, refused, lost, replied, crashes }: Counts): Figures[] => [
  { title: 'Messages handled', rows: rowsOf(received) },
  { title: 'Not acted on', rows: rowsOf(refused) },
  { title: 'Lost', rows: rowsOf(lost) },
  { title: 'Asked of the world', rows: rowsOf(replied) },
  ...(crashes.size === 0
    ? []
    : [{ title: 'Crashes', rows: [['in all', sumOf(crashes)] as const] }]),
];

/** What a node's line allows its peers, and how much of it is taken. */
export const lineFigures = (line: LineCounts): Figures[] => [
  {
    title: 'Places for peers',
    rows: [
      ...Object.entries(LIMITS.classes).map(([peers, { places }]) => {
        const taken = line.hearing[peers as keyof typeof line.hearing];
        return [`${peers}s heard`, taken, places] as const;
      }),
      ['strangers', line.strangers, LIMITS.strangers],
      ['held, in kB', Math.ceil(line.heldBytes / 1_024), LIMITS.room / 1_024],
    ],
  },
  {
    title: 'Points a second',
    rows: Object.entries(LIMITS.classes).map(
      ([peers, { points }]) =>
        [`a ${peers} may spend`, points.perSecond, `${points.most} at once`] as const,
    ),
  },
  { title: 'Slowed down, having spent them', rows: rowsOf(line.throttled) },
  { title: 'Turned away', rows: rowsOf(line.refused) },
  { title: 'Cut off', rows: rowsOf(line.cut) },
  {
    title: 'The line',
    rows: [
      ['connections', line.connections],
      ['waiting to be sent', line.waiting],
      ['unreachable', line.unreachable],
      ['sent', line.sent],
      ['received', line.received],
      ['sent again', line.resent],
      ['failed dials', line.failedDials],
    ],
  },
];

const rowsOf = (counts: ReadonlyMap<string, number>): Figures['rows'] =>
  [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, MOST_ROWS)
    .map(([name, count]) => [name.replaceAll('_', ' '), count] as const);

const sumOf = (counts: ReadonlyMap<unknown, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);
