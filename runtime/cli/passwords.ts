/**
 * Passwords of key files: from the environment as btcli keeps them, or from whoever sits at the
 * terminal. Where there is neither, the error names the variable.
 */
import { asked, somebodyThere } from './prompts.ts';
import { UsageError } from './trouble.ts';
import {
  MOST_PASSWORD_BYTES,
  passwordVariable,
  takePassword,
  type Environment,
} from '../wallet/password-variable.ts';
import type { PasswordSource } from '../wallet/open-key.ts';

/** Whoever sits there. */
export interface Terminal {
  /** Whether somebody can be asked: input and error output are both a terminal. */
  readonly canAsk: boolean;
  /** Whether what is written to the error output is seen by a person and kept nowhere. */
  readonly canShow: boolean;
  /** Throws `BrokenOff` where the person would rather not, a `UsageError` at the end of input. */
  askPassword(message: string, check: (password: string) => string | undefined): Promise<string>;
}

export function thisTerminal(): Terminal {
  return {
    canAsk: somebodyThere(),
    canShow: process.stderr.isTTY,
    async askPassword(message, check) {
      const { password } = await import('@clack/prompts');
      const validate = (text: string | undefined): string | undefined => check(text ?? '');
      const wanted = { field: message, allowed: 'a password, typed at the terminal' };
      return asked((common) => password({ message, validate, ...common }), wanted);
    },
  };
}

/** The password that a file was encrypted with. */
export const passwordOf =
  (terminal: Terminal, env: Environment): PasswordSource =>
  async (file) => {
    const found = takePassword(file, env);
    if (found !== undefined) return found;
    if (!terminal.canAsk) throw nobodyToAsk(file);
    const answer = await terminal.askPassword(`Password of ${file}`, (text) =>
      text.trim() === '' ? 'it is encrypted: it has a password' : undefined,
    );
    return Buffer.from(answer.trim());
  };

/** A password for a new file, typed twice where it is typed. */
export async function newPassword(
  file: string,
  terminal: Terminal,
  env: Environment,
): Promise<Buffer> {
  const found = takePassword(file, env);
  if (found !== undefined) {
    const trouble = weakness(found.toString());
    if (trouble === undefined) return found;
    const allowed = `a password of ${LEAST_PASSWORD} characters or more`;
    throw new UsageError({ field: passwordVariable(file), came: trouble, allowed });
  }
  if (!terminal.canAsk) throw nobodyToAsk(file);
  const first = await terminal.askPassword(`A new password for ${file}`, weakness);
  await terminal.askPassword('The same again', (text) =>
    text === first ? undefined : 'that is not the same',
  );
  return Buffer.from(first.trim());
}

/** As many as btcli demands. */
const LEAST_PASSWORD = 6;

/** btcli takes no blanks at the ends; with them it could not open the file. */
function weakness(text: string): string | undefined {
  if (Array.from(text.trim()).length < LEAST_PASSWORD) return 'too short';
  return Buffer.byteLength(text) > MOST_PASSWORD_BYTES ? 'too long' : undefined;
}

function nobodyToAsk(file: string): UsageError {
  const name = passwordVariable(file);
  const allowed = `a terminal to ask at, or in ${name} base64 of the password XORed with that name`;
  return new UsageError({ field: `the password of ${file}`, came: 'missing', allowed });
}
