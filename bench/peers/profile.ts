/** Where the time of a run went, from what `node --cpu-prof` wrote: shares by what it was for. */

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** Microseconds, one for each sample. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

/** What a frame says of what it was done for; the innermost frame that says something decides. */
const PURPOSES: readonly (readonly [string, RegExp])[] = [
  ['garbage collection', /^\(garbage collector\)/],
  ['signatures', /internal\/crypto\/(sig|keys)|runtime\/notary\.ts/],
  ['hashes', /internal\/crypto\/hash|protocols\/hash\.ts/],
  ['encoding', /cborg|transport\/|codec|protocols\/(wire|batch|canonical)/],
  ['checkers, digest, tables', /\/sim\//],
  ['rules', /\/protocols\//],
  ['actors', /\/actors\//],
  ['loading code', /internal\/modules|amaro|compileForInternalLoader/],
  ['loop', /\/runtime\/|rxjs/],
];

/** In percent, the most first; what says nothing is `other`. */
export function sharesOf({ nodes, samples, timeDeltas }: CpuProfile): [string, number][] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((c) => [c, id])));
  const purposeOf = new Map(nodes.map(({ id }) => [id, purpose(id)]));
  const spent = new Map<string, number>();
  let whole = 0;
  for (const [index, id] of samples.entries()) {
    const name = purposeOf.get(id) ?? 'other';
    const took = timeDeltas[index] ?? 0;
    if (name === 'idle') continue;
    spent.set(name, (spent.get(name) ?? 0) + took);
    whole += took;
  }
  return [...spent]
    .map(([name, took]): [string, number] => [name, (took / whole) * 100])
    .toSorted((a, b) => b[1] - a[1]);

  function purpose(leaf: number): string {
    for (let at: number | undefined = leaf; at !== undefined; at = parents.get(at)) {
      const frame = byId.get(at)?.callFrame;
      if (frame === undefined) break;
      if (frame.functionName === '(idle)') return 'idle';
      const text = `${frame.functionName} ${frame.url}`;
      const found = PURPOSES.find(([, pattern]) => pattern.test(text));
      if (found !== undefined) return found[0];
    }
    return 'other';
  }
}
