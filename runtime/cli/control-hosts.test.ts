import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { controlHosts } from './control-hosts.ts';

describe('the control hosts', () => {
  it('are those of the flag, else of the environment, else the default', () => {
    const env = { LEADPOET_CONTROL_HOSTS: 'B.example, c.example,b.example' };
    expect(controlHosts('a.example', env, DEFAULT)).toEqual({ hosts: ['a.example'], from: 'flag' });
    expect(controlHosts(undefined, env, DEFAULT)).toEqual({
      hosts: ['b.example', 'c.example'],
      from: 'environment',
    });
    for (const none of [{}, { LEADPOET_CONTROL_HOSTS: '' }]) {
      expect(controlHosts(undefined, none, DEFAULT)).toEqual({ hosts: DEFAULT, from: 'default' });
    }
  });

  it.each([
    '',
    'a',
    'a.example,',
    '127.0.0.1',
    '[::1]',
    'a.example:443',
    'https://a.example',
    '-.a',
  ])('are refused, with who named them, where they are no names: %j', (text) => {
    expect(() => controlHosts(text, {}, DEFAULT)).toThrow('--control-hosts is ');
    if (text === '') return;
    const env = { LEADPOET_CONTROL_HOSTS: text };
    expect(() => controlHosts(undefined, env, DEFAULT)).toThrow('LEADPOET_CONTROL_HOSTS is ');
  });

  it('are 1 to 8, each once', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 20 }), (numbers) => {
        const text = numbers.map((number) => `h${number}.example`).join(',');
        const different = new Set(numbers).size;
        const read = (): number => controlHosts(text, {}, DEFAULT).hosts.length;
        if (different > 8) expect(read).toThrow('1 to 8 host names');
        else expect(read()).toBe(different);
      }),
    );
  });
});

const DEFAULT = ['default.example'];
