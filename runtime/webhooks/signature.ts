/**
 * The signature of what is posted, by which its receiver knows who has sent it, and when:
 *
 *     Leadpoet-Signature: t=1764366000,v1=<hex of HMAC-SHA256, by the secret, of "1764366000." and the body>
 *
 * The time is under the signature, so what was overheard cannot be sent again later. A receiver that is
 * being given a new secret may be sent several `v1`; one that holds is enough.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { seconds, type Duration, type Instant } from '../../protocols/units.ts';

export const SIGNATURE_HEADER = 'leadpoet-signature';

/** How far a receiver's clock may be from ours, with the time that a post takes. */
export const TOLERANCE: Duration = seconds(300);

export function signatureOf(secret: string, body: Uint8Array, at: Instant): string {
  const t = Math.floor(at / 1_000);
  return `t=${t},v1=${mac(secret, t, body).toString('hex')}`;
}

/** What is to be said of a signature; `old` where it is too far from `now`, either way. */
export type Verified = 'holds' | 'malformed' | 'old' | 'forged';

export function verifySignature(
  header: string,
  body: Uint8Array,
  { secret, now, tolerance = TOLERANCE }: { secret: string; now: Instant; tolerance?: Duration },
): Verified {
  const parts = header.split(',', MOST_PARTS).map((part) => part.trim());
  const [, t] = /^t=(\d{1,12})$/.exec(parts.find((part) => part.startsWith('t=')) ?? '') ?? [];
  const given = parts.flatMap((part) => /^v1=([0-9a-f]{64})$/.exec(part)?.[1] ?? []);
  if (t === undefined || given.length === 0) return 'malformed';
  const own = mac(secret, Number(t), body);
  const holds = given.some((hex) => timingSafeEqual(Buffer.from(hex, 'hex'), own));
  if (!holds) return 'forged';
  return Math.abs(now - Number(t) * 1_000) > tolerance ? 'old' : 'holds';
}

/** A time and a few secrets. */
const MOST_PARTS = 16;

const mac = (secret: string, t: number, body: Uint8Array): Buffer =>
  createHmac('sha256', secret).update(`${t}.`).update(body).digest();
