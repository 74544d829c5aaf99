/**
 * `leadpoet webhook verify`: whether what a receiver got is what a node has posted, for whoever builds
 * a receiver and wants to see what is wrong.
 */
import { createReadStream } from 'node:fs';
import { seconds, type Instant } from '../../protocols/units.ts';
import { nameOf } from '../json-file.ts';
import { TOLERANCE, verifySignature, type Verified } from '../webhooks/signature.ts';
import { readWebhookSecret } from './commerce-settings.ts';
import type { Environment } from './node-settings.ts';
import { EXIT, UsageError, WorldError, type Console } from './trouble.ts';

export interface VerifyOptions {
  readonly signature: string;
  /** In seconds. */
  readonly tolerance?: number;
  readonly 'webhook.secret-file'?: string;
  readonly json?: true;
}

/** A hundred leads at their largest, and what is said of them. */
const MOST_BYTES = 1_048_576;

/** Exit 0 where the signature holds, 1 where it does not, and why. */
export async function webhookVerify(
  file: string,
  options: VerifyOptions,
  io: Console,
  env: Environment = process.env,
  stdin: AsyncIterable<Uint8Array> = process.stdin,
): Promise<number> {
  const warn = (text: string): void => io.err(`leadpoet: ${text}\n`);
  const secret = await readWebhookSecret(options['webhook.secret-file'], env, warn);
  const body = await bodyOf(file, file === '-' ? stdin : createReadStream(file));
  const now = Date.now() as Instant;
  const { tolerance } = options;
  const within = tolerance === undefined ? TOLERANCE : seconds(tolerance);
  const verified = verifySignature(options.signature, body, { secret, now, tolerance: within });
  if (options.json === true) {
    io.out(`${JSON.stringify({ format: 'leadpoet.webhook-verify/1', verified })}\n`);
  } else io.out(`${SAID[verified]}\n`);
  return verified === 'holds' ? EXIT.done : EXIT.no;
}

const SAID: Readonly<Record<Verified, string>> = {
  holds: 'ok: signed with this secret, and just now',
  malformed: 'not a signature: it looks like t=1764366000,v1=HEX',
  old: 'signed with this secret, but not now: sent again by somebody, or a clock is wrong',
  forged: 'not signed with this secret, or not this body: it has to be the bytes as they came',
};

async function bodyOf(file: string, chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of chunks) {
      size += piece.length;
      if (size > MOST_BYTES) break;
      pieces.push(piece);
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WorldError(`cannot read ${nameOf(file)}: ${why}; name the body as it came`, {
      cause,
    });
  }
  if (size <= MOST_BYTES) return Buffer.concat(pieces);
  const came = `larger than ${MOST_BYTES} bytes`;
  throw new UsageError({ field: nameOf(file), came, allowed: 'the body of a post' });
}
