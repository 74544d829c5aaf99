/**
 * What ties a ring together, with the batches behind each tie: the lines of its picture.
 *
 *     buyer ──praise──▶ validator ──favour──▶ miner        validator ◀──alike──▶ validator
 *
 * Each batch stands beside what the validators outside of the ring gave it, what the automated checks
 * found of it and its F, so that a reader sees the difference without any of the method.
 */
import type { FeedbackEvent, ScoreEvent } from '../../protocols/rules/collusion/events.ts';
import type { Finding, Ring } from '../../protocols/rules/collusion/finding.ts';
import { tableOf, type Table } from '../../protocols/rules/collusion/table.ts';
import { compareText } from '../../protocols/sorted.ts';
import type { Hotkey } from '../../protocols/units.ts';
import type { Events } from '../events.ts';

export type Tie = Favour | Praise | Alike;

/** A validator's scores of a miner that its ring marks up. */
export interface Favour {
  readonly kind: 'favour';
  readonly from: Hotkey;
  readonly to: Hotkey;
  /** Furthest above the others first. */
  readonly batches: readonly Scored[];
  /** Mean of own score less the others', in millionths; undefined where there are no others. */
  readonly above: number | undefined;
}

/** A restricted buyer's ratings of what a ring's validator scored. */
export interface Praise {
  readonly kind: 'praise';
  readonly from: Hotkey;
  readonly to: Hotkey;
  /** Highest rating first. */
  readonly batches: readonly Rated[];
  /** Mean, 1 to 10. */
  readonly rating: number;
}

/** Two validators of which one's errors are the other's. */
export interface Alike {
  readonly kind: 'alike';
  readonly from: Hotkey;
  readonly to: Hotkey;
  /** Where both are furthest from the others first. */
  readonly batches: readonly ScoredByBoth[];
}

/** All in millionths; undefined where the file does not say. */
interface Judged {
  readonly batch: string;
  /** Median of the scores from outside of the ring, the lower of two middle ones. */
  readonly others: number | undefined;
  readonly checks: number | undefined;
  readonly final: number | undefined;
}
export interface Scored extends Judged {
  readonly own: number;
}
export interface ScoredByBoth extends Scored {
  readonly partner: number;
}
export interface Rated extends Judged {
  readonly miner: Hotkey | undefined;
  readonly rating: number;
}

/** A ring, and the ties among those of it that are drawn. */
export interface TiedRing {
  readonly ring: Ring;
  readonly drawn: Ring;
  readonly ties: readonly Tie[];
}

/** How much of a finding is drawn: a ring of hundreds has more ties than anyone can see. */
export interface Most {
  readonly rings: number;
  /** Of each kind in one ring. */
  readonly nodes: number;
}

/** The rings of a finding, in its order. */
export function tiedRings(events: Events, finding: Finding, most: Most): readonly TiedRing[] {
  if (finding.rings.length === 0) return [];
  const table = tableOf(events);
  const final = finalsOf(events.scores);
  return finding.rings.slice(0, most.rings).map((ring) => {
    const panel = panelOf(ring, table, final);
    const drawn: Ring = {
      validators: ring.validators.slice(0, most.nodes),
      miners: ring.miners.slice(0, most.nodes),
      buyers: ring.buyers.slice(0, most.nodes),
    };
    const ties = [
      ...praiseIn(drawn, panel, events.feedback),
      ...favourIn(drawn, panel),
      ...alikeIn(drawn, panel, finding),
    ];
    return { ring, drawn, ties };
  });
}

/** F of each batch, as the last that tells of it knew it; of two at once the lower. */
function finalsOf(scores: readonly ScoreEvent[]): ReadonlyMap<string, number> {
  const told = new Map<string, { readonly time: number; readonly final: number }>();
  for (const { batch, finalScore: final, time } of scores) {
    if (final === undefined) continue;
    const other = told.get(batch);
    const isLater = other === undefined || (time - other.time || other.final - final) > 0;
    if (isLater) told.set(batch, { time, final });
  }
  return new Map([...told].map(([batch, { final }]) => [batch, final]));
}

/** What a ring's members and all others said of each batch that a member scored. */
type Panel = ReadonlyMap<string, Seat>;
interface Seat {
  readonly judged: Judged;
  readonly miner: Hotkey | undefined;
  readonly by: ReadonlyMap<Hotkey, number>;
}

function panelOf(ring: Ring, table: Table, final: ReadonlyMap<string, number>): Panel {
  const members = new Set(ring.validators);
  const panel = new Map<string, Seat>();
  for (const [at, batch] of table.batches.entries()) {
    const by = new Map<Hotkey, number>();
    const others: number[] = [];
    for (let row = table.starts[at] ?? 0; row < (table.starts[at + 1] ?? 0); row++) {
      const validator = table.validators[table.validatorOf[row] ?? -1];
      const score = table.scoreOf[row] ?? 0;
      if (validator !== undefined && members.has(validator)) by.set(validator, score);
      else others.push(score);
    }
    if (by.size === 0) continue;
    const checks = table.passRateOf[at] ?? -1;
    const judged = {
      batch,
      others: others.toSorted((a, b) => a - b)[Math.ceil(others.length / 2) - 1],
      checks: checks < 0 ? undefined : checks,
      final: final.get(batch),
    };
    panel.set(batch, { judged, miner: table.miners[table.minerOf[at] ?? -1], by });
  }
  return panel;
}

function favourIn(ring: Ring, panel: Panel): readonly Favour[] {
  return pairs(ring.validators, ring.miners).flatMap(([from, to]) => {
    const batches = [...panel.values()].flatMap(({ judged, miner, by }): Scored[] => {
      const own = by.get(from);
      return own === undefined || miner !== to ? [] : [{ ...judged, own }];
    });
    if (batches.length === 0) return [];
    const above = batches.map(offOf).filter((off) => off !== undefined);
    return [{ kind: 'favour', from, to, batches: mostFirst(batches, offOf), above: meanOf(above) }];
  });
}

function praiseIn(ring: Ring, panel: Panel, feedback: readonly FeedbackEvent[]): readonly Praise[] {
  const buyers = new Set(ring.buyers);
  const latest = new Map<string, FeedbackEvent>();
  for (const event of feedback) {
    const { buyer, validator, batch, time, rating } = event;
    const seat = panel.get(batch);
    if (!buyers.has(buyer) || seat === undefined || !isServed(ring, seat)) continue;
    const name = JSON.stringify([buyer, validator, batch]);
    const other = latest.get(name);
    const isNewer = other === undefined || (time - other.time || other.rating - rating) > 0;
    if (isNewer) latest.set(name, event);
  }
  const pairOf = (from: Hotkey, to: Hotkey): string => JSON.stringify([from, to]);
  const ratings = Map.groupBy(latest.values(), ({ buyer, validator }) => pairOf(buyer, validator));
  return pairs(ring.buyers, ring.validators).flatMap(([from, to]) => {
    const own = ratings.get(pairOf(from, to)) ?? [];
    const batches = own.flatMap(({ batch, rating }): Rated[] => {
      const seat = panel.get(batch);
      return seat === undefined ? [] : [{ ...seat.judged, miner: seat.miner, rating }];
    });
    const rating = meanOf(batches.map((one) => one.rating));
    if (rating === undefined) return [];
    const sorted = mostFirst(batches, (one) => one.rating);
    return [{ kind: 'praise', from, to, batches: sorted, rating }];
  });
}

const isServed = ({ miners }: Ring, { miner }: Seat): boolean =>
  miners.length === 0 || (miner !== undefined && miners.includes(miner));

function alikeIn(ring: Ring, panel: Panel, { validators }: Finding): readonly Alike[] {
  const members = new Set(ring.validators);
  const linked = new Map<string, readonly [Hotkey, Hotkey]>();
  for (const { validator, evidence } of validators) {
    if (!members.has(validator)) continue;
    for (const { channel, with: partners } of evidence) {
      if (channel !== 'copy') continue;
      for (const partner of partners) {
        if (!members.has(partner)) continue;
        const [from, to] = partner < validator ? [partner, validator] : [validator, partner];
        linked.set(JSON.stringify([from, to]), [from, to]);
      }
    }
  }
  return [...linked.values()].flatMap(([from, to]) => {
    const batches = [...panel.values()].flatMap(({ judged, by }): ScoredByBoth[] => {
      const own = by.get(from);
      const partner = by.get(to);
      return own === undefined || partner === undefined ? [] : [{ ...judged, own, partner }];
    });
    return batches.length === 0
      ? []
      : [{ kind: 'alike', from, to, batches: mostFirst(batches, offTogether) }];
  });
}

const offOf = ({ own, others }: Scored): number | undefined =>
  others === undefined ? undefined : own - others;

/** How far both are from the others, to the same side; less than nothing where to different ones. */
function offTogether({ own, partner, others }: ScoredByBoth): number | undefined {
  if (others === undefined) return undefined;
  const isSameSide = own < others === partner < others;
  const off = Math.min(Math.abs(own - others), Math.abs(partner - others));
  return isSameSide ? off : -off;
}

/** Those of which nothing is known come last; of as much, in the order of the ids. */
const mostFirst = <T extends Judged>(
  batches: readonly T[],
  of: (batch: T) => number | undefined,
): readonly T[] =>
  batches.toSorted(
    (a, b) => (of(b) ?? -Infinity) - (of(a) ?? -Infinity) || compareText(a.batch, b.batch),
  );

const meanOf = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;

const pairs = <A, B>(left: readonly A[], right: readonly B[]): readonly (readonly [A, B])[] =>
  left.flatMap((one) => right.map((other) => [one, other] as const));
