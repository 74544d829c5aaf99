/**
 * Evidence: why a validator has the score that it has, so that anyone can look it up in the events.
 *
 *     favour   whom its errors serve, with whom, on which batches, by how much and how sure
 *     copy     whose errors its errors are, on how many batches, and who was first
 */
import type { Hotkey } from '../../units.ts';
import { behind } from './buyers.ts';
import { blameOf, isSource, type CopyLink } from './copying.ts';
import type { FavourGroup } from './favour-score.ts';
import type { Hypothesis } from './favour.ts';
import { WATCHED, type BuyerFinding, type Evidence } from './finding.ts';
import type { Ratings } from './ratings.ts';
import type { RingOf } from './rings.ts';
import type { Suspicion } from './suspicion.ts';
import type { Table } from './table.ts';

/** All that is known when evidence is put into words. */
export interface Known {
  readonly table: Table;
  readonly ratings: Ratings;
  readonly suspicion: Suspicion;
  readonly rings: readonly RingOf[];
  readonly buyers: readonly BuyerFinding[];
}

const LEAST = WATCHED / 1e6;
/** More reasons than this, and more batches, tell no more. */
const MOST_REASONS = 3;
const MOST_BATCHES = 5;
const LIKELY = 0.5;

export function evidenceOf(validator: number, known: Known): readonly Evidence[] {
  const { suspicion, ratings, buyers, rings } = known;
  if ((suspicion.score[validator] ?? 0) < LEAST) return [];

  const reasons = [
    ...suspicion.groups.map((group) => ({
      weight: group.score[validator] ?? 0,
      said: () => favourSaid(validator, group, known),
    })),
    ...suspicion.links
      .filter((link) => link.validator === validator)
      .map((link) => ({ weight: blameOf(link), said: () => copySaid(link, known) })),
  ];
  const ring = rings.find(({ validators }) => validators.includes(validator));
  const praising = ring === undefined ? [] : behind(ring, ratings, known.table, buyers);
  return reasons
    .filter(({ weight }) => weight >= LEAST)
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, MOST_REASONS)
    .map(({ said }) => ({ ...said(), buyers: praising }));
}

type Said = Omit<Evidence, 'buyers'>;

function favourSaid(validator: number, group: FavourGroup, known: Known): Said {
  const { table, suspicion } = known;
  const hypothesis = tellingOf(validator, group);
  const { members, miners, shift, counts } = hypothesis;
  const mates = [...members.keys()].filter(
    (other) => other !== validator && (members[other] ?? 0) >= LIKELY,
  );
  const count = counts[validator] ?? 0;
  const said = {
    off: ((shift[validator] ?? 0) / 1e6).toFixed(3),
    served: namesOf(miners, table.miners).join(', '),
    when: hypothesis.period.said,
    sure: group.probability.toFixed(3),
    own: (members[validator] ?? 0).toFixed(3),
  };
  return {
    channel: 'favour',
    with: namesOf(mates, table.validators),
    miners: namesOf(miners, table.miners),
    batches: batchesOf(validator, table, (row) =>
      isWithin(row, hypothesis, table) ? (suspicion.residuals.z[row] ?? 0) : 0,
    ),
    why:
      `its ${count} scores of ${said.served}${said.when} lie ${said.off} above what the others ` +
      `and the checks saw, as do those of ${mates.length} more: that some favour them is ${said.sure} ` +
      `likely, that it is one of these ${said.own}`,
  };
}

/** The hypothesis that says most of a validator. */
function tellingOf(validator: number, { hypotheses, weights }: FavourGroup): Hypothesis {
  const [first, ...others] = hypotheses.map((hypothesis, at) => ({
    hypothesis,
    weight: (weights[at] ?? 0) * (hypothesis.members[validator] ?? 0),
  }));
  if (first === undefined) throw new Error('broken invariant: a group has hypotheses');
  return others.reduce((best, other) => (other.weight > best.weight ? other : best), first)
    .hypothesis;
}

function isWithin(row: number, { period, miners }: Hypothesis, table: Table): boolean {
  const batch = table.batchOf[row] ?? 0;
  return period.isIn[batch] === 1 && miners.includes(table.minerOf[batch] ?? -1);
}

function copySaid(link: CopyLink, { table, suspicion }: Known): Said {
  const { validator, partners, rho, common, later, earlier, probability } = link;
  const others = namesOf(partners, table.validators);
  const order =
    later + earlier === 0
      ? ''
      : isSource(link)
        ? `, first in ${earlier} of the ${later + earlier} scored alike, as one that is copied`
        : `, later in ${later} of the ${later + earlier} scored alike`;
  return {
    channel: 'copy',
    with: others,
    miners: [],
    batches: batchesOf(validator, table, (row) => {
      const theirs = meanOff(table, suspicion, row, partners);
      return (suspicion.residuals.z[row] ?? 0) * theirs;
    }),
    why:
      `its errors are those of ${others.length > 3 ? `${others.length} others` : others.join(', ')}: ` +
      `correlation ${rho.toFixed(3)} over ${common} batches that both scored${order}; ` +
      `that one copies is ${probability.toFixed(3)} likely`,
  };
}

/** Mean z of some validators on the batch of a row; 0 where none of them scored it. */
function meanOff(
  { starts, batchOf, validatorOf }: Table,
  { residuals }: Suspicion,
  row: number,
  validators: readonly number[],
): number {
  const batch = batchOf[row] ?? 0;
  let sum = 0;
  let count = 0;
  for (let at = starts[batch] ?? 0; at < (starts[batch + 1] ?? 0); at++) {
    if (!validators.includes(validatorOf[at] ?? -1)) continue;
    sum += residuals.z[at] ?? 0;
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

/** Of a validator's rows those of the greatest weight above 0. */
function batchesOf(
  validator: number,
  table: Table,
  weightOf: (row: number) => number,
): readonly string[] {
  const rows: { readonly batch: number; readonly weight: number }[] = [];
  const end = table.ofValidator[validator + 1] ?? 0;
  for (let at = table.ofValidator[validator] ?? 0; at < end; at++) {
    const row = table.byValidator[at] ?? 0;
    const weight = weightOf(row);
    if (weight > 0) rows.push({ batch: table.batchOf[row] ?? 0, weight });
  }
  return rows
    .toSorted((a, b) => b.weight - a.weight || a.batch - b.batch)
    .slice(0, MOST_BATCHES)
    .map(({ batch }) => table.batches[batch] ?? '');
}

/** The names at some indices, in the order of the names. */
export const namesOf = (at: readonly number[], names: readonly Hotkey[]): readonly Hotkey[] =>
  at.flatMap((index) => names[index] ?? []).toSorted();
