/**
 * The sets of worlds by name, each world by its number: the same on any machine, for ever.
 *
 *     worldOf('heldOut', 7).events ──▶ evaluate ──▶ compared with worldOf('heldOut', 7).truth
 *
 * `tuning` is for whoever makes a method, `heldOut` for whoever judges it: other seeds and other ways
 * to err. Of both a third have rings of strength 0.45 or less.
 */
import type { Random } from '../../actors/actor.ts';
import { invariant } from '../../protocols/units.ts';
import { randomFrom } from '../../runtime/random.ts';
import { drawPlan, type Wanted } from './draw-plan.ts';
import { between, happens } from './draws.ts';
import { EVERY, HELD_OUT, TUNING, type Family, type Span } from './families.ts';
import type { RingKind } from './kinds.ts';
import { NOISES } from './noises.ts';
import type { Plan } from './plan.ts';
import { makeWorld, type World } from './world.ts';

/** How many worlds each set has. */
export const WORLD_SETS = {
  /** With rings, to tune on. */
  tuning: 60,
  /** With rings, to be judged by. */
  heldOut: 60,
  /** Without rings. */
  honest: 300,
  /** Without rings, and one validator gives 0.08 less everywhere. */
  strict: 20,
  /** Without rings, and one validator gives 0.08 more everywhere. */
  lenient: 20,
  /** Every batch is good and everybody says so. */
  perfect: 4,
  /** Fifteen buyers rate one innocent validator 10, six times each. */
  framedByBuyers: 40,
  /** Five colluders raise the very miner that an innocent happened to like most. */
  framedByRing: 40,
  /** Three validators hand in, later, what an innocent one gave. */
  copied: 40,
  /** Half of 24 validators collude in the first ten worlds, 14 of them in the others. */
  majority: 20,
  /** A ring of 5 of 40 at strengths 0, 0.15, … 0.9: six worlds that differ in nothing else. */
  ladder: 42,
} as const;
export type WorldSet = keyof typeof WORLD_SETS;

export function worldOf(set: WorldSet, index: number): World {
  return makeWorld(planOf(set, index), seedOf(set, index));
}

/** What a world is made from, without the work of making it. */
export function planOf(set: WorldSet, index: number): Plan {
  invariant(index >= 0 && index < WORLD_SETS[set], `${set} has ${WORLD_SETS[set]} worlds`);
  return drawn(set, index, randomFrom(`collusion-plans/1/${seedOf(set, index)}`));
}

const seedOf = (set: WorldSet, index: number): string =>
  `${set}/${set === 'ladder' ? index % LADDER_WORLDS : index}`;

/** The strength of a world of the ladder, 0 to 0.9. */
export const ladderStrength = (index: number): number =>
  (Math.floor(index / LADDER_WORLDS) * LADDER_STEP) / 100;

/** In the middle of what the families draw. */
const USUAL: Plan['habits'] = { leniency: 0.02, taste: 0.015, models: 3, blindness: 0.02 };

const LADDER_WORLDS = 6;
const LADDER_STEP = 15;

function drawn(set: WorldSet, index: number, random: Random): Plan {
  switch (set) {
    case 'tuning':
      return ringed(set, TUNING, index, random);
    case 'heldOut':
      return ringed(set, HELD_OUT, index, random);
    case 'honest':
      return drawPlan(EVERY, [], random);
    case 'strict':
      return withDecoys(drawPlan(EVERY, [], random), { strict: [0.08] });
    case 'lenient':
      return withDecoys(drawPlan(EVERY, [], random), { lenient: [0.08] });
    case 'perfect': {
      const habits = { leniency: 0, taste: 0, models: 0, blindness: 0 };
      const plan = { ...drawPlan(EVERY, [], random), noise: NOISES.none, habits };
      return withDecoys({ ...plan, quality: 'perfect' }, {});
    }
    case 'framedByBuyers':
      return withDecoys(middling(random), { framed: 1, framers: 15, framing: 6 });
    case 'framedByRing':
      return withDecoys(middling(random, { kind: 'framing', validators: 5 }), {});
    case 'copied':
      return withDecoys(middling(random, { kind: 'copy', validators: 3 }), {});
    case 'majority':
      return majority(index < 10 ? 12 : 14, random);
    case 'ladder': {
      const ring = { kind: 'favour', validators: 5, strength: ladderStrength(index) } as const;
      const plan = { ...middling(random, ring), noise: NOISES['plain-20'], habits: USUAL };
      return withDecoys(plan, {});
    }
  }
}

/**
 * Three worlds in a row have rings of one kind and size, and the first of the three is the weak one: so
 * a third of the worlds are weak, and a third of those who collude.
 */
const KINDS: readonly RingKind[] = [
  'favour',
  'sheet',
  'part-time',
  'rivals',
  'copy',
  'burst',
  'framing',
  'favour',
  'sheet-only',
  'mixed',
];
const WEAK: Span = [0.3, 0.45];
const STRONG: Span = [0.5, 1];
/** Of the worlds with a ring, those with one more beside it. */
const SECOND_RING = 0.2;

function ringed(set: WorldSet, family: Family, index: number, random: Random): Plan {
  const three = Math.floor(index / 3);
  const shape = randomFrom(`collusion-plans/1/${set}/three/${three}`);
  const strengths = index % 3 === 0 ? WEAK : STRONG;
  const wantedOf = (kind: RingKind): Wanted => ({ kind, strength: between(random, ...strengths) });

  const wanted = [wantedOf(KINDS[three % KINDS.length] ?? 'favour')];
  if (happens(shape, SECOND_RING)) wanted.push(wantedOf('favour'));
  return drawPlan(family, wanted, random, shape);
}

/** A world of no extremes: what is planted in it decides. */
function middling(random: Random, ring?: RingSize): Plan {
  const strength = ring?.strength ?? between(random, 0.6, 0.9);
  return {
    ...drawPlan(EVERY, [], random),
    validators: 40,
    miners: 10,
    epochs: 32,
    batches: 150,
    panel: 40,
    quality: 'steady',
    poorMiners: 3,
    rings: ring === undefined ? [] : [{ miners: 1, buyers: 0, ...ring, strength }],
  };
}
interface RingSize {
  readonly kind: RingKind;
  readonly validators: number;
  readonly strength?: number;
}

function majority(validators: number, random: Random): Plan {
  const plan = middling(random, { kind: 'favour', validators });
  return withDecoys({ ...plan, validators: 24, panel: 24 }, {});
}

/** With these decoys and no others. */
const withDecoys = (plan: Plan, some: Partial<Plan['decoys']>): Plan => ({
  ...plan,
  decoys: { strict: [], lenient: [], sparse: 0, framed: 0, framers: 0, framing: 0, ...some },
});
