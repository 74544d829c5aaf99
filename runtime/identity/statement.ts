/**
 * How a hotkey that serves nothing on chain, a buyer's, says which peer key is its own.
 *
 *     statement = CBOR ['leadpoet.statement/1', genesis, netuid, hotkey, peer key, since, until]
 *
 * It is signed by the hotkey and of use to the holder of the peer key alone: who looks at it puts in
 * the key that the line itself has proven, never one that was sent along. A stolen statement says
 * nothing of the thief. A later one takes the place of an earlier one, which from then on is a
 * replay; so a hotkey that moves to another peer key leaves nothing behind.
 */
import { canonical } from '../../protocols/wire.ts';
import {
  hours,
  later,
  seconds,
  type Duration,
  type Hotkey,
  type Instant,
} from '../../protocols/units.ts';
import type { Notary } from '../host.ts';

/** What travels: the rest is known to who looks. */
export interface Statement {
  /** When it was made. */
  readonly since: Instant;
  /** The last instant at which it holds. */
  readonly until: Instant;
  readonly signature: Uint8Array;
}

/** The subnet on which a statement holds, and what it says there. */
export interface Claim {
  /** 64 hex digits. */
  readonly genesis: string;
  readonly netuid: number;
  readonly hotkey: Hotkey;
  /** 32 bytes, ed25519. */
  readonly peerKey: Uint8Array;
}

/** Why a statement proves nothing. */
export type StatementFault = 'expired' | 'early' | 'too_long' | 'forged';

/** A day: what is lost with a peer key is lost until then, and a hotkey is at hand once a day. */
export const STATEMENT_LIFE: Duration = hours(24);
/**
 * How far two clocks may be apart: as far as a query may be old. Beyond it every query of the one
 * would be stale to the other, so nothing is won by taking up with it.
 */
export const CLOCK_TOLERANCE: Duration = seconds(30);

/** What is signed. */
export const statementBytes = (
  { genesis, netuid, hotkey, peerKey }: Claim,
  since: Instant,
  until: Instant,
): Uint8Array => canonical([FORMAT, genesis, netuid, hotkey, peerKey, since, until]);
const FORMAT = 'leadpoet.statement/1';

/** Says it from now on, for `life` at most a day. Undefined where the notary has no such key. */
export function makeStatement(
  claim: Claim,
  notary: Pick<Notary, 'sign'>,
  now: Instant,
  life: Duration = STATEMENT_LIFE,
): Statement | undefined {
  const until = later(now, life);
  const signature = notary.sign(claim.hotkey, statementBytes(claim, now, until));
  return signature === undefined ? undefined : { since: now, until, signature };
}

/** Undefined where the statement proves the claim now. What costs most is looked at last. */
export function faultIn(
  { since, until, signature }: Statement,
  claim: Claim,
  notary: Pick<Notary, 'check'>,
  now: Instant,
): StatementFault | undefined {
  if (until < now) return 'expired';
  if (since > later(now, CLOCK_TOLERANCE)) return 'early';
  if (until - since > STATEMENT_LIFE) return 'too_long';
  const isTheirs = notary.check(claim.hotkey, statementBytes(claim, since, until), signature);
  return isTheirs ? undefined : 'forged';
}
