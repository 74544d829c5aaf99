/**
 * A node that is told to stop takes no new work, ends what it has in hand, and leaves.
 *
 *     stop ──▶ gate closed to what begins new work ──▶ nothing open, or the time is up ──▶ leave
 *
 * What is turned away at the gate is not acknowledged: its sender keeps it, and the node has it when
 * it is back in time. Nor is anything lost that is not ended by then: it goes on from the journal.
 */
import { filter, type Observable } from 'rxjs';
import type { BuyerState } from '../actors/answering.ts';
import type { MinerState } from '../actors/miner.ts';
import type { Open } from '../actors/once.ts';
import type { PoolState } from '../actors/pool.ts';
import type { ValidatorState } from '../actors/validator.ts';
import { roleOf, type Envelope, type Kind, type Role } from '../protocols/messages.ts';
import { seconds, type Duration, type Instant } from '../protocols/units.ts';
import type { Clock } from './host.ts';
import type { DurableTransport } from './live.ts';
import type { Running } from './running.ts';
import { until } from './until.ts';

/** How long a node ends what is open: an audit of made-up leads takes one second, a live one five. */
export const CLOSING_TIME: Duration = seconds(20);

/** How long it then waits for others to have what it said last. */
const TELLING_TIME: Duration = seconds(2);

/** What begins new work, by who receives it. */
const NEW_WORK: Readonly<Record<Role, Kind | undefined>> = {
  miner: 'query',
  pool: 'query',
  validator: 'batch',
  buyer: undefined,
};

export interface Gate {
  readonly transport: DurableTransport;
  /** Messages that were sent and that their receivers do not have yet. */
  readonly underWay: number;
  close(): void;
}

/** A line with a gate before it. */
export function gated(line: DurableTransport): Gate {
  let isClosed = false;
  // The line ends each of them: it has arrived, or is of no use any more.
  const underWay = new Set<string>();
  line.finished.subscribe((name) => underWay.delete(name));
  const mayPass = ({ kind, to }: Envelope): boolean => !isClosed || NEW_WORK[roleOf(to)] !== kind;
  const inbox: Observable<Envelope> = line.inbox.pipe(filter(mayPass));
  return {
    transport: {
      open: (address) => line.open(address),
      close: (address) => line.close(address),
      send(envelope) {
        if (envelope.name !== undefined) underWay.add(envelope.name);
        line.send(envelope);
      },
      inbox,
      incoming: line.incoming.pipe(filter(({ envelope }) => mayPass(envelope))),
      finished: line.finished,
      lost: line.lost,
    },
    get underWay() {
      return underWay.size;
    },
    close: () => (isClosed = true),
  };
}

/** Takes no new work and ends what is open, or the time is up. Gives back how much was still open. */
export async function closed(
  running: Running<unknown>,
  gate: Gate,
  clock: Clock,
  within: Duration,
): Promise<number> {
  gate.close();
  const left = (): number => workInHand(running, clock.now());
  await until(clock, within, () => left() === 0);
  // What was said last is mostly there within milliseconds; who is away is told again later.
  await until(clock, TELLING_TIME, () => gate.underWay === 0);
  return left();
}

/** How much an actor has in hand that others wait for. */
export function workInHand({ self, state }: Running<unknown>, now: Instant): number {
  if (state === undefined) return 0;
  switch (roleOf(self)) {
    case 'miner':
      return count((state as MinerState).jobs, now);
    case 'validator': {
      const { audits, signings } = state as ValidatorState;
      return count(audits, now, ({ report }) => report === undefined) + count(signings, now);
    }
    case 'pool': {
      const { attempts, proposals } = state as PoolState;
      return count(attempts, now) + count(proposals, now);
    }
    case 'buyer':
      return (state as BuyerState).open.size;
  }
}

/** What has lapsed is forgotten only when something new comes. */
function count<Id, Work>(
  open: Open<Id, Work>,
  now: Instant,
  isInHand: (work: Work) => boolean = () => true,
): number {
  let found = 0;
  for (const { until: end, work } of open.values()) if (end >= now && isInHand(work)) found++;
  return found;
}
