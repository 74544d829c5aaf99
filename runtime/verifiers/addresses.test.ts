import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicAddress, publicOnly } from './addresses.ts';

describe('a public address', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '93.184.216.34',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
  ])('may be %s', (ip) => expect(isPublicAddress(ip)).toBe(true));
  it.each(['2606:4700::1111', '2a00:1450:4001:81b::200e', '2001:4860:4860::8888'])(
    'may be %s',
    (ip) => expect(isPublicAddress(ip)).toBe(true),
  );

  it.each(
    `0.0.0.0 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 169.254.169.254 172.16.0.1 172.31.255.255
     192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1
     240.0.0.1 255.255.255.255 168.63.129.16`.split(/\s+/),
  )('is not %s', (ip) => expect(isPublicAddress(ip)).toBe(false));
  it.each(
    `:: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::a00:1 64:ff9b::808:808
     64:ff9b:1::1 100::1 2001::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:808:808::
     3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 4000::1 1fff:ffff::1`.split(
      /\s+/,
    ),
  )('is not %s', (ip) => expect(isPublicAddress(ip)).toBe(false));

  it.each(['', 'localhost', '8.8.8', '0x8.8.8.8', '134744072', '08.8.8.8', '8.8.8.8 ', '[::1]'])(
    'is not what is no address: %s',
    (text) => expect(isPublicAddress(text)).toBe(false),
  );
  it('has no zone', () => expect(isPublicAddress('2606:4700::1111%eth0')).toBe(false));

  it('is in no special range of IPv4, wherever in the range', () => {
    fc.assert(fc.property(within4, (ip) => !isPublicAddress(ip)));
  });

  it('carries no IPv4 address inside an IPv6 one', () => {
    fc.assert(
      fc.property(
        fc.ipV4(),
        fc.constantFrom(...CARRIERS),
        (ip, carry) => !isPublicAddress(carry(ip)),
      ),
    );
  });

  it('begins with 2 or 3 in IPv6', () => {
    fc.assert(
      fc.property(fc.ipV6(), (ip) => {
        if (isPublicAddress(ip)) expect(ip).toMatch(/^[23][\da-f]{3}:/i);
      }),
    );
  });

  it('is never told from any text by a throw', () => {
    const text = fc.oneof(fc.string(), fc.ipV4Extended(), fc.ipV6(), fc.domain());
    fc.assert(fc.property(text, (ip) => typeof isPublicAddress(ip) === 'boolean'));
  });
});

describe('the shipped policy', () => {
  it('allows the ports of the web and no other', () => {
    const allowed = Array.from({ length: 65_536 }, (_, port) => port).filter((port) =>
      publicOnly.allowsPort(port),
    );
    expect(allowed).toEqual([80, 443]);
  });
});

/** The special ranges of IPv4 as IANA's register has them, for an address somewhere in one. */
const RANGES =
  `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
  192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24
  224.0.0.0/4 240.0.0.0/4`.split(/\s+/);

const within4 = fc
  .tuple(fc.constantFrom(...RANGES), fc.nat({ max: 2 ** 32 - 1 }))
  .map(([range, chance]) => {
    const [base = '', bits = '32'] = range.split('/');
    const size = 2 ** (32 - Number(bits));
    return dotted(
      base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) + (chance % size),
    );
  });

const dotted = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

const hex = (ip: string): string => {
  const [a = 0, b = 0, c = 0, d = 0] = ip.split('.').map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
};
const CARRIERS: readonly ((ip: string) => string)[] = [
  (ip) => `::${ip}`,
  (ip) => `::ffff:${ip}`,
  (ip) => `::ffff:0:${hex(ip)}`,
  (ip) => `64:ff9b::${ip}`,
  (ip) => `64:ff9b:1::${hex(ip)}`,
  (ip) => `2002:${hex(ip)}::1`,
  (ip) => `2001:0:${hex(ip)}::1`,
];
