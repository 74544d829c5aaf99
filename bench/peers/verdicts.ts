/** Worlds beside what a method says of them. */
import { FLAGGED, type Finding } from '../../protocols/rules/collusion/finding.ts';
import { ONE, type Hotkey } from '../../protocols/units.ts';
import { worldOf, type WorldSet } from '../../sim/collusion/worlds.ts';
import type { World } from '../../sim/collusion/world.ts';
import { qualityOf, type Judged, type Quality } from './judge.ts';

export const LINE: number = FLAGGED / ONE;

/** Of one world, by validator: 0 to 1. */
export type Scores = ReadonlyMap<Hotkey, number>;

export const worldsOf = (set: WorldSet, count: number): World[] =>
  Array.from({ length: count }, (_, index) => worldOf(set, index));

export const scoresIn = ({ validators }: Finding): Scores =>
  new Map(validators.map(({ validator, score }) => [validator, score / ONE]));

/** Guilty is who is in a ring of strength above 0. Framed, copied and odd ones are innocent. */
export function guiltyIn({ truth }: World): ReadonlySet<Hotkey> {
  const rings = truth.rings.filter(({ strength }) => strength > 0);
  return new Set(rings.flatMap(({ validators }) => validators));
}

/** Who over-rates for a ring of strength above 0, or to frame an innocent. */
export function guiltyBuyersIn({ truth }: World): ReadonlySet<Hotkey> {
  const rings = truth.rings.filter(({ strength }) => strength > 0);
  return new Set([...rings.flatMap(({ buyers }) => buyers), ...truth.framers]);
}

export const judgedIn = (world: World, scores: Scores): Judged[] => {
  const guilty = guiltyIn(world);
  return [...scores].map(([validator, score]) => ({ score, isGuilty: guilty.has(validator) }));
};

export interface Verdict extends Quality {
  readonly method: string;
  /** The mean of the worlds' own. All else is of all validators of all worlds together. */
  readonly aucByWorld: number;
}

export function verdictOn(
  method: string,
  worlds: readonly World[],
  scores: readonly Scores[],
): Verdict {
  const judged = worlds.map((world, at) => judgedIn(world, scores[at] ?? new Map()));
  const aucs = judged.map((one) => qualityOf(one, LINE).auc).filter(Number.isFinite);
  const aucByWorld = aucs.reduce((sum, auc) => sum + auc, 0) / aucs.length;
  return { method, ...qualityOf(judged.flat(), LINE), aucByWorld };
}

/** Found of all, by a ring's kind and whether it is weak: of strength 0.45 or less. */
export function foundByKind(
  worlds: readonly World[],
  scores: readonly Scores[],
): ReadonlyMap<string, { readonly weak: Share; readonly strong: Share }> {
  const rings = worlds.flatMap(({ truth }, at) =>
    truth.rings.map((ring) => ({ ...ring, scores: scores[at] })),
  );
  const shareOf = (some: typeof rings): Share => {
    const all = some.flatMap(({ validators, scores: given }) =>
      validators.map((validator) => given?.get(validator) ?? 0),
    );
    return { found: all.filter((score) => score >= LINE).length, of: all.length };
  };
  return new Map(
    [...Map.groupBy(rings, ({ kind }) => kind)].map(([kind, some]) => [
      kind,
      {
        weak: shareOf(some.filter(({ strength }) => strength <= 0.45)),
        strong: shareOf(some.filter(({ strength }) => strength > 0.45)),
      },
    ]),
  );
}
export interface Share {
  readonly found: number;
  readonly of: number;
}
