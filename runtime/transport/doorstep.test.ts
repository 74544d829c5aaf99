import { createServer, connect, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Instant } from '../../protocols/units.ts';
import { Doorstep } from './doorstep.ts';

describe('Doorstep', () => {
  it('lets in so many of a host in a second, and goes by the host alone', () => {
    const { step, at } = begin({ perHost: 2 });
    const come = (host: string) => !step.check(host);
    expect(['10.0.0.1', '10.0.0.1', '10.0.0.1'].map(come)).toEqual([true, true, false]);
    // The same as IPv6 writes it.
    expect(come('::ffff:10.0.0.1')).toBe(false);
    expect(come('10.0.0.2')).toBe(true);
    at(499);
    expect(come('10.0.0.1')).toBe(false);
    at(500);
    expect(come('10.0.0.1')).toBe(true);
  });

  it('counts half of an IPv6 address as one host: a customer is given as many as that', () => {
    const { step } = begin({ perHost: 1 });
    expect(step.check('2001:db8:0:7::1')).toBe(false);
    expect(step.check('2001:db8:0:7:ffff:1:2:3')).toBe(true);
    expect(step.check('2001:db8::7:0:0:0:9')).toBe(true);
    expect(step.check('2001:db8:0:8::1')).toBe(false);
    expect(step.check('::1')).toBe(false);
    expect(step.check('::2')).toBe(true);
  });

  it('lets in nobody while as many are inside as may be, and counts whom it refuses', () => {
    const { step, refused } = begin({ pending: 1 });
    const leave = step.enter();
    expect(step.check('10.0.0.1')).toBe(true);
    expect(refused()).toBe(1);
    leave();
    leave();
    expect(step.check('10.0.0.1')).toBe(false);
    const again = step.enter();
    expect(step.check('10.0.0.1')).toBe(true);
    again();
    expect(refused()).toBe(2);
  });

  it('is asked by a server of each that comes', async () => {
    const { step } = begin({ perHost: 1 });
    const server = createServer({ blockList: step }, (socket) => socket.end('in'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const heard = (): Promise<string> =>
      new Promise((resolve) => {
        let text = '';
        const socket = connect(port, '127.0.0.1');
        socket.on('data', (bytes) => (text += bytes.toString()));
        socket.on('error', () => undefined).on('close', () => resolve(text));
      });
    expect([await heard(), await heard()]).toEqual(['in', '']);
    server.close();
  });
});

function begin({ perHost = 100, pending = 100 }: { perHost?: number; pending?: number }) {
  let [now, refused] = [0, 0];
  const step = new Doorstep(
    { perHost, pending },
    () => now as Instant,
    () => (refused += 1),
  );
  return { step, at: (ms: number) => (now = ms), refused: () => refused };
}
