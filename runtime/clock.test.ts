import { describe, expect, it } from 'vitest';
import { later, type Duration, type Instant } from '../protocols/units.ts';
import { clockContract } from './clock.contract.ts';
import { WallClock } from './clock.ts';

// Real milliseconds: some ten of them a run.
clockContract('WallClock', () => underTest(new WallClock()), { runs: 25 });

describe('WallClock', () => {
  it('is the time of day', () => {
    const before = Date.now();
    const now = new WallClock().now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it('takes a timer of many years for what it is, not for one that is due', async () => {
    const clock = new WallClock();
    let ran = false;
    const warnings: string[] = [];
    process.on('warning', ({ name }) => warnings.push(name));
    const cancel = clock.at((clock.now() + 2 ** 40) as Instant, () => (ran = true));
    await underTest(clock).pass(later(clock.now(), 5 as Duration));
    expect(ran).toBe(false);
    expect(warnings).toEqual([]);
    cancel();
  });

  it('keeps the process for no timer that was cancelled', () => {
    const timers = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const clock = new WallClock();
    const before = timers();
    const cancel = clock.at((clock.now() + 100_000) as Instant, () => undefined);
    expect(timers()).toBe(before + 1);
    cancel();
    expect(timers()).toBe(before);
  });

  it('forgets everything when it is stopped, and goes on with what comes after', async () => {
    const clock = new WallClock();
    const ran: string[] = [];
    clock.at(clock.now(), () => ran.push('before'));
    clock.stop();
    clock.at(clock.now(), () => ran.push('after'));
    await underTest(clock).pass(later(clock.now(), 2 as Duration));
    expect(ran).toEqual(['after']);
  });

  it('lets the event loop have its turn while tasks go on and on', async () => {
    const clock = new WallClock();
    let isOver = false;
    const start = clock.now();
    const again = (): void => {
      if (!isOver) clock.at(start, again);
    };
    again();
    await new Promise<void>((resolve) => setTimeout(resolve, 2));
    isOver = true;
    expect(isOver).toBe(true);
  });
});

function underTest(clock: WallClock): {
  clock: WallClock;
  pass: (until: Instant) => Promise<void>;
} {
  // The last task of its instant: no key sorts after this one.
  const pass = (until: Instant): Promise<void> =>
    new Promise((resolve) => {
      clock.at(until, resolve, '\uffff');
    });
  return { clock, pass };
}
