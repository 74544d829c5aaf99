import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Metagraph } from '../../../protocols/metagraph.ts';
import type { Block, Digest, Instant } from '../../../protocols/units.ts';
import { History, OLDER, RECENT } from './history.ts';

describe('the history', () => {
  it('has the last blocks as they came, and no more of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 * RECENT }), (count) => {
        const history = new History(blockOf(100));
        for (let number = 101; number <= 100 + count; number++) history.advance(blockOf(number));
        const { view } = history;
        const newest = 100 + count;
        expect(view.latest.head.number).toBe(newest);
        for (const number of [newest, newest - 1, newest - RECENT + 1]) {
          expect(view.at(number as Block)?.head.number).toBe(number < 100 ? undefined : number);
        }
        expect(view.at((newest - RECENT) as Block)).toBeUndefined();
        expect(view.at((newest + 1) as Block)).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });

  it('has nothing left of a fork that was left', () => {
    const history = new History(blockOf(10));
    for (const number of [11, 12, 13]) history.advance(blockOf(number, 'a'));
    for (const number of [12, 13]) history.advance(blockOf(number, 'b'));
    expect([11, 12, 13].map((each) => history.view.at(each as Block)?.head.hash)).toEqual([
      'a11',
      'b12',
      'b13',
    ]);
    history.advance(blockOf(12, 'c'));
    expect(history.view.latest.head.hash).toBe('c12');
    expect(history.view.at(13 as Block)).toBeUndefined();
  });

  it('reads a block of before when it is asked for, each once, and keeps it for the next time', () => {
    const history = new History(blockOf(1_000));
    let calls = 0;
    history.onWanted = () => void calls++;
    const { view } = history;
    expect([view.at(7 as Block), view.at(7 as Block), view.at(8 as Block)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(calls).toBe(3);
    expect(history.nextWanted()).toBe(7);
    history.replace(blockOf(7));
    expect(view.at(7 as Block)?.head.number).toBe(7);
    expect(history.nextWanted()).toBe(8);
    history.giveUp(8);
    expect([history.nextWanted(), view.at(8 as Block), history.nextWanted()]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    history.hope();
    view.at(8 as Block);
    expect(history.nextWanted()).toBe(8);
  });

  it('wants no block that cannot be', () => {
    const history = new History(blockOf(50));
    for (const number of [-1, 51, 1.5, NaN, Infinity]) history.view.at(number as Block);
    expect(history.nextWanted()).toBeUndefined();
  });

  it('keeps its bounds, whatever is asked of it', () => {
    const history = new History(blockOf(100_000));
    let wanted = 0;
    for (let number = 0; number < 2_000; number++) history.view.at(number as Block);
    for (let next = history.nextWanted(); next !== undefined; next = history.nextWanted()) {
      history.replace(blockOf(next));
      wanted++;
    }
    expect(wanted).toBe(64);
    for (let number = 0; number < OLDER + 100; number++) history.replace(blockOf(number));
    expect(history.peek(99)).toBeUndefined();
    expect(history.peek(100)).toBeDefined();
  });
});

const blockOf = (number: number, fork = ''): Metagraph => ({
  head: { number: number as Block, hash: `${fork}${number}` as Digest, time: number as Instant },
  epochStart: 0 as Block,
  tempo: 10,
  permitsRequired: true,
  stakeInAlpha: true,
  neurons: [],
});
