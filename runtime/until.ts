/**
 * Waiting for what tells nobody when it comes about: it is looked at every now and then.
 */
import { later, type Duration } from '../protocols/units.ts';
import type { Clock } from './host.ts';

const LOOK_AGAIN = 20 as Duration;

/** True once it has come about, false where the time is up first. */
export function until(
  clock: Clock,
  within: Duration,
  hasComeAbout: () => boolean,
): Promise<boolean> {
  const end = later(clock.now(), within);
  return new Promise((resolve) => {
    const look = (): void => {
      if (hasComeAbout()) resolve(true);
      else if (clock.now() >= end) resolve(false);
      else clock.at(later(clock.now(), LOOK_AGAIN), look);
    };
    look();
  });
}
