/**
 * The smallest scenario that still fails as a given one does, by the same checker.
 *
 *     failing ──▶ cut off after the violation ──▶ a smaller one that fails? ──yes──▶ from there on
 *                                                                         ──no───▶ the next smaller
 *
 * A smaller scenario is another run, whose chances may fall otherwise: where none fails from the same
 * seed, the next seeds are tried. It stops where no smaller one fails from any of them, or when its
 * time is up: then what it has is small, not smallest.
 */
import { minutes, type Duration } from '../protocols/units.ts';
import { showScenario } from './scenario-file.ts';
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
  if (checker === undefined) return failure;
  const deadline = performance.now() + budget;

  async function firstFailing(from: Failure): Promise<Failure | undefined> {
    for (const { scenario, seed } of candidatesOf(from)) {
      const result = await unlessLate(run, scenario, seed, deadline);
      if (result === 'late') return undefined;
      if (result.violation?.checker === checker) return { scenario, seed, result };
    }
    return undefined;
  }

  let best = failure;
  for (let next: Failure | undefined = failure; next !== undefined;) {
    best = next;
    next = await firstFailing(best);
  }
  return best;
}

/** What was wrong, when, and how to see it again: a scenario with the failure as its comment. */
export function showFailure({ scenario, seed, result }: Failure): string {
  return `# ${showViolation(seed, result)}\n\n${showScenario(scenario)}`;
}

/** `settlements after 812.3 s, seed 7: …`, in one line. */
export function showViolation(seed: number, { violation, start }: RunResult): string {
  if (violation === undefined) return `nothing is wrong, seed ${seed}`;
  const { checker, at, what } = violation;
  const after = ((at - start) / 1_000).toFixed(1);
  // A mistake's own words may hold what a terminal obeys.
  const line = what.replaceAll(/[\p{C}\s]+/gu, ' ').slice(0, 500);
  return `${checker} after ${after} s, seed ${seed}: ${line}`;
}

/** Rare things need another try: one in three chances is seen within so many seeds. */
const SEEDS = 8;

function* candidatesOf({
  scenario,
  seed,
  result,
}: Failure): Generator<{ readonly scenario: Scenario; readonly seed: number }> {
  // Up to the violation it is the same run, so this first one is as good as sure.
  const cut = cutAfter(result);
  if (cut !== undefined && cut < scenario.duration) {
    yield { scenario: shortened(scenario, cut), seed };
  }
  const first = Math.min(seed, Number.MAX_SAFE_INTEGER - SEEDS);
  for (let more = 0; more < SEEDS; more++) {
    for (const next of smaller(scenario)) yield { scenario: next, seed: first + more };
  }
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
