import { describe, expect, it } from 'vitest';
import { later, seconds, type Duration, type Instant } from '../../protocols/units.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { DEFAULT_CONTROL_HOSTS, openControls, type ControlOptions } from './controls.ts';
import type { AddressesFound, Names } from './looking.ts';

const START = 1_000_000 as Instant;

describe('the control hosts', () => {
  it('tell that names and the way out work, when one of them does', async () => {
    const { controls } = bed({ up: ['b.test'] });
    expect(await controls.names()).toBe(true);
    expect(await controls.web()).toBe(true);
  });

  it('tell that neither works, when none does', async () => {
    const { controls } = bed({ up: [] });
    expect(await controls.names()).toBe(false);
    expect(await controls.web()).toBe(false);
  });

  it('are asked once in 10 s, however many ask', async () => {
    const { controls, asked, wait } = bed({ up: ['a.test'] });
    await Promise.all(Array.from({ length: 1_000 }, () => controls.names()));
    await wait(seconds(10) - 1);
    await controls.names();
    expect(asked()).toBe(2);
    await wait(1);
    await controls.names();
    expect(asked()).toBe(4);
  });

  it('are asked of names and of the way out apart', async () => {
    const { controls, asked } = bed({ up: ['a.test'] });
    await controls.names();
    await controls.web();
    expect(asked()).toBe(4);
  });

  it('say something else when something else has come about', async () => {
    const up: string[] = [];
    const { controls, wait } = bed({ up });
    expect(await controls.web()).toBe(false);
    up.push('a.test');
    expect(await controls.web()).toBe(false);
    await wait(seconds(10));
    expect(await controls.web()).toBe(true);
  });

  it('are asked anew where the clock was set back', async () => {
    let now = START;
    const clock = { now: () => now, at: () => () => {} };
    const { controls, asked } = bed({ up: ['a.test'], clock });
    await controls.names();
    now = (START - 1) as Instant;
    await controls.names();
    expect(asked()).toBe(4);
  });

  it('are down after 5 s without an answer, and are told to stop', async () => {
    let stopped = 0;
    const hang = (_host: string, signal: AbortSignal): Promise<boolean> => {
      signal.addEventListener('abort', () => stopped++);
      return new Promise(() => {});
    };
    const { controls, wait } = bed({ up: [], reachable: hang });
    const answer = controls.web();
    await wait(seconds(5));
    expect(await answer).toBe(false);
    expect(stopped).toBe(2);
  });

  it('are not waited for when one is up already', async () => {
    const { controls } = bed({
      up: [],
      reachable: (host) => (host === 'a.test' ? Promise.resolve(true) : new Promise(() => {})),
    });
    expect(await controls.web()).toBe(true);
  });

  it('leave no timer behind', async () => {
    const { controls, clock } = bed({ up: ['a.test'] });
    await controls.names();
    expect(clock.pending).toBe(0);
  });

  it('are down where asking breaks', async () => {
    const { controls } = bed({ up: [], reachable: () => Promise.reject(new Error('broken')) });
    expect(await controls.web()).toBe(false);
  });

  it('are 1 to 16', () => {
    expect(() => bed({ up: [], hosts: [] })).toThrow('1 to 16 control hosts');
    expect(() => bed({ up: [], hosts: Array.from({ length: 17 }, () => 'a.test') })).toThrow(
      '1 to 16',
    );
    expect(DEFAULT_CONTROL_HOSTS).toHaveLength(3);
  });
});

interface Bed extends Partial<ControlOptions> {
  /** The hosts that are up; may change. */
  readonly up: readonly string[];
}

function bed({ up, ...options }: Bed) {
  const clock = new VirtualClock(START);
  let asked = 0;
  const isUp = (host: string): boolean => {
    asked++;
    return up.includes(host);
  };
  const addresses = (host: string): Promise<AddressesFound> =>
    Promise.resolve(isUp(host) ? { is: 'found', addresses: ['1.1.1.1'] } : { is: 'silent' });
  const names: Names = { addresses, mail: () => Promise.resolve('silent') };
  const reachable = (host: string): Promise<boolean> => Promise.resolve(isUp(host));
  const hosts = ['a.test', 'b.test'];
  const controls = openControls({ names, reachable, clock, hosts, ...options });
  const wait = async (time: number): Promise<void> => {
    const until = later(clock.now(), time as Duration);
    clock.at(until, () => {});
    await clock.run(until);
  };
  return { controls, clock, wait, asked: () => asked };
}
