/**
 * What a part of a node counts, in its own words, as a flat list of names that a metric can have for
 * labels:
 *
 *     { bytesIn: 7, hearing: { miner: 2 }, cut: Map { 'slow' => 3 } }
 *       ──▶  bytes_in 7, hearing_miner 2, cut_slow 3
 *
 * Names are the part's own, but for those of a map, some of which a peer may have had a say in: of
 * each group only so many are told apart, and what is no name is counted with the others.
 */
import { labelOf } from './metric-labels.ts';

/** Of each group, and of the figures beside them. The transport has some twenty of the latter. */
const MOST_OF_A_GROUP = 16;
const MOST_GROUPS = 16;
const MOST_PLAIN = 64;
const NAME = /^[a-z][a-z0-9_]{0,47}$/;
const OTHER = 'other';

/** Each name once, except `other`; what is neither a number nor a group of numbers is left out. */
export function flatFigures(counts: object): readonly (readonly [string, number])[] {
  const entries = entriesOf(counts);
  const plain = entries.filter(isNumber);
  const groups = entries.flatMap(([name, value]) =>
    typeof value === 'object' && value !== null ? [[named(name), value] as const] : [],
  );
  return [
    ...told(plain, MOST_PLAIN),
    ...groups
      .slice(0, MOST_GROUPS)
      .flatMap(([group, of]) =>
        told(entriesOf(of).filter(isNumber), MOST_OF_A_GROUP).map(
          ([name, count]) => [`${group}_${name}`, count] as const,
        ),
      ),
  ];
}

type Entry = readonly [string, unknown];

const entriesOf = (of: object): readonly Entry[] =>
  of instanceof Map ? [...of].map(([name, value]) => [String(name), value]) : Object.entries(of);

const isNumber = (entry: Entry): entry is readonly [string, number] => typeof entry[1] === 'number';

/** `bytesIn` and `bytes-in` are `bytes_in`. */
function named(name: string): string {
  if (name.length > MOST_READ) return OTHER;
  const plain = name
    .replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    .replaceAll(/[\s.-]+/g, '_');
  return NAME.test(plain) ? plain : OTHER;
}
const MOST_READ = 64;

function told(
  counts: readonly (readonly [string, number])[],
  most: number,
): readonly (readonly [string, number])[] {
  const names = counts.map(([name]) => named(name));
  const shown = new Set([...new Set(names)].filter((name) => name !== OTHER).slice(0, most));
  const sums = new Map<string, number>();
  for (const [at, [, count]] of counts.entries()) {
    const name = labelOf(shown, names[at]);
    sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return [...sums];
}
