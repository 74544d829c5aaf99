import { describe, expect, it } from 'vitest';
import { turn, until } from './testing/network.ts';
import { Turns, type Work } from './turns.ts';

describe('turns', () => {
  it('are fair: who has much to do holds up nobody', async () => {
    // Each turn is over at once.
    const turns = new Turns(0);
    const order: string[] = [];
    const work = (name: string, count: number): Work => {
      let left = count;
      return () => {
        order.push(name);
        left -= 1;
        return left > 0;
      };
    };
    turns.add(work('much', 6));
    turns.add(work('little', 1));
    turns.add(work('some', 3));
    expect(order).toEqual([]);
    await until(() => turns.size === 0);
    expect(order).toEqual(['much', 'little', 'some', 'much', 'some', 'much', 'some', ...much(3)]);
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

const much = (count: number): string[] => Array.from({ length: count }, () => 'much');
