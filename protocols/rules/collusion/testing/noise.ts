/** Numbers that look like chance, and are the same each time: nearly normal, in multiples of 1/1024. */
export function noiseFrom(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 1) % 4_294_967_296;
  const next = (): number => {
    // Lehmer's, with the factor and the prime of Park and Miller (1988).
    state = ((state % 2_147_483_647) * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return () => {
    let sum = -6;
    for (let draw = 0; draw < 12; draw++) sum += next();
    return Math.round(sum * 1_024) / 1_024;
  };
}
