import { describe, expect, it } from 'vitest';
import type { Digest } from '../../protocols/units.ts';
import type { CellResult } from '../cell-record.ts';
import { scenario } from '../scenario.ts';
import { Catches, rateOf, type Catch } from './catches.ts';
import type { Caught, Summary } from './manifest.ts';

describe('who was caught', () => {
  it('is told of each strategy of validators and buyers that took part', () => {
    const [honest, colluding, buyers, shills] = of([[]]);
    expect(honest).toMatchObject({ role: 'validator', strategy: 'honest', each: 10, caught: 0 });
    expect(colluding).toMatchObject({ strategy: 'colluding', each: 2, runs: 1, first: undefined });
    expect([buyers?.strategy, shills?.strategy]).toEqual(['honest', 'shill']);
  });

  it('says in how many runs any and all were, and how soon', () => {
    const runs = [
      [flag('c1', 100), flag('c2', 300), flag('c1', 900)],
      [flag('c1', 500)],
      [flag('c2', 50), flag('c1', 40)],
      [],
    ];
    expect(of(runs)[1]).toMatchObject({
      runs: 4,
      caught: 5,
      runsWithAny: 3,
      runsWithAll: 2,
      first: { median: 100, latest: 500 },
      all: { median: 50, latest: 300 },
      perYear: { count: 6 },
    });
  });

  it('counts wrong flags by the years of those who were not to be flagged', () => {
    const [honest] = of([[flag('h', 5, 'honest')], []]);
    expect(honest?.perYear.count).toBe(1);
    expect(honest?.perYear.years).toBeCloseTo((2 * 10 * YEAR_S) / YEAR_S);
    expect(honest?.perYear.most).toBeCloseTo(rateOf(1, 20).most);
  });

  it('sums what was lifted, what buyers were told and what was paid', () => {
    const runs = [
      [
        { ...flag('c1', 1), lifted: true, during_tao: 0.5, after_tao: 2 },
        { ...flag('s', 3, 'shill'), role: 'buyer' as const, told_s: 9, ...UNPAID },
      ],
    ];
    const [, colluding, , shill] = of(runs);
    expect(colluding).toMatchObject({ lifted: 1, during_tao: 0.5, after_tao: 2, told: 0 });
    expect(shill).toMatchObject({ caught: 1, runsWithAll: 1, told: 1, during_tao: 0 });
  });
});

describe('a rate', () => {
  it('has the upper end of a Poisson band, whatever was seen', () => {
    // The exact ones of NIST/SEMATECH and of Garwood (1936): 3.689, 5.572, 18.390.
    expect(rateOf(0, 1).most).toBeCloseTo(3.69, 1);
    expect(rateOf(1, 1).most).toBeCloseTo(5.57, 1);
    expect(rateOf(10, 1).most).toBeCloseTo(18.39, 1);
    expect(rateOf(0, 0).most).toBe(Infinity);
  });
});

const YEAR_S = 365.25 * 86_400;
const UNPAID = { during_tao: null, after_tao: null };

const SCENARIO = scenario({
  miners: { honest: 5 },
  validators: { honest: 10, colluding: 2 },
  buyers: { honest: 3, shill: 1 },
});

const flag = (name: string, at_s: number, strategy = 'colluding'): Caught => ({
  name,
  role: 'validator',
  strategy,
  event: 'flagged',
  score: 0.9,
  at_s,
  ends_s: at_s + 90 * 86_400,
  lifted: false,
  told_s: null,
  during_tao: 0,
  after_tao: 0,
});

function of(runs: readonly (readonly Caught[])[]): readonly Catch[] {
  const catches = new Catches();
  for (const caught of runs) {
    const summary = { caught } as unknown as Summary;
    const result: CellResult = {
      digest: '' as Digest,
      events: 0,
      virtual_s: YEAR_S,
      violation: null,
      summary,
    };
    catches.add(result, SCENARIO);
  }
  return catches.end();
}
