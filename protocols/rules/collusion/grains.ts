/**
 * Grains: numbers that are multiples of some small part, so that sums of them are exact, in whatever order
 * they come.
 */

/** To the next 2⁻²⁰. */
export const finely = (value: number): number => Math.round(value * 1_048_576) / 1_048_576;
