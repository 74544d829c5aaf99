import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minutes, type Duration, type Fraction } from '../protocols/units.ts';
import { Player, type Wall } from './player.ts';
import { change, scenario, type Scenario } from './scenario.ts';
import { Run, simulate } from './simulate.ts';
import type { Told, ToldBatch } from './telling.ts';

describe('a run in steps', () => {
  it('is the same run, however it is cut', async () => {
    const { digest, events } = await simulate({ scenario: TINY, seed: 1 });
    // A run takes a tenth of a second and more: twelve ways to cut it.
    await fc.assert(
      fc.asyncProperty(fc.array(cut, { maxLength: 30 }), async (cuts) => {
        const run = await begun(1);
        for (const { how, much } of cuts) {
          if (how === 'events') await run.step(much);
          else await run.advance((run.progress.virtual + much) as Duration);
        }
        await run.advance(TINY.duration);
        expect(run.result).toMatchObject({ digest, events, virtual: TINY.duration });
      }),
      { numRuns: 12 },
    );
  });

  it('stops at the time it was told, and at the end', async () => {
    const run = await begun(2);
    expect(await run.advance(minutes(3))).toBe(true);
    expect(run.progress).toMatchObject({ virtual: minutes(3), of: TINY.duration });
    expect(run.result).toBeUndefined();
    expect(await run.advance(minutes(999))).toBe(true);
    expect(run.progress.virtual).toBe(TINY.duration);
    const { result } = run;
    await run.advance(minutes(999));
    expect(run.result).toBe(result);
  });

  it('tells how far it is, and may be ended, at the end of a slice alone', async () => {
    const told: number[] = [];
    const tell = ({ virtual }: { virtual: number }): void => void told.push(virtual);
    const run = new Run({ scenario: TINY, seed: 2, tell });
    await run.start();
    for (const to of [3, 9, 10, 11, 20].map(minutes)) await run.advance(to);
    expect(told).toEqual([minutes(10), minutes(20)]);
  });

  it('stops after so many events, short of where it was to go', async () => {
    const run = await begun(2);
    const { events } = run.progress;
    await run.step(0);
    expect(run.progress.events).toBe(events);
    await run.step(50);
    expect(run.progress.events).toBeGreaterThanOrEqual(events + 50);
    expect(run.progress.virtual).toBeLessThan(TINY.duration);
    expect(await run.advance(TINY.duration, () => true)).toBe(false);
  });

  it('has ended at once where it is to take no time', async () => {
    const empty = change(TINY, { duration: 0 as Duration });
    const run = new Run({ scenario: empty, seed: 1 });
    await run.start();
    expect(run.result).toMatchObject({ virtual: 0, queries: 0 });
    expect((await simulate({ scenario: empty, seed: 1 })).digest).toBe(run.result?.digest);
  });
});

describe('a player', () => {
  it('plays to the end as simulate does, whatever it is told on the way', async () => {
    const { digest } = await simulate({ scenario: TINY, seed: 3 });
    await fc.assert(
      fc.asyncProperty(fc.array(order, { maxLength: 12 }), async (orders) => {
        const { player } = await open(3);
        await Promise.all(orders.map((give) => give(player)));
        await player.play();
        expect(await player.result()).toMatchObject({ digest });
        expect(player.position).toMatchObject({ is: 'ended', virtual: TINY.duration });
      }),
      { numRuns: 8 },
    );
  });

  it('goes as fast as it is told: virtual over wall time', async () => {
    const { player, wall } = await open(4);
    await player.play(1_000);
    await wall.until(200);
    await player.pause();
    // The frame in which it was paused may not have been played.
    expect(player.position.virtual).toBeGreaterThanOrEqual(180_000);
    expect(player.position.virtual).toBeLessThanOrEqual(200_000);
  });

  it('keeps its pace where a frame is less than a millisecond', async () => {
    const { player, wall } = await open(4);
    await player.play(0.03);
    await wall.until(2_000);
    await player.pause();
    expect(player.position.virtual).toBeGreaterThanOrEqual(57);
    expect(player.position.virtual).toBeLessThanOrEqual(60);
  });

  it('stands still when paused: no timer, no work', async () => {
    const { player, wall } = await open(5);
    await player.play(100);
    await wall.until(60);
    await player.pause();
    const [{ virtual, events }, { sleeps }] = [player.position, wall];
    await settle();
    expect(player.position).toEqual({ virtual, events, of: TINY.duration, is: 'paused' });
    expect(wall.sleeps).toBe(sleeps);
  });

  it('takes steps one after the other, and none after a pause', async () => {
    const { player } = await open(6);
    await Promise.all([player.step(minutes(1)), player.step(minutes(2))]);
    expect(player.position).toMatchObject({ virtual: minutes(3), is: 'paused' });
    await Promise.all([player.step(minutes(1)), player.pause(), player.step(minutes(2))]);
    expect(player.position.virtual).toBe(minutes(5));
  });

  it('refuses a speed or a step that is none', async () => {
    const { player } = await open(6);
    for (const speed of [0, -1, NaN]) await expect(player.play(speed)).rejects.toThrow(/speed/);
    for (const by of [-1, NaN]) await expect(player.step(by as Duration)).rejects.toThrow(/step/);
    expect(player.position).toMatchObject({ virtual: 0, is: 'paused' });
  });

  it('tells what happens, in order, by name, and hears nothing when it is over', async () => {
    const { player } = await open(7);
    const told: Told[] = [];
    const silence = player.subscribe(async (batch) => {
      told.push(...batch.told);
      expect(batch.dropped).toBe(0);
    });
    await player.step(minutes(5));
    await settle();
    expect(told.length).toBeGreaterThan(50);
    expect(told.map(({ at }) => at)).toEqual(told.map(({ at }) => at).toSorted((a, b) => a - b));
    const names = new Set(player.names());
    expect(told.filter(({ to }) => !names.has(to))).toEqual([]);
    expect(told).toContainEqual(expect.objectContaining({ is: 'received', kind: 'query' }));
    const count = told.length;
    silence();
    await player.step(minutes(5));
    await settle();
    expect(told).toHaveLength(count);
  });

  it('does not wait for a listener that never comes back', async () => {
    const { player } = await open(8);
    const batches: ToldBatch[] = [];
    player.subscribe((batch) => {
      batches.push(batch);
      return new Promise(() => undefined);
    });
    await player.play();
    await player.result();
    expect(batches).toHaveLength(1);
  });

  it('looks at everyone, and shows nobody’s leads', async () => {
    const { player } = await open(9);
    await player.step(minutes(18));
    for (const name of player.names()) {
      const glance = player.look(name);
      expect(glance).toMatchObject({ name });
      expect(glance?.actors.length).toBeGreaterThan(0);
      expect(structuredClone(glance)).toEqual(glance);
      expect(JSON.stringify(glance)).not.toMatch(/@|https?:|Owner/);
    }
    expect(player.look('nobody')).toBeUndefined();
    expect(JSON.stringify(player.look('pool-honest-1') ?? player.look('pool-1'))).toContain(
      ' characters"',
    );
  });

  it('fails as its run failed, and at once from then on', async () => {
    const run = await begun(1);
    run.subnet.nodes[0]?.host.clock.at((run.began + 60_000) as typeof run.began, () => {
      throw new Error('a planted mistake');
    });
    const player = new Player(run, fakeWall());
    await player.play();
    await expect(player.result()).rejects.toThrow('a planted mistake');
    await expect(player.step(minutes(1))).rejects.toThrow('a planted mistake');
    await expect(player.play()).rejects.toThrow('a planted mistake');
  });
});

const TINY: Scenario = scenario({
  name: 'tiny',
  duration: minutes(20),
  miners: { honest: 3 },
  validators: { honest: 3 },
  buyers: { honest: 1 },
  demand: { queriesPerDay: 300, leads: 10 },
  network: { loss: 1_000 as Fraction },
  chain: { tempo: 99 },
});

async function begun(seed: number): Promise<Run> {
  const run = new Run({ scenario: TINY, seed });
  await run.start();
  return run;
}

async function open(seed: number): Promise<{ player: Player; wall: FakeWall }> {
  const wall = fakeWall();
  const player = new Player(new Run({ scenario: TINY, seed }), wall);
  await player.begin();
  return { player, wall };
}

interface FakeWall extends Wall {
  readonly sleeps: number;
  /** Until so much time has been slept. */
  until(ms: number): Promise<void>;
}

/** Time passes by sleeping alone, so that work takes none. */
function fakeWall(): FakeWall {
  let now = 0;
  let sleeps = 0;
  return {
    now: () => now,
    get sleeps() {
      return sleeps;
    },
    async sleep(ms) {
      sleeps++;
      now += ms;
      await turn();
    },
    async until(ms) {
      // oxlint-disable-next-line no-unmodified-loop-condition -- The player sleeps meanwhile.
      while (now < ms) await turn();
    },
  };
}

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await turn();
}

const cut = fc.oneof(
  fc.record({ how: fc.constant('events' as const), much: fc.integer({ min: 0, max: 300 }) }),
  fc.record({
    how: fc.constant('time' as const),
    // Also to the end of a slice and just beside it.
    much: fc.oneof(
      fc.integer({ min: 0, max: 200_000 }),
      fc.constantFrom(0, 1, 599_999, 600_000, 600_001),
    ),
  }),
);

const order: fc.Arbitrary<(player: Player) => Promise<void>> = fc.oneof(
  fc.constant((player: Player) => player.pause()),
  fc.constantFrom(0.5, 1e3, 1e9, Infinity).map((speed) => (player: Player) => player.play(speed)),
  fc.integer({ min: 0, max: 300_000 }).map((by) => (player: Player) => player.step(by as Duration)),
);
