/** What tests of providers look at: how close together calls were, and what was thrown. */

/** The most of sorted instants in any window, both ends of it included. */
export function mostWithin(instants: readonly number[], within: number): number {
  let most = 0;
  let from = 0;
  for (const [to, at] of instants.entries()) {
    while ((instants[from] ?? at) < at - within) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

/** Undefined where nothing was. */
export function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
