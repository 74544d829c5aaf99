/**
 * A reputation challenge: a batch whose score is known beforehand is slipped among the others.
 *
 *     |O_v − known| > 0.10 costs 10 points of P_v
 *
 * To pass is what is expected of everyone, and earns nothing.
 */
import type { Score } from '../units.ts';
import { agrees } from './final-score.ts';
import { DISAGREED, type Change } from './reputation.ts';

/** What a challenge does to P_v. */
export const challenge = (score: Score, known: Score): Change =>
  agrees(score, known) ? (0 as Change) : DISAGREED;
