/**
 * What the worlds of a set are drawn from. The held-out ones err in other ways than those that a
 * method is tuned on, and have batches of other qualities and windows of other lengths as well.
 */
import type { NoiseName } from './noises.ts';
import type { QualityKind } from './quality.ts';

export interface Family {
  readonly noises: readonly NoiseName[];
  readonly qualities: readonly QualityKind[];
  /** Of a window. Most are of 32. */
  readonly epochs: readonly number[];
  /** Deviations, from and to: see `Habits`. */
  readonly leniency: Span;
  readonly taste: Span;
  readonly blindness: Span;
  /** Audited share of a world's batches. */
  readonly audits: Span;
  readonly auditShift: Span;
}
export type Span = readonly [from: number, to: number];

export const TUNING: Family = {
  noises: ['plain-10', 'plain-20', 'scattered', 'careless', 'fives'],
  qualities: ['high', 'steady', 'uniform'],
  epochs: [32, 32, 24],
  leniency: [0.01, 0.03],
  taste: [0, 0.02],
  blindness: [0, 0.04],
  audits: [0, 0.6],
  auditShift: [-0.05, 0.02],
};

export const HELD_OUT: Family = {
  noises: [
    'plain-20',
    'plain-40',
    'scattered-widely',
    'gross',
    'careless-few',
    'moody',
    'moody-scattered',
    'tens',
    'motley',
  ],
  qualities: ['high', 'uniform', 'bimodal', 'drifting'],
  epochs: [32, 32, 32, 16, 48, 64],
  leniency: [0, 0.04],
  taste: [0.005, 0.03],
  blindness: [0, 0.06],
  audits: [0, 1],
  auditShift: [-0.1, 0.05],
};

/** Honest worlds are to be of every make. */
export const EVERY: Family = {
  ...HELD_OUT,
  noises: [...new Set([...TUNING.noises, ...HELD_OUT.noises])],
  qualities: [...new Set([...TUNING.qualities, ...HELD_OUT.qualities])],
  epochs: [...TUNING.epochs, ...HELD_OUT.epochs],
};
