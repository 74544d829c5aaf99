/**
 * What is sent on a connection at once leaves as one write.
 *
 * Noise gives an encrypted piece as its length, its parts and its tag, and the socket would be handed
 * each by itself: four calls to the kernel for a batch and two for an ack, and the other end may be
 * woken as often. To join them costs a copy, a hundredth of that (`bench/transport.ts`).
 */
import type { MultiaddrConnection } from '@libp2p/interface';

/** From now on; before anything else is written on it. */
export function inOneWrite(connection: Pick<MultiaddrConnection, 'send'>): void {
  const send = connection.send.bind(connection);
  connection.send = (data) => send(data instanceof Uint8Array ? data : data.subarray());
}
