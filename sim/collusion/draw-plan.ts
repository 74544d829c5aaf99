/**
 * Draws a plan from a family: how many there are, how they err, what is planted. Rings are given; the
 * plan makes room for them.
 */
import type { Random } from '../../actors/actor.ts';
import { between, happens, pick, whole } from './draws.ts';
import type { Family } from './families.ts';
import { needsCommonBatches, RING_KINDS, type RingKind } from './kinds.ts';
import { NOISES } from './noises.ts';
import type { Decoys, Plan, RingPlan } from './plan.ts';
import { numbers } from './roles.ts';

export interface Wanted {
  readonly kind: RingKind;
  /** 0 to 1. */
  readonly strength: number;
}

/** From twelve, the fewest that a ring of a third leaves a majority of, to a full subnet's. */
const VALIDATORS = [12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 130];
const PANEL = 5;
/** A third of all worlds ask five validators for each batch, the others all of them. */
const PANELS_OF_FIVE = 0.35;
/** Scores that a validator gives in a window. */
const SCORES = [100, 240] as const;
const LARGEST_RING = 10;
/** Of who copies: one leads, and the fewer follow the less they show. */
const LARGEST_COPYING = 4;

/** How many validators there are and how large the rings comes from `shape`, all else from `random`. */
export function drawPlan(
  family: Family,
  wanted: readonly Wanted[],
  random: Random,
  shape: Random = random.fork('shape'),
): Plan {
  const validators = pick(shape, VALIDATORS);
  const mayPanel = !wanted.some(({ kind }) => needsCommonBatches(kind));
  const panel = mayPanel && happens(random, PANELS_OF_FIVE) ? PANEL : validators;
  const miners = whole(random, 6, 12);
  const models = pick(random, [0, 2, 3, 4]);
  const rings = wanted.map((ring) => ringOf(ring, validators, wanted.length, shape));
  const ringMiners = rings.reduce((sum, ring) => sum + ring.miners, 0);

  return {
    validators,
    miners,
    epochs: pick(random, family.epochs),
    batches: Math.round((whole(random, ...SCORES) * validators) / panel),
    panel,
    quality: pick(random, family.qualities),
    poorMiners: Math.max(ringMiners, whole(random, 2, 3)),
    noise: NOISES[pick(random, family.noises)],
    habits: {
      leniency: between(random, ...family.leniency),
      taste: between(random, ...family.taste),
      models,
      blindness: models === 0 ? 0 : between(random, ...family.blindness),
    },
    audits: {
      share: between(random, ...family.audits),
      shift: between(random, ...family.auditShift),
    },
    rings,
    decoys: decoysOf(validators, random.fork('decoys')),
    buyers: {
      honest: whole(random, 8, 20),
      loyal: whole(random, 0, 3),
      generous: whole(random, 0, 3),
      ratings: whole(random, 8, 24),
    },
    hasFinalScores: happens(random, 0.8),
  };
}

/** All rings together have at most a third of the validators. */
function ringOf({ kind, strength }: Wanted, validators: number, rings: number, random: Random) {
  const { acts } = RING_KINDS[kind];
  const most = Math.min(LARGEST_RING, Math.floor(validators / 3 / rings));
  const size = whole(random, 2, Math.max(2, most));
  return {
    kind,
    strength,
    validators: acts.includes('copy') ? Math.min(size, LARGEST_COPYING) : size,
    miners: whole(random, 1, 2),
    // Those who only lean on each other's scores sell nothing.
    buyers: acts.includes('favour') ? whole(random, 0, 5) : 0,
  } satisfies RingPlan;
}

/** The more validators, the more of each: up to a quarter of all look odd and are innocent. */
function decoysOf(validators: number, random: Random): Decoys {
  const upTo = (share: number): number =>
    whole(random, 0, Math.max(1, Math.floor(validators * share)));
  const shifts = (): number[] => numbers(upTo(0.06)).map(() => between(random, 0.05, 0.1));
  return {
    strict: shifts(),
    lenient: shifts(),
    sparse: upTo(0.1),
    framed: whole(random, 0, 1),
    framers: whole(random, 3, 8),
    framing: whole(random, 4, 10),
  };
}
