import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instant } from '../protocols/units.ts';
import { Timers } from './timers.ts';
import type { Cancel } from './host.ts';

describe('Timers', () => {
  it('gives the soonest first, whoever asked for it when', () => {
    const ran: string[] = [];
    const timers = new Timers();
    timers.add(at(2), () => ran.push('late'), 'a');
    timers.add(at(1), () => ran.push('soon, b'), 'b');
    timers.add(at(1), () => ran.push('soon, a'), 'a');
    timers.add(at(1), () => ran.push('soon, a again'), 'a');
    while (timers.soonest < Infinity) timers.take()?.();
    expect(ran).toEqual(['soon, a', 'soon, a again', 'soon, b', 'late']);
  });

  it('agrees with sorting a list, whatever is added, taken and cancelled in between', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const timers = new Timers();
        const added: Timer[] = [];
        let list: Timer[] = [];
        for (const { does, instant, by, which } of steps) {
          if (does === 'add') {
            const task = (): void => {};
            const cancel = timers.add(instant, task, by);
            const timer = { instant, by, sequence: added.length, task, cancel };
            added.push(timer);
            list = [...list, timer].toSorted(slowly);
          } else if (does === 'cancel') {
            // Often one that ran or was cancelled before, which must change nothing.
            const timer = added[which % Math.max(1, added.length)];
            timer?.cancel();
            list = list.filter((other) => other !== timer);
          } else {
            const [first, ...rest] = list;
            const task = first?.task;
            expect(timers.soonest).toBe(first?.instant ?? Infinity);
            expect(timers.take()).toBe(task);
            list = rest;
          }
          expect(timers.size).toBe(list.length);
        }
        for (const timer of list) {
          const { task } = timer;
          expect(timers.take()).toBe(task);
        }
        expect(timers.take()).toBeUndefined();
      }),
    );
  });

  it('keeps its order whether all are due at once or years apart, few or a thousand', () => {
    fc.assert(
      fc.property(fc.array(phase, { minLength: 1, maxLength: 6 }), (phases) => {
        const timers = new Timers();
        let now = 0;
        let list: Timer[] = [];
        let sequence = 0;
        for (const { apart, adds, takes, cancels } of phases) {
          for (let added = 0; added < adds; added++) {
            // Some after one another, some at one instant, some before what is there.
            const instant = at(now + apart * ((added * 7_919) % 1_009));
            const by = added % 3 === 0 ? 'a' : 'b';
            const task = (): void => {};
            const cancel = timers.add(instant, task, by);
            list.push({ instant, by, sequence: sequence++, task, cancel });
          }
          for (const timer of list.filter((_, index) => index % 10 < cancels)) timer.cancel();
          list = list.filter((_, index) => index % 10 >= cancels).toSorted(slowly);
          const taken = list.splice(0, takes);
          const ran = taken.map(() => [timers.soonest, timers.take()]);
          expect(ran).toEqual(taken.map(({ instant, task }) => [instant, task]));
          now = taken.at(-1)?.instant ?? now;
        }
        expect(list.map(() => timers.take())).toEqual(list.map(({ task }) => task));
        expect(timers.size).toBe(0);
      }),
      { numRuns: 200 }, // Each run sorts thousands.
    );
  });

  it('runs agents of lanes among the tasks as if each had a task of its name and number', () => {
    fc.assert(
      fc.property(fc.array(laneStep, { maxLength: 300 }), (steps) => {
        const [timers, ran] = [new Timers(), [] as string[]];
        const waiting = new Set<string>();
        const lanes = new Map(
          ['b', 'a'].map((name) => [
            name,
            timers.lane(name, 4, (agent) => {
              ran.push(`${name} ${agent}`);
              waiting.delete(`${name} ${agent}`);
            }),
          ]),
        );
        const list: { instant: number; by: string; rank: number; name: string }[] = [];
        let tasks = 0;
        for (const { does, instant, by, agent } of steps) {
          const [name, lane] = [`${by} ${agent}`, lanes.get(by)];
          if (does === 'run') {
            list.sort(slowest);
            const first = list.shift();
            const before = ran.length;
            if (timers.soonest < Infinity) timers.run();
            expect(ran.slice(before)).toEqual(first === undefined ? [] : [first.name]);
          } else if (does === 'wait' && lane !== undefined && !waiting.has(name)) {
            waiting.add(name);
            timers.wait(lane, agent, instant);
            list.push({ instant, by, rank: agent - 4, name });
          } else if (does === 'wait' && lane !== undefined) {
            expect(() => timers.wait(lane, agent, instant)).toThrow('one instant at a time');
          } else {
            const task = `task ${tasks}`;
            timers.add(instant, () => ran.push(task), by);
            list.push({ instant, by, rank: tasks++, name: task });
          }
          expect(timers.size).toBe(list.length);
        }
      }),
    );
  });

  it('forgets all when cleared, and a way to cancel from before does nothing to what comes after', () => {
    fc.assert(
      fc.property(fc.array(anyInstants), anyInstants, (before, after) => {
        const timers = new Timers();
        const cancels = before.map((instant) => timers.add(instant, () => {}, ''));
        timers.take();
        timers.clear();
        expect([timers.size, timers.soonest, timers.take()]).toEqual([0, Infinity, undefined]);
        const task = (): void => {};
        timers.add(after, task, '');
        for (const cancel of cancels) cancel();
        expect([timers.size, timers.soonest, timers.take()]).toEqual([1, after, task]);
      }),
    );
  });

  it('keeps its order after sweeping out what was cancelled', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyInstants, fc.nat(2)), { minLength: 150 }), (wanted) => {
        const timers = new Timers();
        const all = wanted.map(([instant]) => timers.add(instant, () => {}, ''));
        // The sweep comes while the place of one that was just taken is still empty.
        timers.add(at(-1), () => {}, '');
        timers.take();
        const kept = wanted.filter(([, fate]) => fate === 0).map(([instant]) => instant);
        for (const [index, cancel] of all.entries()) if (wanted[index]?.[1] !== 0) cancel();
        expect(timers.size).toBe(kept.length);
        const taken = kept.map(() => [timers.soonest, timers.take()] as const);
        expect(taken.map(([instant]) => instant)).toEqual(kept.toSorted((a, b) => a - b));
        expect(timers.take()).toBeUndefined();
      }),
      { numRuns: 200 }, // Each run sorts hundreds.
    );
  });
});

interface Timer {
  readonly instant: Instant;
  readonly by: string;
  readonly sequence: number;
  readonly task: () => void;
  readonly cancel: Cancel;
}

const at = (value: number): Instant => value as Instant;
const slowly = (a: Timer, b: Timer): number =>
  a.instant - b.instant || (a.by < b.by ? -1 : a.by > b.by ? 1 : a.sequence - b.sequence);

const slowest = (
  a: { instant: number; by: string; rank: number },
  b: { instant: number; by: string; rank: number },
): number => a.instant - b.instant || (a.by < b.by ? -1 : a.by > b.by ? 1 : a.rank - b.rank);

const laneStep = fc.record({
  does: fc.constantFrom('wait', 'wait', 'add', 'run'),
  instant: fc.integer({ min: 0, max: 8 }).map((value) => value as Instant),
  by: fc.constantFrom('a', 'b', 'ab'),
  agent: fc.nat(3),
});

const phase = fc.record({
  /** In milliseconds, between two of them. */
  apart: fc.constantFrom(0, 0.25, 1, 60_000, 86_400_000),
  adds: fc.nat(1_500),
  takes: fc.nat(2_000),
  cancels: fc.constantFrom(0, 0, 1, 7),
});
const instants = fc.integer({ min: 0, max: 8 }).map(at);
const anyInstants = fc.integer({ min: 0, max: 1_000 }).map(at);
const step = fc.record({
  does: fc.constantFrom('add', 'add', 'add', 'cancel', 'cancel', 'take'),
  instant: instants,
  by: fc.constantFrom('', 'a', 'ab', 'b'),
  which: fc.nat(),
});
