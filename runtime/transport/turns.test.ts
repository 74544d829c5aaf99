import { describe, expect, it } from 'vitest';
import { turn, until } from './testing/network.ts';
import { Turns, type Work } from './turns.ts';

describe('turns', () => {
  it('are fair: who has much to do holds up nobody', async () => {
    const { turns, work, order } = begin();
    turns.add(work('much', 6));
    turns.add(work('little', 1));
    turns.add(work('some', 3));
    expect(order).toEqual([]);
    await until(() => turns.size === 0);
    expect(order).toEqual(['much', 'little', 'some', 'much', 'some', 'much', 'some', ...much(3)]);
  });

  it('are first for who has used least of them', async () => {
    const { turns, work, order } = begin();
    turns.add(work('heavy', 4, 100));
    turns.add(work('light', 6, 10));
    await until(() => turns.size === 0);
    expect(order).toEqual(['heavy', ...many('light', 6), ...many('heavy', 3)]);
  });

  it('are not saved up: who comes back after a while begins where the others are', async () => {
    const { turns, work, order } = begin();
    const late = work('late', 3, 10);
    turns.add(work('always', 8, 10));
    await until(() => order.length >= 4);
    turns.add(late);
    await until(() => turns.size === 0);
    // Once it is there, no two of the others come between two of its own.
    expect(order.slice(4).join(' ')).not.toMatch(/late late late/);
  });

  it('go on after work that threw, and without who has left', async () => {
    const turns = new Turns(0);
    const thrown: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', (error) => thrown.push(error));
    const gone: Work = () => true;
    let ran = 0;
    turns.add(() => {
      throw new Error('broken');
    });
    turns.add(gone);
    turns.add(() => {
      ran += 1;
      return false;
    });
    turns.leave(gone);
    await until(() => ran === 1);
    await turn();
    for (const listener of listeners) process.on('uncaughtException', listener);
    expect(thrown).toHaveLength(1);
    expect(turns.size).toBe(0);
  });
});

const many = (name: string, count: number): string[] => Array.from({ length: count }, () => name);
const much = (count: number): string[] => many('much', count);

/** Turns that are over at once, on a clock of their own, and work that takes so long of it each time. */
function begin() {
  let now = 0;
  const order: string[] = [];
  const work = (name: string, count: number, ms = 1): Work => {
    let left = count;
    return () => {
      order.push(name);
      now += ms;
      left -= 1;
      return left > 0;
    };
  };
  return { turns: new Turns(0, () => now), work, order };
}
