/**
 * The keys of a node on the mock network: a hotkey and its coldkey, from chance that lies in a file of
 * the node's own directory. They are worth nothing outside of it.
 *
 *     leadpoet.mock-seed/1
 *     <64 hex digits>
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Coldkey } from '../../protocols/units.ts';
import { WorldError } from '../cli/trouble.ts';
import { mockKey, type MockKey } from '../notary.ts';
import { readSecretFile, writeSecretFile, type Warn } from '../secret-file.ts';

export interface MockKeys {
  readonly hot: MockKey;
  readonly coldkey: Coldkey;
}

const FORMAT = 'leadpoet.mock-seed/1';
const KIND = { what: 'a mock seed', remedy: 'start the node once with --mock' };

/** Of the file, which is made where it is not there. Throws a `WorldError` where it is damaged. */
export async function openMockKeys(file: string, warn: Warn): Promise<MockKeys> {
  if (!existsSync(file)) {
    await writeSecretFile(file, Buffer.from(`${FORMAT}\n${randomBytes(32).toString('hex')}\n`));
  }
  const text = (await readSecretFile(file, KIND, warn)).toString('latin1');
  const [, seed] = /^leadpoet\.mock-seed\/1\n([0-9a-f]{64})\n$/.exec(text) ?? [];
  if (seed === undefined) {
    throw new WorldError(
      `${file} is damaged: it is no ${FORMAT}; remove it to take part as another`,
    );
  }
  return {
    hot: mockKey(seed),
    coldkey: mockKey(`${seed}/cold`).hotkey as string as Coldkey,
  };
}
