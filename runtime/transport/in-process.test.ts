import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf, type Envelope } from '../../protocols/messages.ts';
import { later, type Duration, type Hotkey, type Instant } from '../../protocols/units.ts';
import { encodeEnvelope } from '../../protocols/wire.ts';
import type { Outgoing } from '../host.ts';
import { mockKey, notary } from '../notary.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { InProcessBus, type BusOptions, type Way } from './in-process.ts';
import { transportContract, type LineUnderTest } from './transport.contract.ts';

for (const codec of ['wire', 'reference'] as const) {
  transportContract(
    `InProcessBus, ${codec}`,
    (options): LineUnderTest => {
      const { bus, clock } = busOf({ codec, ...options });
      const end = (hotkey: Hotkey) => ({ hotkey, notary: KEYS, transport: bus.transport() });
      return {
        // One notary has both keys: a side signs for what it speaks as, not for what it could.
        left: end(LEFT.hotkey),
        right: end(RIGHT.hotkey),
        settle: () => clock.run(),
        inject: (to, bytes, from) => bus.inject(to, bytes, from),
      };
    },
    { runs: 300 }, // Each makes a line of its own.
  );
}

describe('InProcessBus', () => {
  it('keeps the order of each pair, however long each message is under way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(5), fc.nat(3))), async (sends) => {
        let delay = 0;
        const { bus, clock } = busOf({ codec: 'reference', delay: () => delay as Duration });
        const [from, to] = [bus.transport(), bus.transport()];
        from.open(POOL);
        to.open(VALIDATOR);
        const heard: number[] = [];
        to.inbox.subscribe(({ body }) => heard.push((body as Envelope<'missing'>['body']).from));
        let at = clock.now();
        for (const [index, [its, pause]] of sends.entries()) {
          at = later(at, pause as Duration);
          clock.at(at, () => {
            delay = its;
            from.send(missing(index));
          });
        }
        await clock.run();
        expect(heard).toEqual([...sends.keys()]);
      }),
    );
  });

  it('takes as long as it is told, a millisecond where it is not', async () => {
    const arrival = async (options: Partial<BusOptions>): Promise<number> => {
      const { bus, clock } = busOf({ codec: 'wire', ...options });
      const side = bus.transport();
      side.open(POOL);
      side.open(VALIDATOR);
      let at = 0;
      side.inbox.subscribe(() => (at = clock.now() - START));
      side.send(missing(1));
      await clock.run();
      return at;
    };
    expect(await arrival({})).toBe(1);
    expect(await arrival({ delay: (from, to) => (from.length + to.length) as Duration })).toBe(
      POOL.length + VALIDATOR.length,
    );
  });

  it('brings each message as often, when and in such order as the line says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(anyWays, fc.nat(3))), async (sends) => {
        let ways: readonly Way[] = [];
        const { bus, clock } = busOf({ codec: 'reference', line: () => ways });
        const [from, to] = [bus.transport(), bus.transport()];
        from.open(POOL);
        to.open(VALIDATOR);
        const heard: (readonly [at: number, number: number])[] = [];
        to.inbox.subscribe(({ body }) =>
          heard.push([clock.now(), (body as Envelope<'missing'>['body']).from]),
        );
        const lost: string[] = [];
        from.lost.subscribe(({ why }) => lost.push(why));

        const expected: (readonly [at: number, number: number])[] = [];
        let [at, held] = [clock.now() as number, 0];
        for (const [number, [its, pause]] of sends.entries()) {
          const sentAt = (at += pause) as Instant;
          clock.at(sentAt, () => {
            ways = its;
            from.send(missing(number));
          });
          for (const { delay, outOfOrder } of its) {
            if (!outOfOrder) held = Math.max(held, sentAt + delay);
            expected.push([outOfOrder ? sentAt + delay : held, number]);
          }
        }
        await clock.run();
        expect(heard).toEqual(expected.toSorted(([a], [b]) => a - b));
        expect(lost).toEqual(
          sends.filter(([its]) => its.length === 0).map(() => 'lost_on_the_line'),
        );
      }),
    );
  });

  it('tells of a lost message once, and of each copy that nobody hears', async () => {
    for (const [ways, lost] of [
      [[], ['lost_on_the_line']],
      [
        [{ delay: 1 as Duration }, { delay: 2 as Duration }],
        ['unknown_address', 'unknown_address'],
      ],
    ] as const) {
      const { bus, clock } = busOf({ codec: 'wire', line: () => ways });
      const side = bus.transport();
      side.open(POOL);
      const seen: string[] = [];
      side.lost.subscribe(({ why }) => seen.push(why));
      side.send(missing(1));
      await clock.run();
      expect(seen).toEqual(lost);
    }
  });

  it('carries what has just as many bytes as it may, and nothing of one more', async () => {
    const bytes = encodeEnvelope(missing(1)).length;
    for (const [maxBytes, arrives] of [
      [bytes, 1],
      [bytes - 1, 0],
    ] as const) {
      const { bus, clock } = busOf({ codec: 'wire', maxBytes });
      const side = bus.transport();
      side.open(POOL);
      side.open(VALIDATOR);
      let heard = 0;
      side.inbox.subscribe(() => heard++);
      side.send(missing(1));
      await clock.run();
      expect(heard).toBe(arrives);
    }
  });

  it('has one side for an address at a time', () => {
    const { bus } = busOf({ codec: 'wire' });
    const [one, other] = [bus.transport(), bus.transport()];
    one.open(POOL);
    one.open(POOL);
    expect(() => other.open(POOL)).toThrow('in use');
    other.close(POOL);
    expect(() => other.open(POOL)).toThrow('in use');
    one.close(POOL);
    other.open(POOL);
  });

  it('has lost what nobody hears', async () => {
    const { bus, clock } = busOf({ codec: 'wire' });
    const [from, to] = [bus.transport(), bus.transport()];
    from.open(POOL);
    to.open(VALIDATOR);
    const lost: string[] = [];
    from.lost.subscribe(({ why }) => lost.push(why));
    from.send(missing(1));
    await clock.run();
    expect(lost).toEqual(['unknown_address']);
  });
});

const START = 1_760_000_000_000 as Instant;
const [LEFT, RIGHT] = [mockKey('left'), mockKey('right')];
const KEYS = notary([LEFT, RIGHT]);
const POOL = addressOf('pool', LEFT.hotkey);
const VALIDATOR = addressOf('validator', RIGHT.hotkey);

function busOf(options: Omit<BusOptions, 'clock' | 'notary'>): {
  bus: InProcessBus;
  clock: VirtualClock;
} {
  const clock = new VirtualClock(START);
  return { clock, bus: new InProcessBus({ clock, notary: KEYS, ...options }) };
}

const anyWays: fc.Arbitrary<readonly Way[]> = fc.array(
  fc.tuple(fc.nat(9), fc.boolean()).map(([delay, isOutOfOrder]): Way => {
    const way = { delay: delay as Duration };
    return isOutOfOrder ? { ...way, outOfOrder: true } : way;
  }),
  { maxLength: 3 },
);

const missing = (number: number): Outgoing<'missing'> & Envelope<'missing'> => ({
  kind: 'missing',
  from: POOL,
  to: VALIDATOR,
  sentAt: START,
  body: { pool: '5P' as Hotkey, from: number, to: number },
});
