import fc from 'fast-check';
import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Axon } from '../../live.ts';
import { endpointFrom, peerKeyOf, rolesOf, serveAxonTls, type ChainAxon } from './axon.ts';

describe('an axon', () => {
  it('is read back as it was announced', () => {
    fc.assert(
      fc.property(anyAxon, (axon) => {
        const there = onChain(axon);
        expect(new Set(rolesOf(there))).toEqual(new Set(axon.roles));
        const { args } = serveAxonTls(343, 1_001, axon);
        const certificate = Buffer.from(String(args[8]).slice(2), 'hex');
        const [algorithm = 0, ...publicKey] = certificate;
        const peerKey = peerKeyOf({ algorithm, publicKey: Uint8Array.from(publicKey) });
        expect(peerKey).toEqual(axon.peerKey);
        const read = endpointFrom(there, axon.peerKey);
        expect(read?.port).toBe(axon.port);
        expect(new URL(urlOf(read?.ip ?? '')).host).toBe(new URL(urlOf(axon.ip)).host);
      }),
    );
  });

  it('is of no peer of ours by another protocol, without roles, or at no address', () => {
    const fine = onChain({ peerKey: KEY, ip: '127.0.0.2', port: 8_091, roles: ['miner'] });
    expect(endpointFrom(fine, KEY)).toEqual({ peerKey: KEY, ip: '127.0.0.2', port: 8_091 });
    for (const change of [
      { protocol: 4 },
      { placeholder1: 0 },
      { placeholder1: 8 },
      { port: 0 },
      { ipType: 5 },
      { ip: 1n << 32n },
    ]) {
      expect(endpointFrom({ ...fine, ...change }, KEY)).toBeUndefined();
    }
    expect(rolesOf({ ...fine, placeholder1: 255 })).toEqual(['miner', 'validator', 'pool']);
  });

  it('has no key where the certificate is none of an ed25519 node', () => {
    expect(peerKeyOf({ algorithm: 2, publicKey: KEY })).toBeUndefined();
    expect(peerKeyOf({ algorithm: 1, publicKey: KEY.subarray(1) })).toBeUndefined();
    expect(peerKeyOf({ algorithm: 1, publicKey: new Uint8Array(64) })).toBeUndefined();
  });

  it('at what is no address is refused by the flag’s name', () => {
    for (const ip of ['', 'example.com', '1.2.3', 'fe80::1%eth0', '256.1.1.1']) {
      const axon: Axon = { peerKey: KEY, ip, port: 1, roles: ['pool'] };
      expect(() => serveAxonTls(1, 1, axon)).toThrow(/^--axon\.ip is/);
    }
  });
});

const KEY = new Uint8Array(32).fill(7);
const urlOf = (ip: string): string => `http://${isIP(ip) === 6 ? `[${ip}]` : ip}/`;

const anyAxon: fc.Arbitrary<Axon> = fc.record({
  peerKey: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  ip: fc.oneof(fc.ipV4(), fc.ipV6()),
  port: fc.integer({ min: 1, max: 65_535 }),
  roles: fc.subarray(['miner', 'validator', 'pool'] as const, { minLength: 1 }),
});

function onChain(axon: Axon): ChainAxon {
  const { args } = serveAxonTls(343, 1_001, axon);
  const [, , ip, port, ipType, protocol, placeholder1] = args;
  return {
    block: 1,
    ip: BigInt(String(ip)),
    port: Number(port),
    ipType: Number(ipType),
    protocol: Number(protocol),
    placeholder1: Number(placeholder1),
  };
}
