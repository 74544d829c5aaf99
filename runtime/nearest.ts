/**
 * The known word that a mistyped one is likely meant to be.
 */

/** The first of those that fewest letters must be changed, put in or left out for. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  // Whatever comes after so many letters, no known word is near.
  const short = word.slice(0, MOST_LETTERS);
  return known.reduce<string | undefined>(
    (best, other) =>
      best === undefined || lettersApart(short, other) < lettersApart(short, best) ? other : best,
    undefined,
  );
}

const MOST_LETTERS = 64;

/** Row by row of the usual table: what it takes from each beginning of `from` to each of `to`. */
function lettersApart(from: string, to: string): number {
  let before = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let row = 1; row <= from.length; row++) {
    const own = [row];
    for (let at = 1; at <= to.length; at++) {
      const isSame = from[row - 1] === to[at - 1];
      const changed = (before[at - 1] ?? 0) + (isSame ? 0 : 1);
      own.push(Math.min(changed, (before[at] ?? 0) + 1, (own[at - 1] ?? 0) + 1));
    }
    before = own;
  }
  return before[to.length] ?? 0;
}
