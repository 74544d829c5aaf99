/**
 * DBSCAN: groups of points that lie close together, and the noise between them.
 *
 * A point with enough neighbours is a core; cores that are neighbours are of one cluster. A point
 * beside a core is of that core's cluster, of the most similar's where there are several, so the
 * outcome does not depend on the order in which points are visited. After Ester et al., KDD 1996.
 */

/** A neighbour, and how similar it is. */
export interface Neighbour {
  readonly to: number;
  readonly similarity: number;
}

/** Of no cluster. */
export const NOISE = -1;

/**
 * The cluster of each point, numbered by their first cores, or `NOISE`. `neighbours` are those within
 * reach, both ways; `leastPoints` is how many a core has around it, itself among them.
 */
export function dbscan(
  neighbours: readonly (readonly Neighbour[])[],
  leastPoints: number,
): readonly number[] {
  const isCore = neighbours.map((near) => near.length + 1 >= leastPoints);
  const clusters = neighbours.map(() => NOISE);
  let count = 0;
  for (const [point] of neighbours.entries()) {
    if (!isCore[point] || clusters[point] !== NOISE) continue;
    spread(point, count++, neighbours, isCore, clusters);
  }

  return clusters.map((cluster, point) => {
    if (isCore[point]) return cluster;
    const nearest = (neighbours[point] ?? [])
      .filter(({ to }) => isCore[to])
      .reduce<Neighbour | undefined>(
        (best, other) => (best === undefined || other.similarity > best.similarity ? other : best),
        undefined,
      );
    return nearest === undefined ? NOISE : (clusters[nearest.to] ?? NOISE);
  });
}

/** All cores that can be reached from one, from core to core. */
function spread(
  from: number,
  cluster: number,
  neighbours: readonly (readonly Neighbour[])[],
  isCore: readonly boolean[],
  clusters: number[],
): void {
  const open = [from];
  clusters[from] = cluster;
  for (let point = open.pop(); point !== undefined; point = open.pop()) {
    for (const { to } of neighbours[point] ?? []) {
      if (!isCore[to] || clusters[to] !== NOISE) continue;
      clusters[to] = cluster;
      open.push(to);
    }
  }
}
