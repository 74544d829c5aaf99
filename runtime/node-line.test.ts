import { describe, expect, it } from 'vitest';
import { mayDialBy } from './node-line.ts';

describe('the line of a node', () => {
  const live = { is: 'live', name: 'finney' } as const;
  const inside = ['127.0.0.2', '10.1.2.3', '169.254.169.254', '192.168.0.1', '::1', 'fd00::1', ''];

  it('goes to no address inside its own network that a peer has announced', () => {
    for (const axon of [undefined, { ip: '93.184.215.14', port: 8091 }]) {
      const mayDial = mayDialBy({ network: live, ...(axon && { axon }) });
      for (const ip of inside) expect([ip, mayDial({ ip })]).toEqual([ip, false]);
      expect(mayDial({ ip: '93.184.215.15' })).toBe(true);
      expect(mayDial({ ip: '2606:2800:21f:cb07:6820:80da:af6b:8b2c' })).toBe(true);
    }
  });

  it('does so in a network of its own', () => {
    const nets = [
      mayDialBy({ network: { is: 'mock' } }),
      mayDialBy({ network: { is: 'live', name: 'local' } }),
      mayDialBy({ network: live, axon: { ip: '127.0.0.2', port: 8091 } }),
    ];
    for (const mayDial of nets) expect(mayDial({ ip: '127.0.0.3' })).toBe(true);
  });
});
