/**
 * When a ring may have been at work: all the time, or in a half, third, quarter or sixth of it.
 *
 * A burst that is lost in the whole stands out in its part. Each way of parting has one say, however
 * many parts it makes.
 */
import { TWELFTHS } from './table.ts';

export interface Window {
  /** Twelfths: from the first to before the second. */
  readonly from: number;
  readonly to: number;
  /** Of the prior: what part of all rings is thought to be at work just then. */
  readonly share: number;
}

const PARTINGS = [1, 2, 3, 4, 6];

export const WINDOWS: readonly Window[] = PARTINGS.flatMap((parts) =>
  Array.from({ length: parts }, (_, part) => ({
    from: (part * TWELFTHS) / parts,
    to: ((part + 1) * TWELFTHS) / parts,
    share: 1 / (PARTINGS.length * parts),
  })),
);
