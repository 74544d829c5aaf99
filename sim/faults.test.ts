import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hotkeyNumber } from '../protocols/arbitraries.ts';
import { digest } from '../protocols/hash.ts';
import type { Role } from '../protocols/messages.ts';
import {
  later,
  minutes,
  ONE,
  seconds,
  type Duration,
  type Fraction,
  type Hotkey,
  type Instant,
} from '../protocols/units.ts';
import { InMemoryChain } from '../runtime/chain/in-memory.ts';
import { randomFrom } from '../runtime/random.ts';
import { synthetic } from '../runtime/sources/synthetic.ts';
import { honest, Subnet } from '../runtime/subnet.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import {
  faultsEnd,
  newOutages,
  scheduleFaults,
  type FaultEvent,
  type FaultyNode,
} from './faults.ts';
import { simulatedLine } from './network.ts';
import { scenario, type Fault } from './scenario.ts';
import { simulatedServices } from './services.ts';

describe('scheduled faults', () => {
  it('come at their time, hit their share, and go', async () => {
    const world = worldOf([
      { fault: 'crash', at: seconds(10), for: seconds(5), role: 'miner', share: share(50) },
    ]);
    await world.clock.run();
    expect(world.told.map(({ is, at, nodes }) => [is, at - START, nodes.length])).toEqual([
      ['began', 10_000, 2],
      ['ended', 15_000, 2],
    ]);
    const [begun] = world.told;
    expect(world.log).toEqual([
      ...(begun?.nodes ?? []).map((name) => [10_000, 'kill', name]),
      ...(begun?.nodes ?? []).map((name) => [15_000, 'begin', name]),
    ]);
  });

  it.each([
    ['source', ['miner']],
    ['audit', ['validator']],
    ['verify', ['pool', 'validator']],
  ] as const)('put %s out for those that ask it', async (service, roles) => {
    const world = worldOf([
      { fault: 'outage', at: seconds(1), for: seconds(1), service, share: ONE },
    ]);
    const out = (): readonly string[] =>
      NODES.filter(({ hotkey }) => world.outages.isOut(service, hotkey)).map(
        ({ plan }) => plan.name,
      );
    expect(out()).toEqual([]);
    await world.clock.run(later(START, seconds(1)));
    expect(out()).toEqual(named((role) => (roles as readonly Role[]).includes(role)));
    await world.clock.run(later(START, seconds(2)));
    expect(out()).toEqual([]);
  });

  it('cut off a share of all nodes, and heal them', async () => {
    const world = worldOf([
      { fault: 'partition', at: seconds(1), for: seconds(1), share: share(30), oneSided: true },
    ]);
    await world.clock.run();
    expect(world.cuts).toEqual([{ size: 4, oneSided: true, healed: true }]); // 3.3 of 11.
  });

  it('by `any` crash every node but the buyers, whose questions nobody else could end', async () => {
    const world = worldOf([
      { fault: 'crash', at: seconds(0), for: seconds(1), role: 'any', share: ONE },
    ]);
    await world.clock.run();
    expect(world.told[0]?.nodes).toEqual(named((role) => role !== 'buyer'));
  });

  it('kill no node twice, and leave none dead or out in the end', async () => {
    await fc.assert(
      fc.asyncProperty(anyFaults, async (faults) => {
        const world = worldOf(faults);
        const isDown = new Set<unknown>();
        await world.clock.run();
        for (const [, what, name] of world.log) {
          expect(isDown.has(name)).toBe(what === 'begin');
          if (what === 'kill') isDown.add(name);
          else isDown.delete(name);
        }
        expect(isDown.size).toBe(0);
        expectNoFault(world);
        expect(world.told).toHaveLength(2 * faults.length);
        const last = Math.max(0, ...world.told.map(({ at }) => at - START));
        expect(last).toBe(faultsEnd({ faults }));
      }),
    );
  });

  it('are over at once and for good when they are ended', async () => {
    await fc.assert(
      fc.asyncProperty(anyFaults, fc.nat(6), async (faults, when) => {
        const world = worldOf(faults);
        await world.clock.run(later(START, when as Duration));
        world.end();
        expectNoFault(world);
        const kills = world.log.filter(([, what]) => what === 'kill').length;
        expect(world.log).toHaveLength(2 * kills);
        const told = world.told.length;
        world.end();
        await world.clock.run();
        expect(world.told).toHaveLength(told);
        expect(world.told.filter(({ is }) => is === 'began')).toHaveLength(told / 2);
      }),
    );
  });

  it('hit the same nodes in whatever order these come, a larger share those and others', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyFault,
        fc.nat(ONE),
        fc.shuffledSubarray([...NODES], { minLength: NODES.length }),
        async (fault, other, shuffled) => {
          const hitBy = async (
            some: Fault,
            nodes: readonly FaultyNode[],
          ): Promise<readonly string[]> => {
            const world = worldOf([some], nodes);
            await world.clock.run();
            return world.told[0]?.nodes ?? [];
          };
          const [small, large] = [fault.share, other].toSorted((a, b) => a - b);
          const few = await hitBy({ ...fault, share: small as Fraction }, NODES);
          const many = await hitBy({ ...fault, share: large as Fraction }, NODES);
          expect(await hitBy({ ...fault, share: large as Fraction }, shuffled)).toEqual(many);
          expect(many).toEqual(expect.arrayContaining([...few]));
          expect(few.length === 0).toBe(small === 0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('hit everybody sooner or later, each fault its own', async () => {
    const faults = Array.from({ length: 60 }, (_, at): Fault => ({
      fault: 'partition',
      at: at as Duration,
      for: seconds(1),
      share: share(10),
      oneSided: false,
    }));
    const world = worldOf(faults);
    await world.clock.run();
    expect(new Set(world.told.flatMap(({ nodes }) => nodes)).size).toBe(NODES.length);
  });

  it('leave the others as they are where one is added', async () => {
    await fc.assert(
      fc.asyncProperty(anyFaults, anyFault, async (faults, one) => {
        const [before, after] = [worldOf(faults), worldOf([one, ...faults])];
        await Promise.all([before.clock.run(), after.clock.run()]);
        const hits = (told: readonly FaultEvent[], without?: Fault) =>
          told.filter(({ is, fault }) => is === 'began' && fault !== without);
        expect(hits(after.told, one)).toEqual(hits(before.told));
      }),
      { numRuns: 300 },
    );
  });
});

describe('a subnet', () => {
  it('of whose nodes some crash, are cut off or are out goes on, and the same way each time', async () => {
    const runs = [await faultyRun(), await faultyRun()];
    const [run] = runs;
    expect(run?.began).toEqual(['crash', 'outage', 'partition', 'crash']);
    expect(run?.cut).toBeGreaterThan(0);
    expect(run?.restarts).toBeGreaterThan(0);
    expect(run?.answers).toHaveLength(4);
    // With the faults over, it is as it was before them.
    expect([run?.answers[0], run?.answers.at(-1)]).toEqual([10, 10]);
    expect(runs[1]).toEqual(run);
  });
});

describe('outages', () => {
  it('last until the last of them ends, each of which ends once', () => {
    const outages = newOutages();
    const [one, other] = [1, 2].map(() => outages.begin('audit', [hotkeyNumber(1)]));
    one?.();
    one?.();
    expect(outages.isOut('audit', hotkeyNumber(1))).toBe(true);
    expect(outages.isOut('verify', hotkeyNumber(1))).toBe(false);
    expect(outages.isOut('audit', hotkeyNumber(2))).toBe(false);
    other?.();
    expect(outages.isOut('audit', hotkeyNumber(1))).toBe(false);
  });
});

/** Four queries, ten minutes apart; all but the first and the last among faults. */
async function faultyRun() {
  const clock = new VirtualClock(START);
  const random = randomFrom('run');
  const outages = newOutages();
  const {
    network,
    services: pace,
    ...rest
  } = scenario({
    network: { loss: 1_000 as Fraction, repetition: 10_000 as Fraction },
    faults: [
      { fault: 'crash', at: minutes(10), for: minutes(8), role: 'validator', share: share(20) },
      { fault: 'outage', at: minutes(11), for: minutes(4), service: 'audit', share: share(40) },
      { fault: 'partition', at: minutes(21), for: minutes(5), share: share(30), oneSided: false },
      { fault: 'crash', at: minutes(22), for: minutes(1), role: 'any', share: share(20) },
    ],
  });
  const { line, partition, counts } = simulatedLine({ network, random: random.fork('line') });
  const services = simulatedServices({ clock, outages, pace });
  const subnet = new Subnet({
    seed: 'run',
    clock,
    random,
    line,
    codec: 'reference',
    queryEvery: 0,
    chain: new InMemoryChain({ clock, seed: 'run' }),
    nodes: [
      ...honest('miner', 6),
      ...honest('validator', 5),
      ...honest('pool', 1),
      ...honest('buyer', 1),
    ],
    services: { ...services, source: services.source(synthetic()) },
  });
  let hasBegun = false;
  subnet.start().subscribe({ complete: () => (hasBegun = true) });
  await clock.run(() => hasBegun);
  const start = clock.now();

  const heard: string[] = [];
  let restarts = 0;
  subnet.observer.happenings.subscribe((one) => {
    if (one.is === 'received') heard.push(`${one.at} ${one.envelope.from} ${one.envelope.kind}`);
    if (one.is === 'started') restarts++;
  });
  const began: string[] = [];
  scheduleFaults(rest, {
    clock,
    subnet,
    outages,
    start,
    line: { partition },
    random: random.fork('faults'),
    tell: ({ is, fault }) => is === 'began' && began.push(fault.fault),
  });
  const answers: number[] = [];
  for (const at of [0, 10, 20, 30]) {
    await clock.run(later(start, minutes(at)));
    let answer: number | undefined;
    subnet.ask({ leads: 10 }).subscribe(({ leads }) => (answer = leads.length));
    await clock.run(() => answer !== undefined);
    answers.push(answer ?? 0);
  }
  return { answers, began, cut: counts().cut, restarts, heard: digest('heard', ...heard) };
}

const START = 1_760_000_000_000 as Instant;
const share = (percent: number): Fraction => (percent * 10_000) as Fraction;

const ROLES: readonly Role[] = [
  ...(['buyer', 'buyer', 'miner', 'miner', 'miner', 'miner', 'pool'] as const),
  ...(['validator', 'validator', 'validator', 'validator'] as const),
];
/** Sorted by name. */
const NODES: readonly FaultyNode[] = ROLES.map((role, index) => ({
  plan: { role, name: `${role}-${index}` },
  hotkey: hotkeyNumber(index),
})).toSorted((a, b) => (a.plan.name < b.plan.name ? -1 : 1));
const named = (isMeant: (role: Role) => boolean): readonly string[] =>
  NODES.filter(({ plan }) => isMeant(plan.role)).map(({ plan }) => plan.name);
const nameOf = (hotkey: Hotkey): string | undefined =>
  NODES.find((node) => node.hotkey === hotkey)?.plan.name;

function worldOf(faults: readonly Fault[], nodes: readonly FaultyNode[] = NODES) {
  const clock = new VirtualClock(START);
  const log: (readonly [number, string, string | undefined])[] = [];
  const cuts: { size: number; oneSided: boolean; healed: boolean }[] = [];
  const told: FaultEvent[] = [];
  const outages = newOutages();
  const end = scheduleFaults(
    { faults },
    {
      clock,
      outages,
      start: START,
      random: randomFrom('faults'),
      subnet: {
        nodes,
        kill: (hotkey) => log.push([clock.now() - START, 'kill', nameOf(hotkey)]),
        begin: (hotkey) => log.push([clock.now() - START, 'begin', nameOf(hotkey)]),
      },
      line: {
        partition(members, oneSided) {
          const cut = { size: members.size, oneSided, healed: false };
          cuts.push(cut);
          return () => (cut.healed = true);
        },
      },
      tell: (event) => told.push(event),
    },
  );
  return { clock, log, cuts, told, outages, end };
}

function expectNoFault({ cuts, outages }: ReturnType<typeof worldOf>): void {
  expect(cuts.filter(({ healed }) => !healed)).toEqual([]);
  const services = ['source', 'audit', 'verify'] as const;
  const out = NODES.filter(({ hotkey }) => services.some((one) => outages.isOut(one, hotkey)));
  expect(out).toEqual([]);
}

/** Within a few milliseconds, so that they overlap and meet. */
const anyTime = fc.nat(5).map((value) => value as Duration);
const anyShare = fc
  .oneof(fc.constantFrom(0, 1, ONE - 1, ONE), fc.nat(ONE))
  .map((value) => value as Fraction);
const anyFault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    fault: fc.constant('partition' as const),
    at: anyTime,
    for: anyTime,
    share: anyShare,
    oneSided: fc.boolean(),
  }),
  fc.record({
    fault: fc.constant('outage' as const),
    at: anyTime,
    for: anyTime,
    share: anyShare,
    service: fc.constantFrom('source', 'audit', 'verify'),
  }),
  fc.record({
    fault: fc.constant('crash' as const),
    at: anyTime,
    for: anyTime,
    share: anyShare,
    role: fc.constantFrom('miner', 'validator', 'pool', 'any'),
  }),
);
const anyFaults = fc.array(anyFault, { maxLength: 5 });
