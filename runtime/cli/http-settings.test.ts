import { describe, expect, it } from 'vitest';
import { seconds } from '../../protocols/units.ts';
import { httpSettings } from './http-settings.ts';

describe('the settings of serve', () => {
  it('are of this machine alone, unless told', () => {
    expect(httpSettings({}, {})).toEqual({
      host: '127.0.0.1',
      port: 8_080,
      tokens: {},
      rates: { queries: 60, requests: 600 },
      drain: seconds(60),
    });
  });

  it('come from flags and from the environment', () => {
    const env = {
      LEADPOET_HTTP_TOKEN: 'secret',
      LEADPOET_HTTP_QUERY_RATE: '7',
      LEADPOET_DRAIN: '5',
    };
    const options = { 'http.host': '[::]', 'http.port': '0', 'http.cors': 'https://app.example' };
    expect(httpSettings(options, env)).toEqual({
      host: '::',
      port: 0,
      tokens: { token: { value: 'secret', as: 'LEADPOET_HTTP_TOKEN' } },
      cors: 'https://app.example',
      rates: { queries: 7, requests: 600 },
      drain: seconds(5),
    });
  });

  it.each(['0.0.0.0', '192.0.2.1', '::', 'leads.example'])(
    'need a token to listen on %s',
    (host) => {
      const listen = (env: Readonly<Record<string, string>>) => () =>
        httpSettings({ 'http.host': host }, env);
      expect(listen({})).toThrow(
        `--http.host is "${host}"; allowed: 127.0.0.1, or a token as well`,
      );
      expect(listen({ LEADPOET_HTTP_TOKEN: 'secret' })).not.toThrow();
      expect(listen({ LEADPOET_HTTP_TOKENS: '/callers' })).not.toThrow();
    },
  );

  it.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost', '[::1]'])('need none on %s', (host) => {
    expect(() => httpSettings({ 'http.host': host }, {})).not.toThrow();
  });

  it.each([
    ['http.port', '65536'],
    ['http.host', 'a b'],
    ['http.cors', '*'],
    ['http.cors', 'https://app.example/path'],
    ['http.cors', 'app.example'],
    ['http.rate', '0'],
    ['drain', '-1'],
  ])('refuse %s of %s by its name', (name, value) => {
    const option = name === 'drain' ? 'drain' : name;
    expect(() => httpSettings({ [option]: value }, {})).toThrow(`--${name} is "${value}"`);
  });
});
