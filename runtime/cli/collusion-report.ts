/**
 * The report on who colluded, as `--json` prints it: V_c and evidence of every validator, and which
 * buyers are restricted.
 *
 *     finding ──▶ decimals of at most six places      everyone of the file's lists, in the order of the ids
 */
import {
  FLAGGED,
  type Finding,
  type ValidatorFinding,
} from '../../protocols/rules/collusion/finding.ts';
import { compareText } from '../../protocols/sorted.ts';
import { WHOLE, type Fraction } from '../../protocols/units.ts';
import type { Events } from '../events.ts';

export interface CollusionReport {
  readonly format: 'leadpoet.collusion/1';
  readonly validators: readonly ReportedValidator[];
  readonly buyers: readonly ReportedBuyer[];
  /** False where there is too little data to say anything: then every `v_c` is 0. */
  readonly sufficient: boolean;
}

export interface ReportedValidator {
  readonly id: string;
  readonly v_c: number;
  readonly flagged: boolean;
  readonly components: { readonly favour: number; readonly copy: number };
  /** Most telling first; empty for whoever is clear. */
  readonly evidence: readonly ReportedEvidence[];
}

export interface ReportedEvidence {
  readonly with: readonly string[];
  readonly miners: readonly string[];
  readonly buyers: readonly string[];
  readonly batches: readonly string[];
  readonly why: string;
}

/** Whom and what a reason names, as its list is called; without the empty ones. */
export const namedIn = ({
  with: others,
  miners,
  buyers,
  batches,
}: ReportedEvidence): readonly (readonly [string, readonly string[]])[] =>
  (
    [
      ['with', others],
      ['miners', miners],
      ['buyers', buyers],
      ['batches', batches],
    ] as const
  ).filter(([, ids]) => ids.length > 0);

export interface ReportedBuyer {
  readonly id: string;
  readonly restricted: boolean;
}

/** Whoever the file lists and who never scored or rated is in it, too, with nothing against them. */
export const reportOf = (events: Events, finding: Finding): CollusionReport => ({
  format: 'leadpoet.collusion/1',
  validators: withListed(finding.validators.map(validatorOf), events.validators, (id) => ({
    id,
    v_c: 0,
    flagged: false,
    components: { favour: 0, copy: 0 },
    evidence: [],
  })),
  buyers: withListed(
    finding.buyers.map(({ buyer, restricted }): ReportedBuyer => ({ id: buyer, restricted })),
    events.buyers,
    (id) => ({ id, restricted: false }),
  ),
  sufficient: finding.sufficient,
});

const validatorOf = ({
  validator,
  score,
  components,
  evidence,
}: ValidatorFinding): ReportedValidator => ({
  id: validator,
  v_c: decimal(score),
  flagged: score >= FLAGGED,
  components: { favour: decimal(components.favour), copy: decimal(components.copy) },
  evidence: evidence.map(({ with: others, miners, buyers, batches, why }) => ({
    with: others,
    miners,
    buyers,
    batches,
    why,
  })),
});

const decimal = (value: Fraction): number => value / WHOLE;

function withListed<T extends { readonly id: string }>(
  found: readonly T[],
  listed: readonly string[] = [],
  nothingOn: (id: string) => T,
): readonly T[] {
  const known = new Set(found.map(({ id }) => id));
  const others = [...new Set(listed)].filter((id) => !known.has(id));
  return [...found, ...others.map(nothingOn)].toSorted((a, b) => compareText(a.id, b.id));
}
