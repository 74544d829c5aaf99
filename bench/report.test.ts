import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judged, line, median, Report } from './report.ts';

describe('judged', () => {
  it('divides so that a better figure of ours meets either goal', () => {
    expect(judged({ ours: 30, peer: 20, goal: { atMost: 1.5 } })).toEqual({
      ratio: 1.5,
      isMet: true,
    });
    expect(judged({ ours: 31, peer: 20, goal: { atMost: 1.5 } }).isMet).toBe(false);
    expect(judged({ ours: 10, peer: 400, goal: { atLeast: 40 } })).toEqual({
      ratio: 40,
      isMet: true,
    });
    expect(judged({ ours: 10, peer: 399, goal: { atLeast: 40 } }).isMet).toBe(false);
  });

  it('holds our own figure to the goal where there is no peer', () => {
    expect(judged({ ours: 256, goal: { atMost: 256 } })).toEqual({ isMet: true });
    expect(judged({ ours: 257, goal: { atMost: 256 } })).toEqual({ isMet: false });
  });

  it('says nothing where there is no goal', () => {
    expect(judged({ ours: 2, peer: 1 })).toEqual({ ratio: 2 });
  });
});

describe('median', () => {
  it('is one of the figures, with half of them on either side', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (figures) => {
        const middle = median(figures);
        const half = figures.length / 2;
        expect(figures).toContain(middle);
        expect(figures.filter((figure) => figure < middle).length).toBeLessThan(half);
        expect(figures.filter((figure) => figure > middle).length).toBeLessThanOrEqual(half);
      }),
    );
  });
});

describe('Report', () => {
  it('keeps a figure, and shows it on a line', () => {
    const lines: string[] = [];
    const report = new Report('audit-pool', (text) => lines.push(text));
    const figure = report.add({
      title: 'audit in line',
      unit: 'ms',
      ours: 1.2345,
      peer: 2,
      goal: { atMost: 0.5 },
    });
    expect(report.figures).toEqual([figure]);
    expect(figure).toMatchObject({ bench: 'audit-pool', ratio: 0.61725, isMet: false });
    expect(lines).toEqual([line(figure)]);
    expect(lines[0]?.split(/ {2,}/)).toEqual([
      'audit in line',
      '1.23 ms',
      '2 ms',
      '0.617x',
      'at most 0.5x',
      'MISSED',
    ]);
  });
});
