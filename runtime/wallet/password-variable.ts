/**
 * The password of a key file in the environment, as btcli keeps it: under the file's own name, and
 * not in plain sight. It hides nothing from whoever can read the environment.
 *
 *     /home/ann/.bittensor/wallets/default/coldkey
 *     BT_PW__HOME_ANN__BITTENSOR_WALLETS_DEFAULT_COLDKEY = base64(password XOR variable's name)
 */
import { UsageError } from '../cli/trouble.ts';

export const passwordVariable = (file: string): string =>
  `BT_PW_${file.replaceAll(/[/.]/g, '_').toUpperCase()}`;

export type Environment = Record<string, string | undefined>;

/** Longer ones are slips of copying. */
export const MOST_PASSWORD_BYTES = 1_024;

/**
 * The password's bytes, for the caller to overwrite; undefined where the variable is not set. It is
 * taken out of the environment, so that no process that this one starts has it: a model of a
 * miner's own is such a process. Throws a `UsageError` that names the variable and not its value.
 */
export function takePassword(file: string, env: Environment): Buffer | undefined {
  const name = passwordVariable(file);
  const value = env[name];
  if (value === undefined) return undefined;
  delete env[name];

  const allowed = `base64 of the password (1 to ${MOST_PASSWORD_BYTES} bytes) XORed with the variable's name`;
  const hidden = Buffer.from(value, 'base64');
  const isSound =
    hidden.length > 0 &&
    hidden.length <= MOST_PASSWORD_BYTES &&
    hidden.toString('base64') === value.trim();
  if (!isSound) throw new UsageError({ field: name, came: 'something else', allowed });
  return xored(hidden, name);
}

/** What to put into the variable, for who sets it. */
export const hiddenPassword = (file: string, password: string): string =>
  xored(Buffer.from(password), passwordVariable(file)).toString('base64');

/** The same both ways. */
function xored(bytes: Buffer, name: string): Buffer {
  const key = Buffer.from(name);
  return bytes.map((byte, at) => byte ^ (key[at % key.length] ?? 0)) as Buffer;
}
