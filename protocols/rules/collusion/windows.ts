/**
 * Windows: all the time, or a half, third, quarter or sixth of it.
 *
 * A burst that is lost in the whole stands out in its part. Each way of parting has one say, however
 * many parts it makes, and the whole more than each: who is paid for it colludes all the time.
 */
import { TWELFTHS } from './table.ts';

export interface Window {
  /** Twelfths: from the first to before the second. */
  readonly from: number;
  readonly to: number;
  /** Of the prior: what part of all rings is thought to be at work just then. */
  readonly share: number;
}

/** Into how many parts, and what part of all rings is thought to be at work in one of such. */
const PARTINGS = [
  { parts: 1, say: 0.4 },
  { parts: 2, say: 0.2 },
  { parts: 3, say: 0.15 },
  { parts: 4, say: 0.15 },
  { parts: 6, say: 0.1 },
];

export const WHOLE: Window = { from: 0, to: TWELFTHS, share: 1 };

export const WINDOWS: readonly Window[] = PARTINGS.flatMap(({ parts, say }) =>
  Array.from({ length: parts }, (_, part) => ({
    from: (part * TWELFTHS) / parts,
    to: ((part + 1) * TWELFTHS) / parts,
    share: say / parts,
  })),
);
