import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { START } from '../../../protocols/arbitraries.ts';
import { later, seconds } from '../../../protocols/units.ts';
import { OWN_LOOPBACK } from '../../testing/own-loopback.ts';
import { VirtualClock } from '../../virtual-clock.ts';
import { Session } from './session.ts';

describe('a session', () => {
  it('is given up within 10 s where somebody listens and never answers', async () => {
    const server = createServer().listen(0, OWN_LOOPBACK);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const clock = new VirtualClock(START);
    const opening = Session.open(`ws://${OWN_LOOPBACK}:${port}`, clock).catch(String);
    const [socket] = (await once(server, 'connection')) as [Socket];
    await clock.run(later(START, seconds(10)));
    expect(await opening).toContain(
      `the chain does not answer at ws://${OWN_LOOPBACK}:${port} (no answer in 9 s)`,
    );
    expect(clock.pending).toBe(0);
    socket.destroy();
    server.close();
    await once(server, 'close');
  });

  it('is given up at once where nobody listens', async () => {
    const server = createServer().listen(0, OWN_LOOPBACK);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    // Its time stands still: it is not waited for.
    const clock = new VirtualClock(START);
    await expect(Session.open(`ws://${OWN_LOOPBACK}:${port}`, clock)).rejects.toThrow(
      /nobody listens there.*name another node with --subtensor\.chain_endpoint/,
    );
    expect(clock.pending).toBe(0);
  });
});
