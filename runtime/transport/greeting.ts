/**
 * Whether to have to do with a peer, by what it says of itself and what the line has proven of it.
 *
 * Noise has proven the peer key, with new keys for every connection: what was said on one cannot be
 * said again on another. Whose peer key it is says the chain, where the hotkey has announced one, or
 * a statement of the hotkey.
 */
import type { Hotkey, Instant } from '../../protocols/units.ts';
import type { Notary } from '../host.ts';
import { CLOCK_TOLERANCE, faultIn } from '../identity/statement.ts';
import type { PeerDirectory } from '../live.ts';
import { LINE_VERSION, type Greeting, type NetworkName, type Refusal } from './frames.ts';

export interface Doorkeeper {
  readonly network: NetworkName;
  readonly directory: PeerDirectory;
  readonly notary: Pick<Notary, 'check'>;
  readonly statements: LatestStatements;
}

/** A peer that has proven who it is. */
export interface Proof {
  readonly hotkey: Hotkey;
  readonly peerKey: Uint8Array;
  readonly by: 'chain' | 'statement';
  /** The last instant at which a statement holds; absent where the chain says so. */
  readonly until?: Instant;
}

/** What the greeting proves, or why nothing. */
export function welcome(
  { network, directory, notary, statements }: Doorkeeper,
  greeting: Greeting,
  peerKey: Uint8Array,
  now: Instant,
): Proof | Refusal {
  const { hotkey, statement } = greeting;
  if (greeting.version !== LINE_VERSION) return 'version';
  if (greeting.genesis !== network.genesis) return 'genesis';
  if (greeting.netuid !== network.netuid) return 'netuid';
  if (greeting.rules !== network.rules) return 'rules';
  if (Math.abs(greeting.now - now) > CLOCK_TOLERANCE) return 'clock';

  if (isAnnounced(directory, hotkey, peerKey)) return { hotkey, peerKey, by: 'chain' };
  if (statement === undefined) return 'unproven';
  // Who has announced a peer key is known by that key and no other.
  if (directory.endpointOf(hotkey) !== undefined) return 'unproven';
  const peer = hexOf(peerKey);
  if (statements.isReplayed(hotkey, peer, statement.since)) return 'statement_replayed';
  const { genesis, netuid } = network;
  const fault = faultIn(statement, { genesis, netuid, hotkey, peerKey }, notary, now);
  if (fault !== undefined) return `statement_${fault}`;

  statements.note(hotkey, peer, statement.since);
  return { hotkey, peerKey, by: 'statement', until: statement.until };
}

/**
 * Whether a hotkey has announced this peer key. Another may have announced it too: that takes nothing
 * from who can prove it, and gives nothing to who cannot.
 */
export function isAnnounced(
  directory: PeerDirectory,
  hotkey: Hotkey,
  peerKey: Uint8Array,
): boolean {
  const announced = directory.endpointOf(hotkey)?.peerKey;
  return announced !== undefined && Buffer.compare(announced, peerKey) === 0;
}

/** Hotkeys whose latest statement is remembered: 1 MB. Beyond, who was longest away is forgotten. */
const MAX_STATEMENTS = 4_096;

/** Since when each hotkey has had which peer key. */
export class LatestStatements {
  readonly #latest = new Map<Hotkey, { readonly peer: string; readonly since: Instant }>();

  /** Whether the hotkey has stated another peer key later than this one. */
  isReplayed(hotkey: Hotkey, peer: string, since: Instant): boolean {
    const latest = this.#latest.get(hotkey);
    return latest !== undefined && latest.peer !== peer && since <= latest.since;
  }

  note(hotkey: Hotkey, peer: string, since: Instant): void {
    const latest = this.#latest.get(hotkey);
    if (latest !== undefined && latest.since > since) return;
    this.#latest.delete(hotkey);
    this.#latest.set(hotkey, { peer, since });
    const [oldest] = this.#latest.keys();
    if (this.#latest.size > MAX_STATEMENTS && oldest !== undefined) this.#latest.delete(oldest);
  }
}

const hexOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
