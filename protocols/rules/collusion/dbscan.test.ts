import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dbscan, NOISE, type Neighbour } from './dbscan.ts';

describe('dbscan', () => {
  it('parts two groups, gives a point between them to the nearer one, and leaves the rest', () => {
    // All of 0 to 3 are neighbours, all of 6 to 9; 4 is beside 3 and, more alike, 6; 5 beside nobody.
    const near = [...allOf(0, 1, 2, 3), ...allOf(6, 7, 8, 9), edge(3, 4, 0.4), edge(4, 6, 0.6)];
    const labels = dbscan(neighboursOf(10, near), 4);
    expect(labels).toEqual([0, 0, 0, 0, 1, NOISE, 1, 1, 1, 1]);
  });

  it('finds the cores, clusters and noise that a slow reading of the definition finds', () => {
    fc.assert(
      fc.property(graph, ({ size, edges, leastPoints }) => {
        const neighbours = neighboursOf(size, edges);
        expect(dbscan(neighbours, leastPoints)).toEqual(slowly(neighbours, leastPoints));
      }),
    );
  });

  it('finds the same groups in whatever order points and neighbours come', () => {
    fc.assert(
      fc.property(graphInTwoOrders, ({ size, edges, leastPoints, order, shuffled }) => {
        const moved = shuffled.map(({ from, to, similarity }) =>
          edge(order[from] ?? 0, order[to] ?? 0, similarity),
        );
        const labels = dbscan(neighboursOf(size, moved), leastPoints);
        const back = order.map((place) => labels[place] ?? NOISE);
        expect(groupsOf(back)).toEqual(groupsOf(dbscan(neighboursOf(size, edges), leastPoints)));
      }),
    );
  });
});

interface Edge extends Neighbour {
  readonly from: number;
}

const edge = (from: number, to: number, similarity: number): Edge => ({ from, to, similarity });
const allOf = (...points: readonly number[]): readonly Edge[] =>
  points.flatMap((from) => points.filter((to) => to > from).map((to) => edge(from, to, 0.9)));

function neighboursOf(size: number, edges: readonly Edge[]): readonly (readonly Neighbour[])[] {
  return Array.from({ length: size }, (_, point) =>
    edges.flatMap(({ from, to, similarity }) => {
      if (from === point) return [{ to, similarity }];
      return to === point ? [{ to: from, similarity }] : [];
    }),
  );
}

/** Cores reach whom they are chained to; a point beside cores goes where the most similar one is. */
function slowly(
  neighbours: readonly (readonly Neighbour[])[],
  leastPoints: number,
): readonly number[] {
  const points = [...neighbours.keys()];
  const cores = points.filter((point) => (neighbours[point]?.length ?? 0) + 1 >= leastPoints);
  const reached = cores.map((core) => new Set([core]));
  for (const set of reached) {
    // Whoever is added is walked from in turn.
    for (const point of set) {
      for (const { to } of neighbours[point] ?? []) if (cores.includes(to)) set.add(to);
    }
  }
  const firsts = [...new Set(reached.map((set) => Math.min(...set)))];
  const clusterOf = (core: number): number =>
    firsts.indexOf(Math.min(...(reached[cores.indexOf(core)] ?? [])));
  return points.map((point) => {
    if (cores.includes(point)) return clusterOf(point);
    const beside = (neighbours[point] ?? []).filter(({ to }) => cores.includes(to));
    const [nearest] = beside.toSorted((a, b) => b.similarity - a.similarity);
    return nearest === undefined ? NOISE : clusterOf(nearest.to);
  });
}

const groupsOf = (labels: readonly number[]): readonly string[] =>
  labels.map((label) =>
    label === NOISE
      ? 'noise'
      : labels.flatMap((other, at) => (other === label ? [at] : [])).join(' '),
  );

/** No two edges of one similarity: then each point has one nearest core. */
const graph = fc.integer({ min: 0, max: 12 }).chain((size) => {
  const pairs = Array.from({ length: size }, (_, from) =>
    Array.from({ length: from }, (__, to) => ({ from, to })),
  ).flat();
  return fc.record({
    size: fc.constant(size),
    edges: fc
      .tuple(fc.shuffledSubarray(pairs), fc.constant(pairs.length))
      .map(([some, all]) => some.map(({ from, to }, at) => edge(from, to, (at + 1) / (all + 1)))),
    leastPoints: fc.integer({ min: 1, max: 5 }),
  });
});

const graphInTwoOrders = graph.chain(({ size, edges, leastPoints }) => {
  const places = Array.from({ length: size }, (_, at) => at);
  return fc.record({
    size: fc.constant(size),
    edges: fc.constant(edges),
    leastPoints: fc.constant(leastPoints),
    order: fc.shuffledSubarray(places, { minLength: size }),
    shuffled: fc.shuffledSubarray([...edges], { minLength: edges.length }),
  });
});
