/**
 * The smallest scenario that still fails as a given one does: from the same seed, by the same checker.
 *
 *     failing ──▶ cut off after the violation ──▶ a smaller one that fails? ──yes──▶ from there on
 *                                                                         ──no───▶ the next smaller
 *
 * It stops where no smaller one fails, or when its time is up: then what it has is small, not
 * smallest.
 */
import { minutes, type Duration } from '../protocols/units.ts';
import type { Scenario } from './scenario.ts';
import { shortened, smaller } from './shrink.ts';
import { simulate, type RunResult } from './simulate.ts';

export interface Failure {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly result: RunResult;
}

export interface SearchOptions {
  /** Of wall time, in milliseconds. */
  readonly budget?: number;
  readonly run?: typeof simulate;
}

/** People wait for it; what fails within a second is shrunk some fifty times by then. */
const BUDGET_MS = 30_000;

export async function smallest(
  failure: Failure,
  { budget = BUDGET_MS, run = simulate }: SearchOptions = {},
): Promise<Failure> {
  const checker = failure.result.violation?.checker;
  const deadline = performance.now() + budget;
  const { seed } = failure;

  async function firstFailing(candidates: Iterable<Scenario>): Promise<Failure | undefined> {
    for (const scenario of candidates) {
      const result = await unlessLate(run, scenario, seed, deadline);
      if (result === 'late') return undefined;
      if (result.violation?.checker === checker) return { scenario, seed, result };
    }
    return undefined;
  }

  let best = failure;
  for (let next: Failure | undefined = failure; next !== undefined;) {
    best = next;
    next = await firstFailing(candidatesOf(best));
  }
  return best;
}

function* candidatesOf({ scenario, result }: Failure): Generator<Scenario> {
  // Up to the violation it is the same run, so this first one is as good as sure.
  const cut = cutAfter(result);
  if (cut !== undefined && cut < scenario.duration) yield shortened(scenario, cut);
  yield* smaller(scenario);
}

/** The whole minute after the violation. */
function cutAfter({ violation, start }: RunResult): Duration | undefined {
  if (violation === undefined) return undefined;
  return minutes(Math.floor((violation.at - start) / minutes(1)) + 1);
}

/** A run that is under way when the time is up is given up at its next slice. */
async function unlessLate(
  run: typeof simulate,
  scenario: Scenario,
  seed: number,
  deadline: number,
): Promise<RunResult | 'late'> {
  const tell = (): void => {
    if (performance.now() > deadline) throw LATE;
  };
  try {
    tell();
    return await run({ scenario, seed, tell });
  } catch (error) {
    if (error === LATE) return 'late';
    throw error;
  }
}

const LATE = new Error('the time to shrink is up');
