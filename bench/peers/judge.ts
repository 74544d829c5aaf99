/**
 * How well scores tell the guilty from the honest.
 *
 *     AUC                 of a guilty and an honest one, how often the guilty has more (a tie is half)
 *     average precision   Σ (recall gained at a score) · (precision down to it)
 */
export interface Judged {
  /** 0 to 1. */
  readonly score: number;
  readonly isGuilty: boolean;
}

export interface Quality {
  readonly auc: number;
  readonly averagePrecision: number;
  /** Of those at or above the line, the guilty; NaN where nobody is. */
  readonly precision: number;
  /** Of the guilty, those at or above the line. */
  readonly recall: number;
  readonly f1: number;
  /** Of the honest, those at or above the line. */
  readonly wronglyFlagged: number;
}

/** NaN where there is nobody to tell: of either kind for the AUC, of the guilty for the rest. */
export function qualityOf(judged: readonly Judged[], line: number): Quality {
  const guilty = judged.filter(({ isGuilty }) => isGuilty).length;
  const flagged = judged.filter(({ score }) => score >= line);
  const found = flagged.filter(({ isGuilty }) => isGuilty).length;
  return {
    ...ranking(judged),
    precision: found / flagged.length,
    recall: found / guilty,
    f1: (2 * found) / (flagged.length + guilty),
    wronglyFlagged: (flagged.length - found) / (judged.length - guilty),
  };
}

function ranking(judged: readonly Judged[]): Pick<Quality, 'auc' | 'averagePrecision'> {
  const byScore = Map.groupBy(judged, ({ score }) => score);
  const falling = [...byScore].toSorted(([a], [b]) => b - a).map(([, tied]) => tied);
  let [guilty, honest, above, averagePrecision] = [0, 0, 0, 0];
  for (const tied of falling) {
    const more = tied.filter(({ isGuilty }) => isGuilty).length;
    const less = tied.length - more;
    above += less * (guilty + more / 2);
    guilty += more;
    honest += less;
    averagePrecision += (more * guilty) / (guilty + honest);
  }
  return { auc: above / (guilty * honest), averagePrecision: averagePrecision / guilty };
}
