/**
 * How likely so many of one mind are a ring, and not those who look with one model.
 *
 *     few      1 up to a tenth of all, and 4.5 at least; down to 0 at a fifth, and 8 at least
 *     standing = how much further off the group is than the others, in deviations of taste
 *     share    = the greater of few and (standing − 2.2)/2.3, at most 1
 *
 * A network of twelve has rings of four. Models are a quarter or a half of a network, and the furthest off
 * of some dozens of them on the miner that is furthest off is some two deviations out; a ring is so by
 * as much as it wants.
 */
import { meanOf } from './contrasts.ts';
import { finely } from './grains.ts';
import type { Over, Sums } from './over.ts';

/** Validators are of a group by what `members` says: 0 to 1 each, in multiples of 2⁻³⁰. */
export interface Group {
  readonly members: Float64Array;
  readonly over: Over;
  readonly sums: Sums;
  /** Taste that all miners have in common, as a variance of z. */
  readonly common: number;
}

const USUAL_DEVIATION = 2.2;
const BEYOND = 2.3;

/** From 0 to 1. */
export function ringShare(group: Group): number {
  const { members, over } = group;
  const { usual, most } = ringSizes(over.n.length);
  const few = (most - sizeOf(members)) / (most - usual);
  const standsOut = (standingOf(group) - USUAL_DEVIATION) / BEYOND;
  return Math.max(0, Math.min(1, Math.max(few, standsOut)));
}

/** How many are to be expected in it. */
export const sizeOf = (members: Float64Array): number =>
  members.reduce((sum, member) => sum + member, 0);

/** Up to how many validators of so many a ring is as likely as anything, and from how many on it is none. */
export function ringSizes(scorers: number): { readonly usual: number; readonly most: number } {
  return {
    usual: Math.min(0.4 * scorers, Math.max(4.5, 0.1 * scorers)),
    most: Math.min(0.55 * scorers, Math.max(8, 0.2 * scorers)),
  };
}

/** The group's mean less that of the others, each of a validator beside what it makes of other miners. */
function standingOf({ members, over, sums, common }: Group): number {
  let inside = 0;
  let insideOff = 0;
  let outside = 0;
  let outsideOff = 0;
  for (let place = 0; place < over.n.length; place++) {
    const validator = over.validators[place] ?? 0;
    const n = over.n[place] ?? 0;
    const off = meanOf(sums, over, place);
    const weight = n / (n + 1);
    const member = weight * (members[validator] ?? 0);
    inside += finely(member);
    insideOff += finely(member * off);
    outside += finely(weight - member);
    outsideOff += finely((weight - member) * off);
  }
  if (inside === 0 || outside === 0) return 0;
  return (insideOff / inside - outsideOff / outside) / Math.sqrt(common);
}
