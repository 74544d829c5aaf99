import { describe, expect, it } from 'vitest';
import { endpointOf } from './endpoint.ts';

describe('the endpoint of a chain', () => {
  it('is that of its network, the test network’s where none is named', () => {
    expect(endpointOf({})).toBe('wss://test.finney.opentensor.ai:443');
    expect(endpointOf({ network: 'finney' })).toBe('wss://entrypoint-finney.opentensor.ai:443');
    expect(endpointOf({ network: 'local' })).toBe('ws://127.0.0.1:9944');
  });

  it('is one’s own where it is given', () => {
    const endpoint = 'ws://[::1]:9944/rpc';
    expect(endpointOf({ network: 'finney', endpoint })).toBe(endpoint);
  });

  it('is refused by the flag’s name', () => {
    for (const network of ['', 'Test', 'main', 'toString', '__proto__', 'mock']) {
      expect(() => endpointOf({ network })).toThrow(/^--subtensor\.network is .* allowed|ask/);
    }
    for (const endpoint of [
      '',
      'http://a.b',
      'ws:',
      'a.b:9944',
      'wss://me:secret@a.b',
      `ws://${'a'.repeat(600)}`,
    ]) {
      expect(() => endpointOf({ endpoint })).toThrow(/^--subtensor\.chain_endpoint is/);
    }
  });
});
