/**
 * A ring: validators and the miners that they serve, who know each other by hotkey. Shill buyers rate
 * for it.
 */
import type { Hotkey } from '../../protocols/units.ts';

export interface Ring {
  readonly validators: ReadonlySet<Hotkey>;
  readonly miners: ReadonlySet<Hotkey>;
}
