/**
 * Commits in a file of their own, for nobody else to read: a salt that is known is no seal.
 *
 *     { "format": "leadpoet.commits/1", "genesis": "…", "commits": [ … ] }
 *
 * It is written anew each time, to the disk before it takes the old one's place: a crash leaves the
 * old or the new one. A file that is damaged, or of another chain, is refused by name and left alone.
 */
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Hotkey } from '../../../protocols/units.ts';
import { WorldError } from '../../cli/trouble.ts';
import { MOST_COMMITS, type Commit, type CommitStore } from './commit.ts';

export const COMMITS_FORMAT = 'leadpoet.commits/1';

const u16 = Type.Integer({ minimum: 0, maximum: 65_535 });
const u16s = Type.Array(u16, { maxItems: 4_096 });
const Filed = Type.Object(
  {
    format: Type.Literal(COMMITS_FORMAT),
    genesis: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    commits: Type.Array(
      Type.Object(
        {
          hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
          hotkey: Type.String({ minLength: 1, maxLength: 64 }),
          netuid: u16,
          uids: u16s,
          values: u16s,
          salt: u16s,
          version_key: Type.String({ pattern: '^[0-9]{1,20}$' }),
          made_at: Type.Integer({ minimum: 0 }),
        },
        { additionalProperties: false },
      ),
      { maxItems: MOST_COMMITS },
    ),
  },
  { additionalProperties: false },
);
type Filed = Static<typeof Filed>;

/** One process at a time writes it: that of the node whose hotkey it is. */
export class CommitFile implements CommitStore {
  readonly #file: string;
  readonly #genesis: string;
  /** Each write waits for the one before. */
  #writing: Promise<unknown> = Promise.resolve();

  /** `genesis` names the chain: 64 hex digits. */
  constructor(file: string, genesis: string) {
    this.#file = file;
    this.#genesis = genesis;
  }

  all(): Promise<readonly Commit[]> {
    return this.#inTurn(() => this.#read());
  }

  put(commit: Commit): Promise<void> {
    return this.#inTurn(async () => {
      const others = (await this.#read()).filter(({ hash }) => hash !== commit.hash);
      // The oldest have lapsed: the chain would take no more of them than this.
      await this.#write([...others, commit].slice(-MOST_COMMITS));
    });
  }

  remove(hash: string): Promise<void> {
    return this.#inTurn(async () => {
      const before = await this.#read();
      const left = before.filter((commit) => commit.hash !== hash);
      if (left.length < before.length) await this.#write(left);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#writing.then(work);
    this.#writing = done.catch(() => undefined);
    return done;
  }

  async #read(): Promise<readonly Commit[]> {
    const text = await readFile(this.#file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return undefined;
      throw this.#trouble(cause.message, cause);
    });
    if (text === undefined) return [];
    const filed = this.#parse(text);
    if (filed.genesis !== this.#genesis) {
      throw this.#trouble(`it is of the chain ${filed.genesis.slice(0, 16)}…, not of this one`);
    }
    return filed.commits.map(({ version_key, made_at, hotkey, ...commit }) => ({
      ...commit,
      hotkey: hotkey as Hotkey,
      versionKey: BigInt(version_key),
      madeAt: made_at,
    }));
  }

  #parse(text: string): Filed {
    try {
      const value: unknown = JSON.parse(text);
      if (Value.Check(Filed, value)) return value;
    } catch {
      // No JSON is as bad as another document.
    }
    throw this.#trouble(`it is no ${COMMITS_FORMAT}`);
  }

  async #write(commits: readonly Commit[]): Promise<void> {
    const filed: Filed = {
      format: COMMITS_FORMAT,
      genesis: this.#genesis,
      commits: commits.map(({ hash, hotkey, netuid, uids, values, salt, versionKey, madeAt }) => ({
        hash,
        hotkey,
        netuid,
        uids: [...uids],
        values: [...values],
        salt: [...salt],
        version_key: versionKey.toString(),
        made_at: madeAt,
      })),
    };
    try {
      const part = `${this.#file}.part`;
      const handle = await open(part, 'w', 0o600);
      try {
        await handle.writeFile(`${JSON.stringify(filed)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(part, this.#file);
      const folder = await open(dirname(this.#file), 'r');
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    } catch (cause) {
      throw this.#trouble((cause as Error).message, cause);
    }
  }

  #trouble(why: string, cause?: unknown): WorldError {
    return new WorldError(
      `commits of weights in ${this.#file} cannot be kept: ${why}. Move it away if none of its weights is still to be revealed`,
      cause === undefined ? undefined : { cause },
    );
  }
}
