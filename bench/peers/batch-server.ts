/**
 * The other end of `bench/transport.ts`, in a process of its own: gives a batch of 100 leads to
 * whoever asks for one, in the way that its first argument says. Tells its port by a message.
 */
import Fastify from 'fastify';
import type { Envelope } from '../../protocols/messages.ts';
import { seconds } from '../../protocols/units.ts';
import { encodeEnvelope } from '../../protocols/wire.ts';
import { WallClock } from '../../runtime/clock.ts';
import { FrameStream } from '../../runtime/transport/frame-stream.ts';
import { messageHead } from '../../runtime/transport/frames.ts';
import { openLibp2p } from '../../runtime/transport/libp2p.ts';
import { openNode } from '../../runtime/transport/node.ts';
import { Tallies } from '../../runtime/transport/tally.ts';
import {
  ANSWERING,
  ASKED,
  ASKING,
  batch,
  CLIENT,
  directoryOf,
  forgetful,
  leads,
  NETWORK,
  SEEDS,
  SERVER,
  UNBOUND,
} from './hundred-leads.ts';

const listen = { ip: '127.0.0.1', port: 0 };
const [, , way = 'line', clientKey = ''] = process.argv;
const clock = new WallClock();
const body = batch();
const envelope = (): Envelope<'batch'> => ({
  kind: 'batch',
  from: ANSWERING,
  to: ASKING,
  sentAt: clock.now(),
  body,
});

const tell = (port: number): unknown => process.send?.(port);
process.on('disconnect', () => process.exit());

if (way === 'http') {
  const server = Fastify();
  const { signature: _, query, leads: __, ...head } = body;
  const { signature: ___, ...asked } = query;
  server.post('/batch', () => ({ ...head, query: asked, leads }));
  await server.listen({ host: listen.ip, port: listen.port });
  tell((server.server.address() as { port: number }).port);
} else if (way === 'line') {
  const peerKey = new Uint8Array(Buffer.from(clientKey, 'hex'));
  // The client only dials: its streams are there by the time that anything is to be sent.
  const line = await openLibp2p({
    clock,
    notary: forgetful(),
    hotkey: SERVER,
    seed: SEEDS.server,
    listen,
    network: NETWORK,
    limits: UNBOUND,
    directory: directoryOf({ [CLIENT]: { peerKey, ip: '127.0.0.1', port: 9 } }),
  });
  line.open(ASKED);
  line.open(ANSWERING);
  line.inbox.subscribe(() => line.send({ ...envelope(), body }));
  tell(line.listening?.port ?? 0);
} else {
  const bytes = encodeEnvelope(envelope());
  const node = await openNode({
    seed: SEEDS.server,
    listen,
    limits: UNBOUND,
    mayDial: () => true,
    onConnection: () => undefined,
    onDisconnection: () => undefined,
    onStream: (stream) => {
      const frames = new FrameStream({
        stream,
        clock,
        tallies: new Tallies(),
        stallTime: seconds(20),
      });
      frames.reader = {
        frame: () => {
          frames.write(messageHead('a'), bytes);
          if (way === 'each') frames.finish('closed');
        },
        closed: () => undefined,
      };
    },
  });
  tell(node.listening?.port ?? 0);
}
