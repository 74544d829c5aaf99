/**
 * How honest validators err, by families that differ, so that no method can be made for one of them.
 *
 *     score = successes of `leads` draws at p / leads + own error, to the nearest `step`
 */
export interface Noise {
  /** Looked at by a validator. */
  readonly leads: number;
  /** Every score is a multiple of it. */
  readonly step: number;
  /** Of p from sample to sample, as in a beta-binomial: 0 for the binomial. */
  readonly scatter: number;
  /** Share of scores with a gross error of heavy tails. */
  readonly gross: number;
  /** Share of validators that are careless, with errors of `carelessness` on top. */
  readonly careless: number;
  readonly carelessness: number;
  /** Deviation of a validator's mood, which holds on from epoch to epoch by `hold`. */
  readonly mood: number;
  readonly hold: number;
  /** Share of asked scores that never come. */
  readonly missing: number;
  /** The events say how many leads were looked at. */
  readonly isTold: boolean;
}

const plain = (leads: number): Noise => ({
  leads,
  step: 1 / leads,
  scatter: 0,
  gross: 0,
  careless: 0,
  carelessness: 0,
  mood: 0,
  hold: 0,
  missing: 0,
  isTold: true,
});

export type NoiseName =
  | 'none'
  | 'plain-10'
  | 'plain-20'
  | 'plain-40'
  | 'fives'
  | 'tens'
  | 'scattered'
  | 'scattered-widely'
  | 'gross'
  | 'careless'
  | 'careless-few'
  | 'moody'
  | 'moody-scattered'
  | 'motley';

export const NOISES: Readonly<Record<NoiseName, Noise>> = {
  /** Nobody errs: as many leads as a batch can have. */
  none: plain(100),
  'plain-10': plain(10),
  'plain-20': plain(20),
  'plain-40': plain(40),
  fives: { ...plain(20), step: 0.05, missing: 0.1, isTold: false },
  tens: { ...plain(20), step: 0.1, missing: 0.05, isTold: false },
  scattered: { ...plain(20), scatter: 0.02, missing: 0.1 },
  'scattered-widely': { ...plain(20), scatter: 0.06 },
  gross: { ...plain(20), gross: 0.05, missing: 0.1 },
  careless: { ...plain(20), careless: 0.25, carelessness: 0.08 },
  'careless-few': { ...plain(40), careless: 0.1, carelessness: 0.15, missing: 0.2 },
  moody: { ...plain(20), mood: 0.035, hold: 0.85 },
  'moody-scattered': { ...plain(40), scatter: 0.02, mood: 0.04, hold: 0.7, missing: 0.1 },
  /** Some of everything, and coarse on top. */
  motley: {
    ...plain(20),
    step: 0.05,
    scatter: 0.01,
    gross: 0.02,
    careless: 0.15,
    carelessness: 0.06,
    mood: 0.02,
    hold: 0.8,
    missing: 0.15,
    isTold: false,
  },
};
