/**
 * Is it them or us? Hosts that are always there tell: where none of them is found either, the fault
 * is our own, and nobody else is to pay for it.
 *
 *     names: one of them resolves        web: a connection to one of them stands
 *
 * They are asked when a fault is to be judged, and what they say stands for 10 s: a batch of bad leads
 * is judged by one asking, and no flood of bad leads becomes a flood at the control hosts.
 */
import { invariant, later, seconds, type Duration } from '../../protocols/units.ts';
import type { Reachable } from './egress.ts';
import type { Clock } from '../host.ts';
import type { Controls, Names } from './looking.ts';

export interface ControlOptions {
  readonly names: Names;
  /** Whether a connection to a host stands (`egress.ts`). */
  readonly reachable: Reachable;
  readonly clock: Clock;
  /** One that is up is enough. At most `MOST_HOSTS`; `DEFAULT_CONTROL_HOSTS` where absent. */
  readonly hosts?: readonly string[];
  /** How long an answer stands; 10 s where absent. */
  readonly standsFor?: Duration;
}

/** Under three roofs: IANA's, a content network's and a foundation's. They do not fail together. */
export const DEFAULT_CONTROL_HOSTS: readonly string[] = [
  'example.com',
  'cloudflare.com',
  'wikipedia.org',
];

/** All are asked at once. */
const MOST_HOSTS = 16;

/** As long as a look-up of a name may take. Shorter than an answer stands: two never overlap. */
const ASKING_TIME = seconds(5);

export function openControls(options: ControlOptions): Controls {
  const { names, reachable, clock, standsFor = seconds(10) } = options;
  const hosts = options.hosts ?? DEFAULT_CONTROL_HOSTS;
  invariant(hosts.length >= 1 && hosts.length <= MOST_HOSTS, `1 to ${MOST_HOSTS} control hosts`);

  const resolves: Reachable = async (host, signal) =>
    (await names.addresses(host, signal)).is === 'found';

  return {
    names: standing(() => isAnyUp(hosts, resolves, clock), clock, standsFor),
    web: standing(() => isAnyUp(hosts, reachable, clock), clock, standsFor),
  };
}

/** The same answer for everyone who asks within a time, from when it was asked for. */
function standing<Answer>(
  ask: () => Promise<Answer>,
  clock: Clock,
  time: Duration,
): () => Promise<Answer> {
  let asked = clock.now();
  let answer: Promise<Answer> | undefined;
  return () => {
    const now = clock.now();
    // A clock may be set back; what was said in its future stands no longer.
    if (answer === undefined || now < asked || now >= later(asked, time)) {
      asked = now;
      answer = ask();
    }
    return answer;
  };
}

/** As soon as one is up; false when none is, or when the time is over. */
function isAnyUp(hosts: readonly string[], isUp: Reachable, clock: Clock): Promise<boolean> {
  const asking = new AbortController();
  return new Promise((resolve) => {
    const tell = (isUpAtAll: boolean): void => {
      cancel();
      resolve(isUpAtAll);
      // The others need not go on.
      asking.abort();
    };
    const cancel = clock.at(later(clock.now(), ASKING_TIME), () => tell(false));
    let left = hosts.length;
    const hear = (isHostUp: boolean): void => {
      left--;
      if (isHostUp || left === 0) tell(isHostUp);
    };
    for (const host of hosts) {
      isUp(host, asking.signal).then(hear, () => hear(false));
    }
  });
}
