import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goodLead, hostileValue } from '../protocols/arbitraries.ts';
import { LEAD_KEYS } from '../protocols/lead.ts';
import { harmlessText, isSecretName, loggedFields, MOST_LINE, MOST_TEXT } from './log-value.ts';

describe('a logged value', () => {
  it.each([
    ['ann.smith+x@acme.com is wrong', '[email] is wrong'],
    ['to "ann"@acme.com', 'to [email]'],
    ['GET /v2?email=ann%40acme.com', 'GET [email]'],
    ['wss://user:pass@host.example:9944', '[email]'],
    ['at /app/node_modules/@polkadot/api/x.js:3:4', 'at /app/node_modules/@polkadot/api/x.js:3:4'],
    [`seed 0x${'ab'.repeat(32)}!`, 'seed [hex]!'],
    ['api_key=sk-12345 and more', 'api_key=[secret] and more'],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer [secret]'],
    ['bottom drive obey lake curtain smoke basket hold race lonely fit walk', '[secret]'],
    ['5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY left', undefined],
    ['no miner answered in time, so the query was asked again', undefined],
  ])('shows %j so that nobody is harmed', (text, shown) => {
    expect(harmlessText(text)).toBe(shown ?? text);
  });

  it('holds no address of mail, however deep, whatever is around it', () => {
    fc.assert(
      fc.property(fc.emailAddress(), anything, anything, nesting, (email, before, after, nest) => {
        const whole = nest({ text: `${show(before)} ${email} ${show(after)}` });
        expect(JSON.stringify(loggedFields(whole))).not.toContain(email);
      }),
    );
  });

  it('holds nothing of a lead, as an object or as text, however deep', () => {
    fc.assert(
      fc.property(goodLead, nesting, fc.boolean(), (lead, nest, isText) => {
        const line = JSON.stringify(loggedFields(nest(isText ? JSON.stringify(lead) : lead)));
        for (const key of ['Business', 'Owner(s) Email', 'Website', 'LinkedIn'] as const) {
          expect(line).not.toContain(lead[key]);
        }
      }),
    );
  });

  it('holds no single field of a lead', () => {
    fc.assert(
      fc.property(goodLead, fc.constantFrom(...PERSONAL), nesting, (lead, key, nest) => {
        expect(JSON.stringify(loggedFields(nest({ [key]: `§ ${lead[key]}` })))).not.toContain('§');
      }),
    );
  });

  it('holds no secret: by the name of its field, or by what it is', () => {
    const secret = fc.stringMatching(/^[A-Z]{4}[a-zA-Z0-9]{12,40}$/);
    fc.assert(
      fc.property(secret, secretName, nesting, fc.boolean(), (text, name, nest, isGiven) => {
        const value = nest(isGiven ? { text: `the host said ${text}.` } : { [name]: text });
        expect(JSON.stringify(loggedFields(value, isGiven ? [text] : []))).not.toContain(text);
      }),
    );
  });

  it('takes what is public for public', () => {
    for (const name of ['hotkey', 'coldkey', 'peer_key', 'kind', 'sort']) {
      expect(isSecretName(name)).toBe(false);
    }
    const query = 'c0ffee00'.repeat(8);
    expect(loggedFields({ query, other: query })).toEqual({ query, other: '[hex]' });
  });

  it('is one line of bounded length that JSON reads back, whatever it is made of', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const line = JSON.stringify(loggedFields(value));
        expect(line.length).toBeLessThan(MOST_LINE - 1_000); // Pino's own part, and the base.
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(line.isWellFormed()).toBe(true);
        expect(JSON.parse(line)).not.toHaveProperty('constructor', expect.anything());
      }),
    );
  });

  it('ends where a value has no end, throws, or is larger than a line', () => {
    const round: Record<string, unknown> = {};
    round['self'] = round;
    const throwing = Object.defineProperty({}, 'x', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    const refusing = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no');
        },
      },
    );
    expect(loggedFields({ round, throwing, refusing })).toEqual({
      round: { self: '[again]' },
      throwing: '[unreadable]',
      refusing: '[unreadable]',
    });
    const wide = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, n) => [`f${n}`, 'x"'.repeat(999)]),
    );
    expect(JSON.stringify(loggedFields({ wide, list: [wide, wide] })).length).toBeLessThan(
      MOST_LINE - 1_000,
    );
    expect(harmlessText('x'.repeat(10_000_000)).length).toBeLessThanOrEqual(MOST_TEXT);
    // What is left of an address where the reading ended is not known for one.
    const long = `${'x'.repeat(1_000)}@a.com `.repeat(16).padEnd(16_381, ' ');
    expect(harmlessText(`${long}ann@acme.com`)).not.toContain('ann');
  });

  it('takes a stranger’s text in one go, whatever it is made of', () => {
    // Four hundred of them: each would take a second or so where a pattern goes back and forth.
    const runs = [
      'x',
      'x ',
      'abc ',
      'f',
      '@',
      'key',
      'key= ',
      '0x',
      'a/',
      'node_modules/@',
      '=',
      '\n',
    ];
    const made = runs.flatMap((run) => [
      run.repeat(20_000),
      `${run.repeat(9_000)} ${' '.repeat(9_000)}`,
    ]);
    for (let times = 0; times < 16; times++) {
      for (const text of made) expect(harmlessText(text).length).toBeLessThanOrEqual(MOST_TEXT);
    }
  });

  it('shows of an error its name, message, code and first frames, and of its cause the same', () => {
    const cause = Object.assign(new Error('ann@acme.com\u001b[31m'), { code: 'EPIPE', body: 'x' });
    const shown = loggedFields({ cause: new Error('outer\nline', { cause }) });
    expect(shown).toMatchObject({
      cause: {
        name: 'Error',
        message: 'outer\u{FFFD}line',
        cause: { name: 'Error', message: '[email]', code: 'EPIPE' },
      },
    });
    expect(JSON.stringify(shown)).not.toContain('"body"');
    expect(JSON.stringify(shown)).toContain('log-value.test.ts');
  });

  it('has no field by which a reader of lines could be taken in', () => {
    const hostile = JSON.parse('{"__proto__":{"a":1},"constructor":1,"toJSON":2,"b":3}') as object;
    expect(loggedFields(hostile)).toEqual({ b: 3, left_out: 3 });
  });
});

const PERSONAL = LEAD_KEYS.filter((key) => key !== 'Industry' && key !== 'Region');

const anything = fc.oneof(
  hostileValue,
  fc.anything({
    withBigInt: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withDate: true,
  }),
  fc.string({ unit: 'binary', maxLength: 700 }),
  fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', maxLength: 700 })),
);
const show = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '';
  }
};

/** Puts a value somewhere into another. */
const nesting = fc
  .array(fc.constantFrom('a', 'data', 'inner', 'list', 'error'), { maxLength: 5 })
  .map((names) => (value: unknown): unknown => {
    const put = (inner: unknown, name: string): unknown =>
      name === 'list'
        ? [inner]
        : name === 'error'
          ? new Error('x', { cause: inner })
          : { [name]: inner };
    return names.reduce(put, value);
  });

const secretName = fc.constantFrom(
  'key',
  'privateKey',
  'private_key',
  'HUNTER_API_KEY',
  'BT_PW__HOME_X',
  'secret',
  'clientSecret',
  'secretPhrase',
  'secretSeed',
  'password',
  'Authorization',
  'apiToken',
);
