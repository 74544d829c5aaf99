import { describe, expect, it } from 'vitest';
import { later, minutes, seconds, type Instant } from '../protocols/units.ts';
import { readScenario } from './scenario-file.ts';
import { scenario, type Counts, type Scenario } from './scenario.ts';
import type { RunResult, simulate } from './simulate.ts';
import { showFailure, smallest, type Failure } from './smallest.ts';

describe('the smallest scenario that fails', () => {
  it('keeps what the failure takes, and nothing else', async () => {
    const found = await smallest(failing, { run: failsWhere(isGuilty) });
    expect(found.seed).toBe(7);
    expect(found.scenario).toMatchObject({
      duration: minutes(5),
      miners: { garbage: 1 },
      validators: { honest: 2 },
      buyers: {},
      pools: {},
      faults: [{ fault: 'crash' }],
    });
  });

  it('fails by the same checker as the first did', async () => {
    const run = failsWhere((one) => isGuilty(one) && sum(one.miners) > 3);
    const otherwise: typeof simulate = async (options) => {
      const result = await run(options);
      return result.violation === undefined ? failed('liveness') : result;
    };
    const found = await smallest(failing, { run: otherwise });
    expect(sum(found.scenario.miners)).toBe(4);
    expect(found.result.violation?.checker).toBe('settlements');
  });

  it('may be seen from another seed alone, one of the next few', async () => {
    const run = failsWhere((one, seed) => isGuilty(one) && (seed === 9 || sum(one.buyers) > 0));
    const found = await smallest(failing, { run });
    expect(found).toMatchObject({ seed: 9, scenario: { buyers: {} } });
  });

  it('is the one that it was given where there is no time', async () => {
    expect(await smallest(failing, { run: failsWhere(isGuilty), budget: -1 })).toBe(failing);
  });

  it('gives up a run that is under way when the time is up', async () => {
    const endless: typeof simulate = ({ tell }) => {
      for (;;) tell?.({ virtual: minutes(1), of: minutes(2), events: 1 });
    };
    expect(await smallest(failing, { run: endless, budget: 20 })).toBe(failing);
  });

  it('is shown as a scenario that can be run again, under what was wrong', () => {
    const text = showFailure(failing);
    const [first] = text.split('\n');
    expect(first).toBe('# settlements after 290.0 s, seed 7: it settles twice [31m');
    expect(readScenario(text, 'large')).toEqual(LARGE);
  });
});

const START = 1_790_000_000_000 as Instant;

const LARGE: Scenario = scenario({
  name: 'large',
  miners: { honest: 80, garbage: 10 },
  validators: { honest: 12, lazy: 2 },
  buyers: { honest: 9, shill: 2 },
  pools: { honest: 2 },
  faults: [
    { fault: 'crash', at: minutes(2), for: minutes(1), role: 'pool', share: 500_000 as never },
    { fault: 'crash', at: minutes(3), for: minutes(1), role: 'miner', share: 500_000 as never },
    { fault: 'crash', at: minutes(9), for: minutes(1), role: 'any', share: 500_000 as never },
  ],
});

const failed = (checker: string): RunResult =>
  ({
    start: START,
    violation: { checker, at: later(START, seconds(290)), what: 'it settles\n twice \u001B[31m' },
  }) as RunResult;

const failing: Failure = { scenario: LARGE, seed: 7, result: failed('settlements') };

const sum = (counts: Counts<string>): number =>
  Object.values(counts).reduce<number>((all, count) => all + (count ?? 0), 0);

/** It takes one garbage miner, two validators, five minutes and a crash of pools. */
const isGuilty = ({ duration, miners, validators, faults }: Scenario): boolean =>
  (miners.garbage ?? 0) > 0 &&
  sum(validators) >= 2 &&
  duration > seconds(290) &&
  faults.some((fault) => fault.fault === 'crash' && fault.role === 'pool');

function failsWhere(isWrong: (scenario: Scenario, seed: number) => boolean): typeof simulate {
  return ({ scenario: one, seed }) =>
    Promise.resolve(isWrong(one, seed) ? failed('settlements') : ({ start: START } as RunResult));
}
