/**
 * A commit: weights that are sealed now and shown an epoch later, so that nobody can copy them.
 *
 *     hash = BLAKE2b-256(SCALE(hotkey, netuid, uids, values, salt, version key))
 *
 * Whoever loses the salt can never reveal. So a commit is on the disk before it is on the chain.
 */
import { randomBytes } from 'node:crypto';
import type { Hotkey } from '../../../protocols/units.ts';
import type { Revealed } from './calls.ts';
import type { Session } from './session.ts';

export interface Commit extends Revealed {
  /** 64 hex digits. */
  readonly hash: string;
  readonly hotkey: Hotkey;
  readonly netuid: number;
  /** The newest block when it was made. */
  readonly madeAt: number;
}

/** Keeps commits until they are revealed or lapsed. What `put` has resolved for survives a crash. */
export interface CommitStore {
  all(): Promise<readonly Commit[]>;
  put(commit: Commit): Promise<void>;
  remove(hash: string): Promise<void>;
}

/** The chain itself keeps ten a hotkey; more cannot be open at a time. */
export const MOST_COMMITS = 16;

/** As many numbers as btcli's: 128 bits. */
const SALT_LENGTH = 8;

export function newSalt(): readonly number[] {
  const bytes = randomBytes(2 * SALT_LENGTH);
  return Array.from({ length: SALT_LENGTH }, (_, at) => bytes.readUInt16LE(2 * at));
}

/** What of @polkadot/api makes the bytes. */
export type Registry = Pick<Session['api']['registry'], 'createType' | 'hash'>;

/** Lower-case hex. `registry.hash` is BLAKE2b-256 on this chain, as the runtime's own is. */
export function commitHash(
  registry: Registry,
  { hotkey, netuid, uids, values, salt, versionKey }: Omit<Commit, 'hash' | 'madeAt'>,
): string {
  const tuple = registry.createType('(AccountId32,u16,Vec<u16>,Vec<u16>,Vec<u16>,u64)', [
    hotkey,
    netuid,
    [...uids],
    [...values],
    [...salt],
    versionKey,
  ]);
  return registry.hash(tuple.toU8a()).toHex().slice(2);
}
