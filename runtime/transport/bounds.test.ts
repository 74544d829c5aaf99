import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf } from '../../protocols/messages.ts';
import { later, type Duration, type Hotkey, type Instant } from '../../protocols/units.ts';
import { FIRST_WAIT, LONGEST_WAIT, waitAfter } from './back-off.ts';
import { Correspondent } from './correspondent.ts';
import { DealtWith } from './dealt-with.ts';
import { LIMITS, SHARE } from './limits.ts';
import { costOf, Outbox, type Parcel } from './outbox.ts';
import { Purse } from './purse.ts';
import { Room } from './room.ts';
import { Strangers } from './strangers.ts';
import { SteppedClock } from './testing/stepped-clock.ts';

describe('an outbox', () => {
  it('gives all in the order of sending, again and again, until each is taken', () => {
    const commands = fc.array(
      fc.oneof(
        fc.constant('add' as const),
        fc.constant('send' as const),
        fc.constant('rewind' as const),
        fc.nat(9).map((at) => ({ take: at })),
      ),
    );
    fc.assert(
      fc.property(commands, (steps) => {
        const outbox = new Outbox();
        let added = 0;
        // The slow and obvious one.
        let model: { name: string; isSent: boolean }[] = [];
        for (const step of steps) {
          if (step === 'add') {
            const name = `m.${added++}`;
            expect(outbox.add(parcel(name))).toBe(true);
            model.push({ name, isSent: false });
          } else if (step === 'send') {
            const next = outbox.next();
            const expected = model.find(({ isSent }) => !isSent);
            expect(next?.name).toBe(expected?.name);
            if (next !== undefined) outbox.send(next);
            if (expected !== undefined) expected.isSent = true;
          } else if (step === 'rewind') {
            expect(outbox.rewind()).toBe(model.filter(({ isSent }) => isSent).length);
            model = model.map(({ name }) => ({ name, isSent: false }));
          } else {
            const name = model[step.take]?.name ?? 'none';
            expect(outbox.take(name)?.name).toBe(model[step.take]?.name);
            model = model.filter((one) => one.name !== name);
          }
          expect(outbox.size).toBe(model.length);
          expect(outbox.bytes).toBe(model.length * 10);
          expect(outbox.underWay).toBe(model.filter(({ isSent }) => isSent).length * costOf(10));
        }
      }),
    );
  });

  it('keeps no more of the memory that a message was written in than the message', () => {
    const block = new Uint8Array(65_536).fill(7);
    const outbox = new Outbox();
    outbox.add({ ...parcel('m'), bytes: block.subarray(100, 110) });
    const kept = outbox.next()?.bytes;
    expect(kept).toEqual(block.slice(100, 110));
    expect(kept?.buffer.byteLength).toBe(10);
  });

  it('drops what is late, and keeps what has its last instant', () => {
    const outbox = new Outbox();
    for (const until of [5, 3, 4]) outbox.add(parcel(`m.${until}`, until as Instant));
    expect(outbox.soonest()).toBe(3);
    expect(outbox.takeLate(4 as Instant).map(({ name }) => name)).toEqual(['m.3']);
    expect(outbox.soonest()).toBe(4);
  });
});

describe('what was dealt with', () => {
  it('is remembered of each peer, as much as may come again', () => {
    const known = new DealtWith(3, 100);
    for (let number = 0; number < 5; number++) known.note('a', `m.${number}`, 'done');
    expect([1, 2, 3, 4].map((number) => known.fateOf('a', `m.${number}`))).toEqual([
      undefined,
      'done',
      'done',
      'done',
    ]);
    expect(known.fateOf('b', 'm.4')).toBeUndefined();
  });

  it('tells names apart, however long they are', () => {
    const known = new DealtWith();
    const names = ['a', 'b'].map((end) => end.padStart(128, 'x'));
    known.note('p', String(names[0]), 'under way');
    expect(names.map((name) => known.fateOf('p', name))).toEqual(['under way', undefined]);
    known.note('p', String(names[0]), 'done');
    expect(known.fateOf('p', String(names[0]))).toBe('done');
    expect(known.size).toBe(1);
    known.forget('p', String(names[0]));
    expect(known.fateOf('p', String(names[0]))).toBeUndefined();
    expect(known.size).toBe(0);
  });

  it('does not forget what is under way for what is done', () => {
    const known = new DealtWith(2, 100);
    known.note('a', 'slow', 'under way');
    for (let number = 0; number < 5; number++) known.note('a', `m.${number}`, 'done');
    expect(known.fateOf('a', 'slow')).toBe('under way');
  });

  it('has a bound over all peers, and forgets who was longest unheard of', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(20))), (notes) => {
        const known = new DealtWith(4, 10);
        for (const [peer, number] of notes) {
          known.note(`p.${peer}`, `m.${number}`, 'done');
          expect(known.size).toBeLessThanOrEqual(10);
          expect(known.fateOf(`p.${peer}`, `m.${number}`)).toBe('done');
        }
      }),
    );
  });
});

describe('a purse', () => {
  it('lets nobody spend more than it began with and what came back, but for the last', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2_000), fc.integer({ min: 1, max: 9 }))), (spends) => {
        const purse = new Purse({ perSecond: 10, most: 50 }, 0 as Instant);
        let [now, spent] = [0, 0];
        for (const [pause, points] of spends) {
          now += pause;
          if (purse.readyAt(now as Instant) > now) continue;
          purse.spend(points, now as Instant);
          spent += points;
        }
        expect(spent).toBeLessThanOrEqual(50 + now / 100 + 9);
      }),
    );
  });

  it('says when there is something again', () => {
    const purse = new Purse({ perSecond: 10, most: 5 }, 0 as Instant);
    purse.spend(8, 0 as Instant);
    expect(purse.readyAt(0 as Instant)).toBe(300);
    expect(purse.readyAt(299 as Instant)).toBe(300);
    expect(purse.readyAt(300 as Instant)).toBe(300);
  });
});

describe('room', () => {
  it('is never given beyond its bound, and to each that waits in turn', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 60 })), (steps) => {
        const room = new Room(100);
        const had: number[] = [];
        const waiting: number[] = [];
        for (const step of steps) {
          if (step > 0) {
            const ready = (): void => {
              expect(waiting.shift()).toBe(step);
              had.push(step);
            };
            if (room.take({ bytes: step, ready })) had.push(step);
            else waiting.push(step);
          } else {
            const bytes = had.shift();
            if (bytes !== undefined) room.give(bytes);
          }
          expect(room.used).toBe(had.reduce((sum, bytes) => sum + bytes, 0));
          expect(room.used).toBeLessThanOrEqual(100);
        }
      }),
    );
  });

  it('is what a peer needs beyond its share, and has it all back in the end', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 3 * SHARE }), { maxLength: 20 });
    fc.assert(
      fc.property(lengths, (messages) => {
        const room = new Room(2 * SHARE);
        const one = new Correspondent(
          'h' as Hotkey,
          'miner',
          LIMITS.classes.miner,
          room,
          0 as Instant,
        );
        const held: number[] = [];
        for (const bytes of messages) {
          if (!one.makeRoom(bytes, () => undefined)) {
            one.leaveRoom();
            for (const done of held.splice(0)) one.release(done);
            continue;
          }
          one.hold(bytes);
          held.push(bytes);
          one.makeRoom(0, () => undefined);
          expect(room.used).toBe(Math.max(0, one.held - SHARE));
        }
        for (const done of held) one.release(done);
        expect([room.used, one.cost, one.pending, one.held]).toEqual([0, 0, 0, 0]);
      }),
    );
  });
});

describe('the wait before another try', () => {
  it('grows, is never more than a minute, and has chance in it', () => {
    expect(waitAfter(1, 0)).toBe(FIRST_WAIT);
    expect(waitAfter(2, 0)).toBe(2 * FIRST_WAIT);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, chance) => {
          const wait = waitAfter(failures, chance);
          expect(wait).toBeGreaterThanOrEqual(FIRST_WAIT / 2);
          expect(wait).toBeLessThanOrEqual(LONGEST_WAIT);
          expect(wait).toBeLessThanOrEqual(waitAfter(failures + 1, chance));
        },
      ),
    );
  });
});

describe('strangers', () => {
  it('make room for one another, oldest first, and those of the chain for nobody', () => {
    const clock = new SteppedClock(0 as Instant);
    const ended: string[] = [];
    const limits = { strangers: 2, strangerTime: 10 as Duration };
    const held = new Set<string>();
    const strangers = new Strangers<string>(clock, limits, {
      end: (name, why) => ended.push(`${name} ${why}`),
      hold: (name) => held.add(name),
      release: (name) => held.delete(name),
    });
    strangers.add('chain', true);
    for (const name of ['a', 'b', 'c']) strangers.add(name, false);
    expect(ended).toEqual(['a crowded']);
    strangers.leave('b');
    expect([...held]).toEqual(['chain', 'c']);
    clock.pass(9 as Duration);
    expect(ended).toHaveLength(1);
    clock.pass(1 as Duration);
    expect(ended.slice(1)).toEqual(['chain silent', 'c silent']);
    expect(strangers.size).toBe(0);
  });
});

const NOBODY = addressOf('pool', 'x' as Hotkey);
const parcel = (name: string, until: Instant = later(0 as Instant, 9 as Duration)): Parcel => ({
  name,
  kind: 'missing',
  from: NOBODY,
  to: NOBODY,
  bytes: new Uint8Array(10),
  until,
});
