/**
 * The report on a file of events: who is worth what at its end, and what became of each batch.
 *
 *     standing ──▶ P, C, F, R and A, D, W ──▶ emissions, weights     in the order of the ids
 */
import type { BatchRecord } from '../../protocols/records.ts';
import { minerClaim, shares, validatorClaim } from '../../protocols/rules/emissions.ts';
import { minerScore } from '../../protocols/rules/miner-score.ts';
import { START } from '../../protocols/rules/reputation.ts';
import { quantise } from '../../protocols/rules/weights.ts';
import { compareText } from '../../protocols/sorted.ts';
import type { Standing } from '../../protocols/standing.ts';
import { ONE, points, WHOLE, type Hotkey, type Rao } from '../../protocols/units.ts';
import type { Events } from '../events.ts';

/** As `--json` prints it: fractions and points as decimals. */
export interface ScoreReport {
  readonly format: 'leadpoet.score/1';
  readonly validators: readonly {
    readonly id: string;
    readonly p: number;
    readonly c: number;
    readonly f: 0 | 1;
    readonly r: number;
    readonly emission: number;
  }[];
  /** All but the id are null where the file has no queries. */
  readonly miners: readonly {
    readonly id: string;
    readonly a: number | null;
    readonly d: number | null;
    readonly w: number | null;
    readonly emission: number | null;
    readonly weight: number | null;
  }[];
  readonly batches: readonly {
    readonly batch: string;
    /** Null where nobody has a say; 0 where the checks failed. */
    readonly final_score: number | null;
    readonly approved: boolean;
    readonly denied: boolean;
  }[];
}

/** A batch's record, and whether the trusted denied it. */
export interface Settled {
  readonly record: BatchRecord;
  readonly isDenied: boolean;
}

/** In whatever order the batches were settled. */
export function reportOf(
  events: Events,
  settled: readonly Settled[],
  standing: Standing,
): ScoreReport {
  return {
    format: 'leadpoet.score/1',
    validators: validatorsIn(events, standing),
    miners: minersIn(events, standing),
    batches: settled
      .map(({ record, isDenied: denied }) => {
        const isReset = record.approved && record.checks === 'failed';
        const final = isReset ? 0 : record.finalScore;
        return {
          batch: record.batch,
          final_score: final === undefined ? null : final / WHOLE,
          approved: record.approved && !isReset,
          denied,
        };
      })
      .toSorted((a, b) => compareText(a.batch, b.batch)),
  };
}

function validatorsIn(events: Events, { validators }: Standing): ScoreReport['validators'] {
  const ids = sorted([
    ...(events.validators ?? []),
    ...events.scores.map(({ validator }) => validator),
    ...events.feedback.map(({ validator }) => validator),
  ]);
  const ones = ids.map((id) => validators.get(id) ?? NEWCOMER);
  const emissions = shares(
    ones.map((one) => validatorClaim(one.reputation)),
    POT,
  );
  return ids.map((id, index) => {
    const { precision, consistency, reputation, flagged } = ones[index] ?? NEWCOMER;
    return {
      id,
      p: precision / POINT,
      c: consistency / ONE,
      f: flagged ? 0 : 1,
      r: reputation / POINT,
      emission: Number(emissions[index] ?? 0n) / ONE,
    };
  });
}

function minersIn(events: Events, { miners }: Standing): ScoreReport['miners'] {
  const ids = sorted([
    ...(events.miners ?? []),
    ...events.scores.map(({ miner }) => miner),
    ...(events.queries ?? []).map(({ miner }) => miner),
  ]);
  if (events.queries === undefined) {
    return ids.map((id) => ({ id, a: null, d: null, w: null, emission: null, weight: null }));
  }
  const ones = ids.map((id) => miners.get(id) ?? UNASKED);
  const claims = ones.map(minerClaim);
  const emissions = shares(claims, POT);
  const weights = quantise(claims);
  return ids.map((id, index) => {
    const { accuracy, dependability, weight } = ones[index] ?? UNASKED;
    return {
      id,
      a: accuracy / ONE,
      d: dependability / ONE,
      w: weight / ONE,
      emission: Number(emissions[index] ?? 0n) / ONE,
      weight: weights[index] ?? 0,
    };
  });
}

/** Emissions are shown as shares of six places. */
const POT = BigInt(ONE) as Rao;
/** Reputations are thousandths of a point. */
const POINT = points(1);

const NEWCOMER = { precision: START, consistency: ONE, reputation: START, flagged: false };
const UNASKED = minerScore([]);

/** Each id once, in the order of its characters' codes, which is the same everywhere. */
const sorted = (ids: readonly Hotkey[]): readonly Hotkey[] =>
  [...new Set(ids)].toSorted(compareText);
