import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { hotkeyNumber, START } from '../protocols/arbitraries.ts';
import { addressOf, type Envelope, type Kind } from '../protocols/messages.ts';
import { later, seconds, type Duration } from '../protocols/units.ts';
import { closed, gated, workInHand } from './closing.ts';
import type { Outgoing } from './host.ts';
import type { DurableTransport, Incoming } from './live.ts';
import type { Running } from './running.ts';
import { VirtualClock } from './virtual-clock.ts';

describe('a closed gate', () => {
  it('lets through what ends old work, and turns away what begins new', () => {
    const { gate, come, heard } = gateway();
    const all = [
      ['query', 'miner'],
      ['query', 'pool'],
      ['batch', 'validator'],
      ['batch', 'pool'],
      ['report', 'pool'],
      ['proposal', 'validator'],
      ['countersign', 'pool'],
      ['delivery', 'buyer'],
    ] as const;
    for (const [kind, role] of all) come(kind, role);
    expect(heard).toHaveLength(all.length);
    gate.close();
    heard.length = 0;
    for (const [kind, role] of all) come(kind, role);
    expect(heard).toEqual([
      'batch pool',
      'report pool',
      'proposal validator',
      'countersign pool',
      'delivery buyer',
    ]);
  });

  it('knows what was said and not heard yet', () => {
    const { gate, finished } = gateway();
    for (const name of ['a', 'b', 'a']) gate.transport.send({ name } as Outgoing);
    expect(gate.underWay).toBe(2);
    finished.next('a');
    finished.next('of somebody else');
    expect(gate.underWay).toBe(1);
  });
});

describe('closing', () => {
  it('waits for what is open, then a little for what was said last, and never longer', async () => {
    for (const [openFor, heardAfter, took] of [
      [0, 0, 0],
      [3, 0, 3],
      [3, 1, 4],
      [3, 9, 5],
      [40, 0, 20],
    ] as const) {
      const { gate, clock, finished } = gateway();
      gate.transport.send({ name: 'last' } as Outgoing);
      const state = miner([later(START, seconds(100))]);
      clock.at(later(START, seconds(openFor)), () => state.jobs.clear());
      clock.at(later(START, seconds(openFor + heardAfter)), () => finished.next('last'));
      let end: readonly number[] = [];
      const running = { self: addressOf('miner', HOT), state } as unknown as Running<unknown>;
      const closing = closed(running, gate, clock, seconds(20)).then(
        (left) => (end = [left, clock.now()]),
      );
      for (let step = 0; step < 600; step++) {
        await clock.run(later(clock.now(), 100 as Duration));
        await Promise.resolve();
      }
      await closing;
      const [left, at = 0] = end;
      expect(left).toBe(openFor === 40 ? 1 : 0);
      expect(Math.abs(at - START - took * 1_000)).toBeLessThanOrEqual(openFor === 40 ? 2_500 : 500);
    }
  });
});

describe('work in hand', () => {
  it('is what has not lapsed', () => {
    const state = miner([later(START, seconds(1)), later(START, seconds(3))]);
    const running = { self: addressOf('miner', HOT), state } as unknown as Running<unknown>;
    const at = (time: number) => workInHand(running, later(START, seconds(time)));
    expect([at(0), at(1), at(2), at(4)]).toEqual([2, 2, 1, 0]);
    expect(workInHand({ self: running.self } as Running<unknown>, START)).toBe(0);
  });

  it('of a validator is no batch that it has reported on', () => {
    const until = later(START, seconds(9));
    const state = {
      audits: new Map([
        ['a', { until, work: {} }],
        ['b', { until, work: { report: {} } }],
      ]),
      signings: new Map([['c', { until, work: {} }]]),
    };
    const running = { self: addressOf('validator', HOT), state } as unknown as Running<unknown>;
    expect(workInHand(running, START)).toBe(2);
  });
});

const HOT = hotkeyNumber(1);

const miner = (ends: readonly (typeof START)[]) => ({
  seen: new Map(),
  jobs: new Map(ends.map((until, at) => [String(at), { until, work: {} }])),
});

function gateway() {
  const clock = new VirtualClock(START);
  const incoming = new Subject<Incoming>();
  const finished = new Subject<string>();
  const line = {
    incoming,
    finished,
    inbox: new Subject(),
    lost: new Subject(),
    send: () => undefined,
  };
  const gate = gated(line as unknown as DurableTransport);
  const heard: string[] = [];
  gate.transport.incoming.subscribe(({ name }) => heard.push(name));
  const come = (kind: Kind, role: 'miner' | 'pool' | 'validator' | 'buyer'): void => {
    const envelope = { kind, to: addressOf(role, HOT) } as unknown as Envelope;
    incoming.next({ envelope, name: `${kind} ${role}`, done: () => undefined });
  };
  return { gate, clock, finished, heard, come };
}
