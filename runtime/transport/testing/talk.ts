/** Short ways to say something on a test's line, and to hear what was said. */
import { addressOf, type Address, type Envelope, type Role } from '../../../protocols/messages.ts';
import type { Hotkey, Instant, QueryId } from '../../../protocols/units.ts';
import type { Loss, Outgoing } from '../../host.ts';
import type { Incoming } from '../../live.ts';
import type { Libp2pLine } from '../libp2p.ts';
import type { TestNode } from './network.ts';

/** A message with a number in it, of use for a minute. */
export const missing = (
  from: Address,
  to: Address,
  number: number,
  sentAt: Instant,
): Outgoing<'missing'> => ({
  kind: 'missing',
  from,
  to: to as Address<'pool'>,
  sentAt,
  body: { pool: '5P' as Hotkey, from: number, to: number },
});

/** A message to a buyer, with a number from 1 to 3 in it. */
export const refusal = (
  from: Address,
  to: Address,
  attempt: number,
  sentAt: Instant,
): Outgoing<'refusal'> => ({
  kind: 'refusal',
  from,
  to: to as Address<'buyer'>,
  sentAt,
  body: { query: '0'.repeat(64) as QueryId, attempt, reason: 'busy' },
});

/** The number in either; -1 where there is none. */
export function numberOf({ body }: Envelope): number {
  if ('from' in body) return body.from;
  return 'attempt' in body ? body.attempt : -1;
}

/** What came to a side. */
export interface Ear {
  readonly numbers: number[];
  readonly incoming: Incoming[];
  readonly lost: Loss[];
  readonly finished: string[];
}

/** Opens an address on a node, and hears all there is. Nothing is done before `done` is called. */
export function durableEar(line: Libp2pLine, address: Address): Ear {
  const ear: Ear = { numbers: [], incoming: [], lost: [], finished: [] };
  line.incoming.subscribe((one) => {
    ear.incoming.push(one);
    ear.numbers.push(numberOf(one.envelope));
  });
  line.lost.subscribe((loss) => ear.lost.push(loss));
  line.finished.subscribe((name) => ear.finished.push(name));
  line.open(address);
  return ear;
}

/** As `durableEar`, which has each message for good as soon as it is told. */
export function readyEar(line: Libp2pLine, address: Address): Ear {
  const ear = durableEar(line, address);
  line.incoming.subscribe(({ done }) => done());
  return ear;
}

export const as = (role: Role, { hotkey }: TestNode): Address => addressOf(role, hotkey);
