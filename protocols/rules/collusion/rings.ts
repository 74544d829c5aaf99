/**
 * Rings: who is suspected together.
 *
 * DBSCAN over validators of V_c ≥ 0.5; two are as similar as the product of what the same group of
 * hypotheses, or a link between them, says of both, and neighbours from 0.25.
 */
import { blameOf, type CopyLink } from './copying.ts';
import { dbscan, NOISE, type Neighbour } from './dbscan.ts';
import type { FavourGroup } from './favour-score.ts';
import type { Suspicion } from './suspicion.ts';

/** Indices of a table. */
export interface RingOf {
  readonly validators: readonly number[];
  /** Marked up by its members. */
  readonly miners: readonly number[];
}

const SUSPECTED = 0.5;
const NEIGHBOURS = 0.25;
/** A hypothesis of less than this part of the odds is of no weight for whom a ring serves. */
const TELLING = 0.1;

export function ringsOf({ score, groups, links }: Suspicion): readonly RingOf[] {
  const suspects = [...score.keys()].filter((validator) => (score[validator] ?? 0) >= SUSPECTED);
  const neighbours = suspects.map((one, at): Neighbour[] =>
    suspects.flatMap((other, to) => {
      const similarity = to === at ? 0 : similarityOf(one, other, groups, links);
      return similarity >= NEIGHBOURS ? [{ to, similarity }] : [];
    }),
  );
  const labels = dbscan(neighbours, 2);
  return [...Map.groupBy(suspects.keys(), (at) => labels[at] ?? NOISE)]
    .filter(([label]) => label !== NOISE)
    .map(([, members]) => members.map((at) => suspects[at] ?? 0))
    .map((validators) => ({ validators, miners: servedBy(validators, groups) }))
    .toSorted((a, b) => b.validators.length - a.validators.length);
}

function similarityOf(
  one: number,
  other: number,
  groups: readonly FavourGroup[],
  links: readonly CopyLink[],
): number {
  let most = 0;
  for (const { score } of groups) most = Math.max(most, (score[one] ?? 0) * (score[other] ?? 0));
  for (const link of links) {
    if (link.validator !== one || !link.partners.includes(other)) continue;
    most = Math.max(most, blameOf(link));
  }
  return most;
}

function servedBy(validators: readonly number[], groups: readonly FavourGroup[]): number[] {
  const served = groups
    .filter(({ score }) => validators.some((validator) => (score[validator] ?? 0) >= SUSPECTED))
    .flatMap(({ hypotheses, weights }) =>
      hypotheses.flatMap(({ miners }, at) => ((weights[at] ?? 0) >= TELLING ? miners : [])),
    );
  return [...new Set(served)].toSorted((a, b) => a - b);
}
