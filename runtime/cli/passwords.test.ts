import { describe, expect, it } from 'vitest';
import { hiddenPassword, passwordVariable } from '../wallet/password-variable.ts';
import { newPassword, passwordOf, type Terminal } from './passwords.ts';

describe('passwordOf', () => {
  it('takes the variable before it asks anybody', async () => {
    const env = { [VARIABLE]: hiddenPassword(FILE, ' from env ') };
    expect((await passwordOf(answering('typed'), env)(FILE)).toString()).toBe(' from env ');
    expect(env).toEqual({});
    expect((await passwordOf(answering(' typed '), env)(FILE)).toString()).toBe('typed');
  });

  it('names the variable where there is nobody to ask', async () => {
    await expect(passwordOf(nobody, {})(FILE)).rejects.toThrow(
      `the password of ${FILE} is missing; allowed: a terminal to ask at, or in ${VARIABLE} base64`,
    );
    await expect(newPassword(FILE, nobody, {})).rejects.toThrow(VARIABLE);
  });

  it('refuses an empty answer', async () => {
    await expect(passwordOf(answering(' '), {})(FILE)).rejects.toThrow('it has a password');
  });
});

describe('newPassword', () => {
  it('is typed twice, the same each time, and of six characters at least', async () => {
    expect((await newPassword(FILE, answering(' secret ', ' secret '), {})).toString()).toBe(
      'secret',
    );
    await expect(newPassword(FILE, answering('secret', 'Secret'), {})).rejects.toThrow(
      'not the same',
    );
    await expect(newPassword(FILE, answering(' short '), {})).rejects.toThrow('too short');
    await expect(newPassword(FILE, answering('x'.repeat(1_025)), {})).rejects.toThrow('too long');
  });

  it('of the variable is held to the same', async () => {
    const env = { [VARIABLE]: hiddenPassword(FILE, 'short') };
    await expect(newPassword(FILE, answering(), env)).rejects.toThrow(
      `${VARIABLE} is too short; allowed: a password of 6 characters or more`,
    );
    env[VARIABLE] = hiddenPassword(FILE, 'longer');
    expect((await newPassword(FILE, nobody, env)).toString()).toBe('longer');
  });
});

const FILE = '/w/n/coldkey';
const VARIABLE = passwordVariable(FILE);

/** Types these, and gives up where one is not taken. */
function answering(...answers: string[]): Terminal {
  return {
    canAsk: true,
    canShow: true,
    async askPassword(_message, check) {
      const answer = answers.shift() ?? '';
      const trouble = check(answer);
      if (trouble !== undefined) throw new Error(trouble);
      return answer;
    },
  };
}
const nobody: Terminal = { ...answering(), canAsk: false, canShow: false };
