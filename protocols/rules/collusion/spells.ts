/**
 * Spells: in which epochs those who favour some miners do so, where they do not all the time.
 *
 *     slots ──▶ members: who is off in them, beside how it is off in all others
 *       ▲          │
 *       └──────────┘ slots in which the members are off together, until neither changes
 *
 *     ln share = −ln(E + 1) − ln C(E, k) + Σ ln(1 + e^−|Δ|)
 *
 * k of E slots: each k is as likely as any other, and of it each choice. Δ is ln odds of a slot to be one
 * of them; where it is near 0 the choice without it says the same, which is what the sum is for: a lower
 * bound of ln of the mean over all choices, as in variational Bayes (Bishop 2006, 10.1).
 */
import { exp, ln } from '../../exact.ts';
import { varianceOfMean } from './contrasts.ts';
import { coursesOf, joined, reversed, type Course } from './courses.ts';
import type { FavourAsked } from './favour.ts';
import { finely } from './grains.ts';
import type { Sums } from './over.ts';
import {
  evidenceOf,
  gridOf,
  membershipsOf,
  newRatioRoom,
  ODD,
  ratiosOf,
  type RatioRoom,
} from './two-groups.ts';

export interface Spell {
  /** By slot: 1 where it is one of them. */
  readonly on: Uint8Array;
  /** ln of how likely these slots are, of all that could be. */
  readonly lnShare: number;
}

/** A spell, as far as it is known by itself. */
interface Found extends Spell {
  readonly course: Course;
  readonly members: Float64Array;
  /** How far off they are, in honest standard deviations of one score. */
  readonly shift: number;
  /** ln BF of the members, and what these slots cost. */
  readonly worth: number;
}

/** Of fewer slots none stand out. */
const LEAST_SLOTS = 6;
const LEAST_ON = 2;
/** Slots and members agree after a few; some never do. */
const ROUNDS = 8;
/** Validators whose own best slots are where a search begins, of each miner. */
const STARTS = 6;
/** Miners whose spells are looked at with others beside them. */
const GROWN = 3;
/** Miners and rivals that are tried beside those of a spell: the members are off in them by most. */
const TRIED = 4;
/** What one more miner must bring. */
const WORTH_A_MINER = 1.5;
const LEAST_SHIFT = 0.5;
const MOST_SHIFT = 2.5;

/** Those of some miners that are worth a closer look. `whole`: of the whole window. */
export function spellsOf(
  asked: FavourAsked,
  whole: Sums,
  miners: readonly number[],
): readonly Spell[] {
  const room = newRatioRoom();
  const courses = coursesOf(asked, whole, miners);
  return courses
    .flatMap(
      (course) =>
        bestOf(startsOf(course, room).flatMap((on) => settled(course, on, room) ?? [])) ?? [],
    )
    .toSorted((a, b) => b.worth - a.worth)
    .slice(0, GROWN)
    .map((spell) => grown(spell, [...courses, ...courses.map(reversed)], room));
}

const bestOf = (spells: readonly Found[]): Found | undefined =>
  spells.reduce<Found | undefined>(
    (best, one) => (best === undefined || one.worth > best.worth ? one : best),
    undefined,
  );

/** Adds a miner or a rival whose slots the members are off in as well, while it is worth it. */
function grown(start: Found, courses: readonly Course[], room: RatioRoom): Found {
  let best = start;
  for (;;) {
    const { course, members, shift } = best;
    const known = [...course.miners, ...course.rivals];
    const likeliest = courses
      .filter(({ miners, rivals }) => ![...miners, ...rivals].some((one) => known.includes(one)))
      .map((other) => ({ other, gain: slotsBy(other, { members, shift }).gain }))
      .toSorted((a, b) => b.gain - a.gain)
      .slice(0, TRIED);
    const more = bestOf(
      likeliest.flatMap(({ other }) => {
        const both = joined(course, other);
        return settled(both, slotsBy(both, { members, shift }).on, room) ?? [];
      }),
    );
    if (more === undefined || more.worth < best.worth + WORTH_A_MINER) return best;
    best = more;
  }
}

/** Where a search begins: with the slots in which one validator, of those who are furthest off, is more so than usual. */
function startsOf(course: Course, room: RatioRoom): readonly Uint8Array[] {
  const { slots, live, n, off, noise, taste } = course;
  if (live.length < LEAST_SLOTS) return [];
  const always = new Uint8Array(slots);
  for (const slot of live) always[slot] = 1;
  const { members } = membersBy(course, always, room);
  const means = new Float64Array(noise.length);
  const standing = Array.from(noise, (own, place) => {
    let count = 0;
    let sum = 0;
    for (const slot of live) {
      count += n[slots * place + slot] ?? 0;
      sum += off[slots * place + slot] ?? 0;
    }
    means[place] = count === 0 ? 0 : sum / count;
    const deviation = Math.sqrt(own / Math.max(1, count) + taste);
    return { place, standing: (means[place] ?? 0) / deviation };
  });
  const furthest = standing.toSorted((a, b) => b.standing - a.standing).slice(0, STARTS);
  return [
    slotsBy(course, { members, shift: 1 }).on,
    ...furthest.map(({ place }) =>
      Uint8Array.from({ length: slots }, (_, slot) => {
        const count = n[slots * place + slot] ?? 0;
        return (off[slots * place + slot] ?? 0) > count * (means[place] ?? 0) ? 1 : 0;
      }),
    ),
  ];
}

/** Members by slots and slots by members, in turn; the best of what is met. */
function settled(course: Course, start: Uint8Array, room: RatioRoom): Found | undefined {
  const { live } = course;
  let best: Found | undefined;
  let on = start;
  for (let round = 0; round < ROUNDS; round++) {
    const count = live.filter((slot) => on[slot] === 1).length;
    if (count < LEAST_ON) break;
    const found = membersBy(course, on, room);
    const next = slotsBy(course, found, on);
    const lnShare = -ln(live.length + 1) - lnChoices(live.length, count) + next.unsure;
    const worth = found.lnFactor + lnShare;
    const { members, shift } = found;
    // In all of them is what the whole window says.
    if (count < live.length && (best === undefined || worth > best.worth))
      best = { course, on, lnShare, worth, members, shift };
    if (next.on.every((one, slot) => one === on[slot])) break;
    on = next.on;
  }
  return best;
}

/** Validators, each as likely a member as it says. */
interface Members {
  readonly members: Float64Array;
  readonly shift: number;
  /** How far off each is in all other slots, as far as that is no chance. */
  readonly usual?: Float64Array;
}

/** Who is off in these slots, beside how it is off in the others. */
function membersBy(
  { slots, live, n, off, noise, taste }: Course,
  on: Uint8Array,
  room: RatioRoom,
): Required<Members> & { readonly lnFactor: number } {
  const usual = new Float64Array(noise.length);
  const places: number[] = [];
  const means: number[] = [];
  const variances: number[] = [];
  for (let place = 0; place < noise.length; place++) {
    let inside = 0;
    let insideOff = 0;
    let outside = 0;
    let outsideOff = 0;
    for (const slot of live) {
      const scores = n[slots * place + slot] ?? 0;
      if (scores === 0) continue;
      const moved = off[slots * place + slot] ?? 0;
      if (on[slot] === 1) {
        inside += scores;
        insideOff += moved;
      } else {
        outside += scores;
        outsideOff += moved;
      }
    }
    const own = noise[place] ?? 1;
    const known = outside === 0 ? 0 : taste / (taste + own / outside);
    usual[place] = outside === 0 ? 0 : (known * outsideOff) / outside;
    if (inside === 0) continue;
    places.push(place);
    means.push(insideOff / inside - (usual[place] ?? 0));
    variances.push(varianceOfMean(own, inside) + taste * (1 - known));
  }
  const ratios = ratiosOf(
    {
      means: Float64Array.from(means),
      variances: Float64Array.from(variances),
      odd: ODD.inSpells,
    },
    room,
  );
  const grid = gridOf(ratios);
  const members = new Float64Array(noise.length);
  let size = 0;
  let moved = 0;
  for (const [at, member] of membershipsOf(ratios, grid).entries()) {
    members[places[at] ?? 0] = member;
    size += finely(member);
    moved += finely(member * (means[at] ?? 0));
  }
  const shift = size === 0 ? 0 : moved / size;
  return { members, shift: clampShift(shift), usual, lnFactor: evidenceOf(grid) };
}

/**
 * In which slots these are off, and what they explain there; and what the choice among those that are not
 * sure is worth, beside `chosen`.
 */
function slotsBy(
  { slots, live, n, off, sureness }: Course,
  { members, shift, usual }: Members,
  chosen?: Uint8Array,
): { readonly on: Uint8Array; readonly unsure: number; readonly gain: number } {
  const count = chosen === undefined ? 0 : live.filter((slot) => chosen[slot] === 1).length;
  const prior = chosen === undefined ? 0 : ln((count + 1) / (live.length - count + 1));
  const likely = [...members.entries()].filter(([, member]) => member > NOBODY);
  const on = new Uint8Array(slots);
  let unsure = 0;
  let gain = 0;
  for (const slot of live) {
    let told = 0;
    for (const [place, member] of likely) {
      const scores = n[slots * place + slot] ?? 0;
      if (scores === 0) continue;
      const moved = (off[slots * place + slot] ?? 0) - scores * (usual?.[place] ?? 0);
      const explained = shift * (moved - (scores * shift) / 2) * (sureness[place] ?? 1);
      told += finely(member * explained);
    }
    const lnOdds = prior + told;
    on[slot] = lnOdds > 0 ? 1 : 0;
    gain += Math.max(0, lnOdds);
    if (on[slot] === chosen?.[slot]) unsure += ln(1 + exp(-Math.min(SURE, Math.abs(lnOdds))));
  }
  return { on, unsure, gain };
}
/** Whoever is less likely a member has no say in when they are at it. */
const NOBODY = 0.01;
/** e to the minus this is nothing beside 1. */
const SURE = 40;

const clampShift = (shift: number): number =>
  Math.max(LEAST_SHIFT, Math.min(MOST_SHIFT, finely(shift)));

/** ln of in how many ways so many of all can be chosen. */
function lnChoices(all: number, chosen: number): number {
  let sum = 0;
  for (let at = 1; at <= chosen; at++) sum += ln((all - chosen + at) / at);
  return sum;
}
