/**
 * Suspicion: how likely each validator deviates together with others, found in passes.
 *
 *     trust ──▶ references ──▶ residuals ──┬─▶ copying ──▶ links ──────┬─▶ V_c = max of the two
 *       ▲                                  └─▶ favour ──▶ hypotheses ──┘       │
 *       └──────────── clamp(1.25 − 1.5 V_c, 0.05, 1), up to three times ◀───────────┘
 *
 * Whoever is suspected loses weight in what the others are held against, so a ring does not hide
 * behind the reference that it made itself.
 */
import { blameOf, copyLinksOf, type CopyLink } from './copying.ts';
import { stepOf } from './deviations.ts';
import { favourGroups, type FavourGroup } from './favour-score.ts';
import { hypothesesOf } from './favour.ts';
import { expecting } from './models.ts';
import { pairsOf } from './pairs.ts';
import { tastesOf } from './tastes.ts';
import { ONE } from '../../units.ts';
import { qualitiesOf, UNIT, type Believed } from './reference.ts';
import { leniencyOf, residualsOf, type Residuals } from './residuals.ts';
import type { Table } from './table.ts';

/** More move a few a little up or down, and find no more. */
const PASSES = 3;
const LEAST_PASSES = 2;
/** Whoever's copy score is from here up brings no evidence of its own. */
const COPIES_FROM = 0.7;
/** A ring that is likelier than not explains its members' scores of its miners. */
const EXPLAINED_FROM = 0.5;
/** By its score: from here up it is one of them. */
const MEMBER = 0.5;

/** What the passes came to. */
export interface Suspicion {
  readonly residuals: Residuals;
  readonly trust: Int32Array;
  readonly links: readonly CopyLink[];
  readonly groups: readonly FavourGroup[];
  /** By validator, 0 to 1. */
  readonly favour: Float64Array;
  readonly copy: Float64Array;
  /** The greater of the two: V_c before it is rounded. */
  readonly score: Float64Array;
}

/**
 * Ends early where nobody's trust changes. `atFirst`: what `believedAtFirst` says. `lifted`: by miner, how
 * much likelier a ring is behind it, by what buyers say.
 */
export function suspicionIn(table: Table, atFirst: Believed, lifted: Float64Array): Suspicion {
  const pairs = pairsOf(table);
  const step = stepOf(table);
  const all = table.validators.length;
  let score: Float64Array = new Float64Array(all);
  let believed = atFirst;
  let groups: readonly FavourGroup[] = [];
  for (let pass = 1; ; pass++) {
    const trust = trustOf(score);
    believed = { ...believed, trust, quality: qualitiesOf(table, { ...believed, trust }) };
    const residuals = residualsOf(table, believed);
    const leftOut = explained(table, groups);
    leaveOutEnds(leftOut, table, residuals, step);
    const links = copyLinksOf({ table, pairs, step }, residuals, leftOut);
    const copy = new Float64Array(all);
    for (const link of links) {
      copy[link.validator] = Math.max(copy[link.validator] ?? 0, blameOf(link));
    }
    const copies = Uint8Array.from(copy, (own) => (own >= COPIES_FROM ? 1 : 0));
    const tastes = tastesOf(table, pairs, residuals, trust);
    const expected = expecting(table, pairs, residuals, trust);
    const asked = {
      table,
      pairs,
      residuals,
      tastes,
      expecting: expected,
      copies,
      lifted,
      isFirst: pass === 1,
    };
    groups = favourGroups(hypothesesOf(asked));
    const favour = Float64Array.from(copy, (_, validator) =>
      groups.reduce((most, group) => Math.max(most, group.score[validator] ?? 0), 0),
    );
    score = favour.map((own, validator) => Math.max(own, copy[validator] ?? 0));
    believed = { ...believed, leniency: residuals.leniency };
    const isSettled = trustOf(score).every((own, validator) => own === trust[validator]);
    if (pass === PASSES || (isSettled && pass >= LEAST_PASSES))
      return { residuals, trust, links, groups, favour, copy, score };
  }
}

/** All are trusted alike; how lenient each is and what each batch is worth are found in turn. */
export function believedAtFirst(table: Table): Believed {
  const all = table.validators.length;
  let believed: Believed = {
    trust: trustOf(new Float64Array(all)),
    leniency: new Int32Array(all),
    quality: nothingKnown(table),
  };
  for (let round = 0; round < FIRST_ROUNDS; round++) {
    const quality = qualitiesOf(table, believed);
    const leniency = leniencyOf(table, { ...believed, quality });
    believed = { ...believed, leniency, quality };
  }
  return believed;
}
const FIRST_ROUNDS = 2;

const nothingKnown = ({ batches }: Table): Float64Array =>
  new Float64Array(batches.length).fill(-1);

/** In 1/1024. */
const trustOf = (score: Float64Array): Int32Array =>
  Int32Array.from(score, (own) => Math.round(Math.max(0.05, Math.min(1, 1.25 - 1.5 * own)) * UNIT));

/** By row: 1 where a ring explains it. */
function explained(table: Table, groups: readonly FavourGroup[]): Uint8Array {
  const rings = groups
    .filter(({ probability }) => probability >= EXPLAINED_FROM)
    .map(({ hypotheses, score }) => {
      const isServed = new Uint8Array(table.miners.length);
      for (const { miners, rivals } of hypotheses) {
        for (const miner of [...miners, ...rivals]) isServed[miner] = 1;
      }
      return { isServed, isMember: Uint8Array.from(score, (own) => (own >= MEMBER ? 1 : 0)) };
    });
  const { batchOf, minerOf, validatorOf } = table;
  const told = new Uint8Array(validatorOf.length);
  for (const { isServed, isMember } of rings) {
    for (let row = 0; row < told.length; row++) {
      if (isMember[validatorOf[row] ?? 0] === 0) continue;
      if (isServed[minerOf[batchOf[row] ?? 0] ?? 0] === 1) told[row] = 1;
    }
  }
  return told;
}

/**
 * Marks the rows of the best and the worst that their validator ever says, which all say alike: strict
 * ones 0.9 where the others say 1. `step`: between two possible scores, in millionths.
 */
function leaveOutEnds(
  leftOut: Uint8Array,
  { scoreOf, validatorOf }: Table,
  { leniency }: Residuals,
  step: number,
): void {
  for (let row = 0; row < leftOut.length; row++) {
    const score = scoreOf[row] ?? 0;
    const usually = score - (leniency[validatorOf[row] ?? 0] ?? 0);
    const most = Math.max(score, usually + step / 2);
    const least = Math.min(score, usually - step / 2);
    if (least <= 0 || most >= ONE) leftOut[row] = 1;
  }
}
