/**
 * The line of a live node over libp2p, under the name of its network: the chain says who a peer is and
 * where it is found; one that serves nothing there says by a statement whose it is.
 */
import { rulesDigest } from '../protocols/rules-digest.ts';
import { neuronOf, type ChainView } from '../protocols/metagraph.ts';
import { hours, later, type Hotkey } from '../protocols/units.ts';
import type { Clock, Notary } from './host.ts';
import type { PeerKey } from './identity/peer-key.ts';
import type { NodeSettings } from './cli/node-settings.ts';
import { makeStatement, type Statement } from './identity/statement.ts';
import type { Endpoint, LiveChain } from './live.ts';
import { openLibp2p, type Libp2pLine } from './transport/libp2p.ts';
import type { PeerClass } from './transport/limits.ts';
import { WorldError } from './cli/trouble.ts';
import { isPublicAddress } from './verifiers/addresses.ts';

export interface LineParts {
  readonly clock: Clock;
  readonly notary: Notary;
  readonly chain: LiveChain;
  readonly hotkey: Hotkey;
  readonly peerKey: PeerKey;
  /** Absent of one that only dials out. */
  readonly listen?: { readonly ip: string; readonly port: number };
  readonly mayDial: (endpoint: Endpoint) => boolean;
}

/** Throws a `WorldError` where it cannot listen. */
export async function openLine(parts: LineParts): Promise<Libp2pLine> {
  const { clock, notary, chain, hotkey, peerKey, listen, mayDial } = parts;
  const { genesis, netuid, view } = chain;
  try {
    return await openLibp2p({
      clock,
      notary,
      hotkey,
      directory: chain,
      seed: peerKey.seed(),
      network: { genesis, netuid, rules: rulesDigest() },
      classOf: (peer) => classIn(view, peer),
      mayDial,
      ...(listen === undefined ? { statement: statements(parts) } : { listen }),
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const at = listen === undefined ? '' : ` on ${listen.ip} port ${listen.port}`;
    throw new WorldError(
      `cannot listen${at}: ${why}; name another with --axon.ip and --axon.port`,
      {
        cause,
      },
    );
  }
}

/**
 * Which of the addresses that peers announce a node goes to: public ones, since anyone could announce
 * one of the node's own network. A network of one's own is told by its chain, or by where the node
 * itself says it is.
 */
export function mayDialBy({
  network,
  axon,
}: Pick<NodeSettings, 'network' | 'axon'>): (endpoint: Pick<Endpoint, 'ip'>) => boolean {
  const isOwn =
    network.is === 'mock' ||
    network.name === 'local' ||
    (axon !== undefined && !isPublicAddress(axon.ip));
  return ({ ip }) => isOwn || isPublicAddress(ip);
}

/** A pool counts as a validator, and who is not registered as a buyer. */
function classIn(view: ChainView, peer: Hotkey): PeerClass {
  const roles = neuronOf(view.latest, peer)?.roles ?? [];
  if (roles.includes('validator') || roles.includes('pool')) return 'validator';
  return roles.includes('miner') ? 'miner' : 'buyer';
}

/** Signed anew when the one before has an hour left: peers look at it at each new stream. */
function statements({
  clock,
  notary,
  chain,
  hotkey,
  peerKey,
}: LineParts): () => Statement | undefined {
  const { genesis, netuid } = chain;
  const claim = { genesis, netuid, hotkey, peerKey: peerKey.publicKey };
  let known: Statement | undefined;
  return () => {
    const now = clock.now();
    if (known === undefined || later(now, hours(1)) > known.until) {
      known = makeStatement(claim, notary, now);
    }
    return known;
  };
}
