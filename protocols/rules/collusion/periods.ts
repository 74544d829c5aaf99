/**
 * When a ring may be at work: in a window, a part of all in a row, or in a spell, some epochs here and
 * there.
 */
import { ln } from '../../exact.ts';
import type { Spell } from './spells.ts';
import { TWELFTHS, type Table } from './table.ts';
import type { Window } from './windows.ts';

export interface Period {
  /** Of the prior: ln of what part of all rings is thought to be at work just then. */
  readonly lnShare: number;
  /** By batch: 1 where it came then. */
  readonly isIn: Uint8Array;
  /** Put after a word; nothing where it is always. */
  readonly said: string;
}

/** That a ring comes and goes, beside the windows' shares, which are 1. */
const SPELLS = 0.15;

export const periodOf = ({ from, to, share }: Window, { twelfthOf }: Table): Period => ({
  lnShare: ln(share),
  isIn: twelfthOf.map((twelfth) => (twelfth >= from && twelfth < to ? 1 : 0)),
  said: to - from === TWELFTHS ? '' : ` in twelfths ${from + 1} to ${to} of the window`,
});

export const periodOn = ({ on, lnShare }: Spell, { slotOf, slots }: Table): Period => ({
  lnShare: ln(SPELLS) + lnShare,
  isIn: slotOf.map((slot) => on[slot] ?? 0),
  said: ` in ${on.reduce((sum, one) => sum + one, 0)} of ${slots} parts of the window`,
});
