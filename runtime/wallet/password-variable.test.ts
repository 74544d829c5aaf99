import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hiddenPassword, passwordVariable, takePassword } from './password-variable.ts';

describe('passwordVariable', () => {
  it('is the file’s path, as btcli writes it', () => {
    expect(passwordVariable('/home/ann/.bittensor/wallets/default/coldkey')).toBe(
      'BT_PW__HOME_ANN__BITTENSOR_WALLETS_DEFAULT_COLDKEY',
    );
    expect(passwordVariable('./w-1/n/hotkeys/h')).toBe('BT_PW___W-1_N_HOTKEYS_H');
  });
});

describe('takePassword', () => {
  it('reads what btcli puts there', () => {
    // `testing 123` XORed with `BT_PW_W_COLDKEY`, by Python.
    const env = { BT_PW_W_COLDKEY: 'NjEsJD4xMH9yfX8=' };
    expect(takePassword('w/coldkey', env)?.toString()).toBe('testing 123');
    expect(takePassword('w/coldkey', {})).toBeUndefined();
  });

  it('gets back any password, once', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 99 }),
        anyFile,
        (word, at) => {
          const env: Record<string, string> = { [passwordVariable(at)]: hiddenPassword(at, word) };
          expect(takePassword(at, env)).toEqual(Buffer.from(word));
          expect(env).toEqual({});
          expect(takePassword(at, env)).toBeUndefined();
        },
      ),
    );
  });

  it.each(['', 'my password', 'NjEsJD4xMH9ufX', 'a===', Buffer.alloc(1_025).toString('base64')])(
    'refuses %j and does not repeat it',
    (value) => {
      expect(() => takePassword('w/coldkey', { BT_PW_W_COLDKEY: value })).toThrow(
        /^BT_PW_W_COLDKEY is something else; allowed: base64 of the password \(1 to 1024 bytes\) XORed with the variable's name$/,
      );
    },
  );
});

const anyFile = fc.constantFrom('/home/é/x.y/coldkey', 'a', './b/hotkeys/c');
