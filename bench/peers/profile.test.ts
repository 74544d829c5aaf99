import { describe, expect, it } from 'vitest';
import { sharesOf } from './profile.ts';

describe('sharesOf', () => {
  it('counts a sample for the innermost frame that says what it is for, and leaves idling out', () => {
    const node = (id: number, functionName: string, url = '', children: number[] = []) => ({
      id,
      callFrame: { functionName, url },
      children,
    });
    const nodes = [
      node(1, '(root)', '', [2, 5, 6, 7]),
      node(2, 'on', 'file:///x/actors/pool.ts', [3]),
      node(3, 'score', 'file:///x/protocols/rules/score.ts', [4]),
      node(4, 'map'),
      node(5, '(idle)'),
      node(6, '(garbage collector)'),
      node(7, 'who knows'),
    ];
    expect(sharesOf({ nodes, samples: [4, 2, 5, 6, 7], timeDeltas: [50, 20, 99, 20, 10] })).toEqual(
      [
        ['rules', 50],
        ['actors', 20],
        ['garbage collection', 20],
        ['other', 10],
      ],
    );
  });
});
