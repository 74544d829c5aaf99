/**
 * How figures went over time: a sample an epoch, thinned where there come to be too many.
 *
 *     1 2 3 4 5 6 7 8 ──full──▶ 1 3 5 7 ──▶ and from now on every second epoch
 */
import type { Hotkey, Instant } from '../../protocols/units.ts';

export interface TrendView {
  readonly at: readonly Instant[];
  /** Null where there was no figure, or no such name yet. */
  readonly of: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

/** As many as a drawing has room for. */
export const MOST_SAMPLES = 120;

export class Trend {
  #samples: { readonly at: Instant; readonly values: ReadonlyMap<Hotkey, number> }[] = [];
  #every = 1;
  #turn = 0;

  add(at: Instant, values: ReadonlyMap<Hotkey, number>): void {
    const isDue = this.#turn++ % this.#every === 0;
    if (!isDue) return;
    this.#samples.push({ at, values });
    if (this.#samples.length <= MOST_SAMPLES) return;
    this.#samples = this.#samples.filter((_, index) => index % 2 === 0);
    this.#every *= 2;
  }

  /** Of those hotkeys, in that order, and of the moment as it is. */
  view(
    hotkeys: readonly Hotkey[],
    now: { readonly at: Instant; readonly values: ReadonlyMap<Hotkey, number> },
    nameOf: (hotkey: Hotkey) => string,
  ): TrendView {
    const samples = [...this.#samples, now];
    return {
      at: samples.map(({ at }) => at),
      of: hotkeys.map((hotkey) => ({
        name: nameOf(hotkey),
        values: samples.map(({ values }) => values.get(hotkey) ?? null),
      })),
    };
  }
}
