import fc from 'fast-check';
import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { publicOnly } from './addresses.ts';
import { targetOf } from './targets.ts';

const hostOf = (text: string): string | undefined => {
  const target = targetOf(text, publicOnly);
  return typeof target === 'object' ? target.host : target;
};

describe('what a URL points at', () => {
  it.each([
    ['http://example.com/', 'example.com'],
    ['https://example.com:443/a?b#c', 'example.com'],
    ['http://2130706433/', '127.0.0.1'],
    ['http://0x7f.1/', '127.0.0.1'],
    ['http://①②⑦.0.0.1/', '127.0.0.1'],
    ['http://[::ffff:10.0.0.1]/', '::ffff:a00:1'],
  ])('is, of %s, %s', (url, host) => expect(hostOf(url)).toBe(host));

  it.each(
    `ftp://example.com/ file:///etc/passwd javascript:alert(1) data:text/html,a gopher://example.com/
     ws://example.com/ http://u@example.com/ http://u:p@example.com/ http://:p@example.com/
     http://example.com:22/ https://example.com:8443/ http://example.com:0/ http://localhost/
     http://localhost./ http://a.localhost/ http://A.LOCALHOST./ http://intranet/`.split(/\s+/),
  )('is blocked: %s', (url) => expect(hostOf(url)).toBe('blocked'));

  it.each([
    '',
    'example.com',
    'http://',
    'http://a b/',
    'http://[::1',
    `http://a.com/${'a'.repeat(2_048)}`,
  ])('is nothing: %j', (url) => expect(hostOf(url)).toBeUndefined());

  it('is taken from where it stood, as redirects are', () => {
    const base = new URL('https://example.com/a/b');
    const target = targetOf('../c', publicOnly, base);
    expect(typeof target === 'object' && target.url.href).toBe('https://example.com/c');
    expect(targetOf('//localhost/c', publicOnly, base)).toBe('blocked');
  });

  it('is, where it is anything, http on a port of the web, and a host with a dot or an address', () => {
    const text = fc.oneof(
      fc.webUrl({ withFragments: true }),
      fc.string(),
      fc.webUrl({
        authoritySettings: { withPort: true, withUserInfo: true, withIPv4: true, withIPv6: true },
      }),
    );
    fc.assert(
      fc.property(text, (url) => {
        const target = targetOf(url, publicOnly);
        if (typeof target !== 'object') return;
        expect(target.url.protocol).toMatch(/^https?:$/);
        expect(['', '80', '443']).toContain(target.url.port);
        expect(target.host.includes('.') || isIP(target.host) !== 0).toBe(true);
      }),
    );
  });
});
