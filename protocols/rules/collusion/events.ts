/**
 * What collusion is looked for in: what validators scored, what the automated checks found of the
 * same batches afterwards, and what buyers rated.
 */
import type { Hotkey, Score } from '../../units.ts';

/** The events of a window, in no particular order. Times are all in one unit, seconds or blocks. */
export interface CollusionEvents {
  readonly audits: readonly AuditEvent[];
  readonly scores: readonly ScoreEvent[];
  readonly feedback: readonly FeedbackEvent[];
  /** Leads in a validator's sample; 20 where absent. */
  readonly sampleSize?: number;
}

/** What the automated checks found of a batch afterwards. */
export interface AuditEvent {
  readonly batch: string;
  /** Of the leads that could be told, how many passed. */
  readonly passRate: Score;
  /** Leads that could be told; the sample's size where absent. */
  readonly checked?: number;
  readonly time: number;
}

/** A validator's score of a batch. */
export interface ScoreEvent {
  readonly epoch: number;
  readonly validator: Hotkey;
  readonly miner: Hotkey;
  readonly batch: string;
  readonly score: Score;
  /** F, as whoever tells of it knew it. */
  readonly finalScore?: Score;
  /** When whoever collects scores had this one. */
  readonly time: number;
}

/** A buyer's rating of a batch, as it bears on one validator. */
export interface FeedbackEvent {
  readonly buyer: Hotkey;
  readonly validator: Hotkey;
  readonly batch: string;
  /** 1 to 10. */
  readonly rating: number;
  readonly time: number;
}
