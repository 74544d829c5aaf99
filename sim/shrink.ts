/**
 * Scenarios that are smaller than a given one by one step: fewer faults, less time, fewer people, a
 * better line, less asked for. The boldest steps come first, so that a large one shrinks by halves.
 */
import { minutes, ONE, type Duration, type Fraction } from '../protocols/units.ts';
import { change, scenario, type Counts, type Scenario, type ScenarioParts } from './scenario.ts';

/** Each step makes a scenario smaller by `sizeOf`, so that following them comes to an end. */
export function* smaller(from: Scenario): Generator<Scenario> {
  for (const parts of steps(from)) yield tidied(change(from, parts));
}

/** Any step of `smaller` lowers it. */
export function sizeOf({
  duration,
  miners,
  validators,
  buyers,
  pools,
  demand,
  network,
  faults,
  chain,
}: Scenario): number {
  const nodes = [miners, validators, buyers, pools].map(weightOf).reduce((a, b) => a + b, 0);
  const { loss, repetition, reordering } = network;
  const flaws = [loss, repetition, reordering].filter((share) => share > 0).length;
  const shares = faults.reduce((all, { share }) => all + share / ONE, 0);
  const asked = demand.leads + demand.validatorsEvery + demand.queriesPerDay / 86_400;
  const rules = Object.keys(chain).length;
  const settled = rules + (isPlain(from(demand, network)) ? 0 : 1);
  return 100 * nodes + 10 * (faults.length + flaws) + shares + asked + settled + duration / 6e6;
}
