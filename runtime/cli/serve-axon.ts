/**
 * `leadpoet serve-axon`: says on the chain where a hotkey's node is reached, as what it serves, and
 * by which peer key. A node does so itself when it starts; this is for whoever runs it elsewhere. The
 * chain takes no fee for it.
 */
import { neuronOf } from '../../protocols/metagraph.ts';
import { serveAxonTls } from '../chain/subtensor/axon.ts';
import { releaseNumber } from '../chain/subtensor/release.ts';
import type { Axon } from '../live.ts';
import { atDesk, type ChainDesk } from './chain-desk.ts';
import { version } from './command-line.ts';
import type { Signers } from './signer.ts';
import { EXIT, UsageError, type Console } from './trouble.ts';

export interface ServeAxonOptions {
  readonly 'axon.ip': string;
  readonly 'axon.port': number;
  readonly role: readonly string[];
  /** 64 hex digits: the node's ed25519 key, as its log shows it. */
  readonly 'peer-key': string;
  readonly json?: true;
}

export interface ServeAxonParts {
  readonly open: () => Promise<ChainDesk>;
  readonly signers: Signers;
}

/** Exit 0 where the chain has it, 1 where it refused. */
export async function serveAxon(
  options: ServeAxonOptions,
  { open, signers }: ServeAxonParts,
  io: Console,
): Promise<number> {
  const axon = axonOf(options);
  const hotkey = await signers.address('hotkey');
  return atDesk(open, io, async (desk) => {
    const call = serveAxonTls(desk.netuid, releaseNumber(version()), axon);
    if (neuronOf(desk.state.metagraph, hotkey) === undefined) {
      io.err(`leadpoet: ${hotkey} is not registered on subnet ${desk.netuid}: leadpoet register\n`);
      return EXIT.no;
    }
    const { block } = await signers.with('hotkey', (signer) => desk.call(signer, call));
    const { ip, port, roles } = axon;
    const done = {
      format: 'leadpoet.serve-axon/1',
      hotkey,
      netuid: desk.netuid,
      ip,
      port,
      roles,
      peer_key: options['peer-key'].toLowerCase(),
      block,
    };
    const words = `${hotkey} serves as ${roles.join(', ')} at ${ip} port ${port}, since block ${block}`;
    io.out(options.json ? `${JSON.stringify(done, null, 2)}\n` : `${words}\n`);
    return EXIT.done;
  });
}

const ROLES: readonly Axon['roles'][number][] = ['miner', 'validator', 'pool'];

function axonOf(options: ServeAxonOptions): Axon {
  const { role, 'peer-key': key, 'axon.ip': ip, 'axon.port': port } = options;
  const roles = ROLES.filter((one) => role.includes(one));
  const unknown = role.find((one) => !(ROLES as readonly string[]).includes(one));
  if (unknown !== undefined || roles.length === 0) {
    const came = unknown === undefined ? 'none' : JSON.stringify(unknown.slice(0, 40));
    throw new UsageError({ field: '--role', came, allowed: 'miner, validator or pool, by commas' });
  }
  if (!/^[0-9a-f]{64}$/i.test(key)) {
    const came = JSON.stringify(key.slice(0, 80));
    throw new UsageError({ field: '--peer-key', came, allowed: '64 hex digits' });
  }
  return { peerKey: Buffer.from(key, 'hex'), ip, port, roles };
}
