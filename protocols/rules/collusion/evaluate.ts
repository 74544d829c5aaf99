/**
 * The evaluation: who colluded with whom, by what validators scored, what the checks found afterwards
 * and what buyers say.
 *
 *     events ──▶ table ──▶ suspicion ──▶ V_c ──▶ rings ──▶ buyers ──▶ evidence
 *
 * Everyone who evaluates the same events gets the same finding, in whatever order they come and whoever
 * has which id: all is + − · / and √, and every sum that could come in another order is of whole
 * numbers of some small part.
 */
import { ONE, type Fraction } from '../../units.ts';
import { behind, buyersOf, liftsOf } from './buyers.ts';
import type { CollusionEvents } from './events.ts';
import { evidenceOf, namesOf, type Known } from './evidence.ts';
import { FLAGGED, type Finding, type Ring } from './finding.ts';
import { ratingsOf, type Ratings } from './ratings.ts';
import { ringsOf, type RingOf } from './rings.ts';
import { believedAtFirst, suspicionIn, type Suspicion } from './suspicion.ts';
import { tableOf, type Table } from './table.ts';

/** Fewer validators than this, of fewer scores that the others could judge, say nothing. */
const LEAST_VALIDATORS = 3;
const LEAST_SCORES = 3;

/** A finding for each validator that scored and each buyer that rated. Any input has one. */
export function evaluate(events: CollusionEvents): Finding {
  const table = tableOf(events);
  const atFirst = believedAtFirst(table);
  const ratings = ratingsOf(events.feedback, table, atFirst.quality);
  const suspicion = suspicionIn(table, atFirst, liftsOf(ratings, table));
  const enough = [...suspicion.residuals.counts].filter((count) => count >= LEAST_SCORES);
  if (enough.length < LEAST_VALIDATORS) return insufficient(table, ratings);
  return findingOf(table, ratings, suspicion);
}

function findingOf(table: Table, ratings: Ratings, suspicion: Suspicion): Finding {
  const { score, favour, copy } = suspicion;
  const rings = ringsOf(suspicion);
  const buyers = buyersOf(
    ratings,
    table,
    rings.filter((ring) => isFlagged(ring, score)),
  );
  const known: Known = { table, ratings, suspicion, rings, buyers };
  return {
    sufficient: true,
    validators: table.validators.map((validator, at) => ({
      validator,
      score: millionths(score[at]),
      components: { favour: millionths(favour[at]), copy: millionths(copy[at]) },
      evidence: evidenceOf(at, known),
    })),
    buyers,
    rings: rings.map((ring) => named(ring, known)),
  };
}

const isFlagged = ({ validators }: RingOf, score: Float64Array): boolean =>
  validators.some((validator) => millionths(score[validator]) >= FLAGGED);

const named = (ring: RingOf, { table, ratings, buyers }: Known): Ring => ({
  validators: namesOf(ring.validators, table.validators),
  miners: namesOf(ring.miners, table.miners),
  buyers: behind(ring, ratings, table, buyers),
});

function insufficient({ validators }: Table, { buyers, rated }: Ratings): Finding {
  const nothing = 0 as Fraction;
  return {
    sufficient: false,
    validators: validators.map((validator) => ({
      validator,
      score: nothing,
      components: { favour: nothing, copy: nothing },
      evidence: [],
    })),
    buyers: buyers.map((buyer, at) => ({
      buyer,
      score: nothing,
      ratings: rated.filter((one) => one.buyer === at).length,
      forRings: 0,
      restricted: false,
    })),
    rings: [],
  };
}

/** Rounded to a millionth: the last bits of a sum say nothing. */
const millionths = (share = 0): Fraction => Math.round(share * ONE) as Fraction;
