/**
 * Scenarios that are smaller than a given one by one step: fewer faults, less time, fewer people and
 * plainer ones, a better line, less asked for. The boldest steps come first, so that a large
 * scenario shrinks by halves; whoever follows them comes to an end.
 */
import { minutes, type Duration, type Fraction } from '../protocols/units.ts';
import { change, type Counts, type Scenario, type ScenarioParts } from './scenario.ts';

export function* smaller(from: Scenario): Generator<Scenario> {
  if (from.faults.length > 0) yield change(from, { faults: [] });
  yield* times(from.duration).map((duration) => shortened(from, duration));
  yield* fewer(from).map((parts) => change(from, parts));
  for (const fault of from.faults) {
    yield change(from, { faults: from.faults.filter((other) => other !== fault) });
  }
  yield* plainer(from).map((parts) => change(from, parts));
}

/** Faults that would begin after the end are none. */
export const shortened = (from: Scenario, duration: Duration): Scenario =>
  change(from, { duration, faults: from.faults.filter(({ at }) => at < duration) });

/** Whole minutes that are less. */
function times(duration: Duration): readonly Duration[] {
  const counts = [duration / 2, (duration * 3) / 4, (duration * 7) / 8].map((time) =>
    Math.floor(time / minutes(1)),
  );
  return counts.filter((count) => count > 0).map(minutes);
}

const ROLES = ['miners', 'validators', 'buyers', 'pools'] as const;

function fewer(from: Scenario): readonly ScenarioParts[] {
  const halves = ROLES.map((role) => [role, halved(from[role])] as const);
  return [
    ...(halves.some(([role, half]) => total(half) < total(from[role]))
      ? [Object.fromEntries(halves)]
      : []),
    ...ROLES.flatMap((role) => fewerOf(from[role]).map((counts) => ({ [role]: counts }))),
    ...ROLES.flatMap((role) => honester(from[role]).map((counts) => ({ [role]: counts }))),
  ];
}

/** One stays of each kind that there is: it may be the very one. */
const halved = (counts: Counts<string>): Counts<string> =>
  Object.fromEntries(present(counts).map(([name, count]) => [name, Math.ceil(count / 2)]));

const fewerOf = (counts: Counts<string>): readonly Counts<string>[] =>
  present(counts).flatMap(([name, count]) => {
    const less = new Set([0, Math.floor(count / 2), count - 1]);
    return [...less].map((left) => withOut(counts, name, left));
  });

const honester = (counts: Counts<string>): readonly Counts<string>[] =>
  present(counts)
    .filter(([name]) => name !== 'honest')
    .map(([name, count]) => ({
      ...withOut(counts, name, 0),
      honest: (counts['honest'] ?? 0) + count,
    }));

/** A kind of which none is left is not named. */
const withOut = (counts: Counts<string>, name: string, left: number): Counts<string> =>
  Object.fromEntries(
    present(counts)
      .map(([other, count]) => [other, other === name ? left : count] as const)
      .filter(([, count]) => count > 0),
  );

const present = (counts: Counts<string>): readonly (readonly [string, number])[] =>
  Object.entries(counts).flatMap(([name, count]) =>
    count === undefined || count === 0 ? [] : [[name, count] as const],
  );

const total = (counts: Counts<string>): number =>
  present(counts).reduce((all, [, count]) => all + count, 0);

const FLAWS = ['loss', 'repetition', 'reordering'] as const;

function plainer({ demand, network }: Scenario): readonly ScenarioParts[] {
  const { leads, validatorsEvery, sealed } = demand;
  return [
    ...FLAWS.filter((flaw) => network[flaw] > 0).map((flaw) => ({
      network: { [flaw]: 0 as Fraction },
    })),
    ...(sealed ? [{ demand: { sealed: false } }] : []),
    ...(validatorsEvery > 0 ? [{ demand: { validatorsEvery: 0 } }] : []),
    ...(leads > 1 ? [{ demand: { leads: Math.floor(leads / 2) } }] : []),
  ];
}
