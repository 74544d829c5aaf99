/**
 * How a run is shown on the dashboard: what all that take part do, and what an honest validator knows.
 */
import { later } from '../protocols/units.ts';
import type { Moment, ObservedOptions } from '../runtime/dashboard/observed.ts';
import { subnetView } from '../runtime/dashboard/subnet-view.ts';
import type { Film, Wall } from '../runtime/film.ts';
import { showViolation } from './smallest.ts';
import type { Run, RunResult } from './simulate.ts';
import { witnessIn } from './witness.ts';

export function viewOf(run: Run, film: Film<RunResult>, wall: Wall): ObservedOptions {
  const { scenario, seed } = run.options;
  return {
    ...subnetView(run.subnet, () => witnessIn(run.subnet)),
    about: {
      is: 'simulation',
      title: scenario.name,
      subtitle: `simulation, seed ${seed}`,
      controls: true,
    },
    moment: (): Moment => ({
      now: later(run.began, run.progress.virtual),
      began: run.began,
      ends: later(run.began, run.progress.of),
      is: film.is,
      ...(Number.isFinite(film.speed) && { speed: film.speed }),
      ...(run.result && { result: resultOf(run.result, seed) }),
    }),
    wall: () => wall.now(),
  };
}

const resultOf = (result: RunResult, seed: number): string =>
  result.violation === undefined
    ? `${result.answered} of ${result.queries} queries answered, ${result.leads} leads delivered; all checks held`
    : `violated: ${showViolation(seed, result)}`;
