import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hotkeyNumber } from '../protocols/arbitraries.ts';
import { addressOf, type Address, type Envelope } from '../protocols/messages.ts';
import {
  ONE,
  type Duration,
  type Fraction,
  type Hotkey,
  type Instant,
} from '../protocols/units.ts';
import { mockKey, notary } from '../runtime/notary.ts';
import { randomFrom } from '../runtime/random.ts';
import { DELAY, InProcessBus, type Way } from '../runtime/transport/in-process.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { simulatedLine, type SimulatedLine } from './network.ts';
import type { Scenario } from './scenario.ts';

describe('a simulated line', () => {
  it('without faults brings every message once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.array(fc.nat(60), { maxLength: 50 }), async (seed, gaps) => {
        const clock = new VirtualClock(START);
        const { line } = lineOf({}, seed);
        const bus = new InProcessBus({ clock, notary: notary(KEYS), codec: 'reference', line });
        const [from, to] = [bus.transport(), bus.transport()];
        from.open(POOL);
        to.open(VALIDATOR);
        const heard: number[] = [];
        to.inbox.subscribe(({ body }) => heard.push((body as Envelope<'missing'>['body']).from));
        let at = START as number;
        for (const [number, gap] of gaps.entries()) {
          clock.at((at += gap) as Instant, () => from.send(missing(number)));
        }
        await clock.run();
        expect(heard).toEqual([...gaps.keys()]);
      }),
      { numRuns: 200 }, // A bus each.
    );
  });

  it('loses, repeats and reorders as often as it says', () => {
    const rates = { loss: 100_000, repetition: 200_000, reordering: 300_000 };
    const made = lineOf(rates, 'rates');
    const all = send(made, A, B, 10_000);
    const arriving = all.filter((ways) => ways.length > 0);
    const repeated = arriving.filter((ways) => ways.length === 2);
    const overtaking = arriving.filter(([way]) => way?.outOfOrder);
    // Five standard deviations to either side.
    expect(Math.abs(all.length - arriving.length - 1_000)).toBeLessThan(150);
    expect(Math.abs(repeated.length - 1_800)).toBeLessThan(200);
    expect(Math.abs(overtaking.length - 2_700)).toBeLessThan(230);
    expect(made.counts()).toEqual({
      sent: all.length,
      cut: 0,
      lost: all.length - arriving.length,
      repeated: repeated.length,
      outOfOrder: overtaking.length,
    });
  });

  it('at a rate of one loses, repeats or reorders everything', () => {
    expect(send(lineOf({ loss: ONE }), A, B, 20).every((ways) => ways.length === 0)).toBe(true);
    expect(send(lineOf({ repetition: ONE }), A, B, 20).every((ways) => ways.length === 2)).toBe(
      true,
    );
    expect(send(lineOf({ reordering: ONE }), A, B, 20).every(([way]) => way?.outOfOrder)).toBe(
      true,
    );
  });

  it('draws for a pair, one way, what it would if nobody else had sent anything', () => {
    fc.assert(
      fc.property(fc.string(), anyRates, fc.array(anyPair), (seed, rates, traffic) => {
        const busy = lineOf(rates, seed);
        const among = traffic.map(([from, to]) => [from, to, busy.line(from, to)] as const);
        for (const [from, to] of PAIRS) {
          const mine = among.filter(([its, other]) => its === from && other === to);
          const alone = lineOf(rates, seed);
          expect(mine.map(([, , ways]) => ways)).toEqual(send(alone, from, to, mine.length));
        }
      }),
    );
  });

  it('takes as long for what arrives, however many of the others are lost', () => {
    fc.assert(
      fc.property(fc.string(), anyRates, fc.nat(40), (seed, rates, count) => {
        const good = send(lineOf({}, seed), A, B, count);
        const bad = send(lineOf(rates, seed), A, B, count);
        for (const [number, [way]] of bad.entries()) {
          if (way !== undefined) expect(way.delay).toBe(good[number]?.[0]?.delay);
        }
      }),
    );
  });

  it('differs by pair, by direction and by seed', () => {
    const delays = (from: Address, to: Address, seed: string): string =>
      send(lineOf({}, seed), from, to, 20)
        .map(([way]) => way?.delay)
        .join();
    const all = [delays(A, B, '1'), delays(B, A, '1'), delays(A, C, '1'), delays(A, B, '2')];
    expect(new Set(all).size).toBe(all.length);
  });

  it('never delivers at once, and reaches the own node without the line', () => {
    const latency = { kind: 'fixed', value: 0 as Duration } as const;
    expect(lineOf({ latency }).line(A, B)).toEqual([{ delay: DELAY }]);
    const beside = addressOf('buyer', hotkeyNumber(1));
    const bad = lineOf({ loss: ONE });
    bad.partition(new Set([hotkeyNumber(1)]), false);
    expect(bad.line(A, beside)).toEqual([{ delay: DELAY }]);
  });

  it('once cut loses what goes across and nothing else, until it is healed', () => {
    fc.assert(
      fc.property(fc.subarray(NODES), fc.boolean(), anyPair, (cutOff, oneSided, [from, to]) => {
        const made = lineOf({}, 'cut');
        const members = new Set(cutOff.map(hotkeyNumber));
        const [isFromCut, isToCut] = [from, to].map((one) => cutOff.includes(numberOf(one)));
        const isAcross = isFromCut !== isToCut && !(oneSided && isToCut);

        const heal = made.partition(members, oneSided);
        members.clear();
        expect(made.line(from, to)).toHaveLength(isAcross ? 0 : 1);
        expect(made.counts().cut).toBe(isAcross ? 1 : 0);
        heal();
        heal();

        // And the cut has moved nobody's draws.
        const untouched = send(lineOf({}, 'cut'), from, to, 2)[1];
        expect(made.line(from, to)).toEqual(untouched);
      }),
    );
  });

  it('stays cut until the last of several cuts is healed', () => {
    const made = lineOf({});
    const [whole, half] = [true, false].map((oneSided) =>
      made.partition(new Set([hotkeyNumber(1)]), !oneSided),
    );
    whole?.();
    expect([made.line(A, B).length, made.line(B, A).length]).toEqual([0, 1]);
    half?.();
    expect([made.line(A, B).length, made.line(B, A).length]).toEqual([1, 1]);
  });
});

const START = 1_760_000_000_000 as Instant;
const KEYS = [mockKey('left'), mockKey('right')] as const;
const POOL = addressOf('pool', KEYS[0].hotkey);
const VALIDATOR = addressOf('validator', KEYS[1].hotkey);

const NODES = [1, 2, 3];
const [A, B, C] = [
  addressOf('pool', hotkeyNumber(1)),
  addressOf('validator', hotkeyNumber(2)),
  addressOf('miner', hotkeyNumber(3)),
];
const ADDRESSES: readonly Address[] = [A, B, C];
const PAIRS = ADDRESSES.flatMap((from) =>
  ADDRESSES.filter((to) => to !== from).map((to) => [from, to] as const),
);
const numberOf = (address: Address): number => ADDRESSES.indexOf(address) + 1;
const anyPair = fc.constantFrom(...PAIRS);

const rate = fc.oneof(fc.constantFrom(0, 1, ONE - 1, ONE), fc.nat(ONE));
const anyRates = fc.record({ loss: rate, repetition: rate, reordering: rate });

type Rates = Partial<Record<'loss' | 'repetition' | 'reordering', number>> &
  Partial<Pick<Scenario['network'], 'latency'>>;

function lineOf(
  { loss = 0, repetition = 0, reordering = 0, ...rest }: Rates,
  seed = '',
): SimulatedLine {
  return simulatedLine({
    random: randomFrom(seed),
    network: {
      latency: { kind: 'lognormal', median: 40 as Duration, sigma: 500_000 as Fraction },
      loss: loss as Fraction,
      repetition: repetition as Fraction,
      reordering: reordering as Fraction,
      ...rest,
    },
  });
}

const send = (
  { line }: SimulatedLine,
  from: Address,
  to: Address,
  count: number,
): (readonly Way[])[] => Array.from({ length: count }, () => line(from, to));

const missing = (number: number) =>
  ({
    kind: 'missing',
    from: POOL,
    to: VALIDATOR,
    sentAt: START,
    body: { pool: '5P' as Hotkey, from: number, to: number },
  }) as const;
