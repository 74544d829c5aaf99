/**
 * A new or renamed file is kept through a loss of power only once its folder is written, too.
 */
import { open, type FileHandle } from 'node:fs/promises';

/** Writes a folder's names down. Not all systems can, and where they cannot nothing is done. */
export async function syncFolder(folder: string): Promise<void> {
  const handle: FileHandle | undefined = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
