/**
 * `leadpoet metagraph`: who is on the subnet, with what stake, serving what and where, and what the
 * last epoch gave them.
 */
import { showTao, type Rao } from '../../protocols/units.ts';
import type { SubnetState } from '../chain/subtensor/subnet-state.ts';
import { atDesk, type ChainDesk } from './chain-desk.ts';
import { section } from './table.ts';
import { EXIT, type Console } from './trouble.ts';

export interface MetagraphOptions {
  readonly json?: true;
}

export async function metagraph(
  { json }: MetagraphOptions,
  open: () => Promise<ChainDesk>,
  io: Console,
): Promise<number> {
  return atDesk(open, io, async (desk) => {
    io.out(json ? jsonOf(desk) : textOf(desk));
    return EXIT.done;
  });
}

/** A proportion of 65535, to four places. */
const share = (of: number | undefined): number =>
  Math.round(((of ?? 0) / 65_535) * 10_000) / 10_000;

function rowsOf(desk: ChainDesk): readonly NeuronRow[] {
  const { metagraph: graph, incentives, dividends, emission } = desk.state;
  return graph.neurons.map((neuron) => {
    const at = desk.endpointOf(neuron.hotkey);
    return {
      uid: neuron.uid,
      hotkey: neuron.hotkey,
      coldkey: neuron.coldkey,
      stake_tao: showTao(neuron.stake),
      permit: neuron.permit,
      roles: neuron.roles,
      ip: at?.ip ?? null,
      port: at?.port ?? null,
      peer_key: at === undefined ? null : Buffer.from(at.peerKey).toString('hex'),
      incentive: share(incentives[neuron.uid]),
      dividends: share(dividends[neuron.uid]),
      emission_alpha: showTao((emission[neuron.uid] ?? 0n) as Rao),
      registered_at: neuron.registeredAt,
      last_update: neuron.lastUpdate,
    };
  });
}

interface NeuronRow {
  readonly uid: number;
  readonly hotkey: string;
  readonly coldkey: string;
  readonly stake_tao: string;
  readonly permit: boolean;
  readonly roles: readonly string[];
  readonly ip: string | null;
  readonly port: number | null;
  readonly peer_key: string | null;
  readonly incentive: number;
  readonly dividends: number;
  readonly emission_alpha: string;
  readonly registered_at: number;
  readonly last_update: number;
}

function jsonOf(desk: ChainDesk): string {
  const { metagraph: graph, price, burn, limits } = desk.state;
  const { head, epochStart, tempo } = graph;
  return `${JSON.stringify(
    {
      format: 'leadpoet.metagraph/1',
      netuid: desk.netuid,
      block: head.number,
      hash: head.hash,
      time: new Date(head.time).toISOString(),
      epoch_start: epochStart,
      tempo,
      price_tao: showTao(price as Rao),
      registration_tao: showTao(burn),
      weights: {
        every_blocks: limits.rate,
        version_key: limits.versionKey.toString(),
        least: limits.least,
        most: limits.most,
        commit_reveal: limits.commitReveal,
      },
      neurons: rowsOf(desk),
    },
    null,
    2,
  )}\n`;
}

const COLUMNS = [
  { title: 'uid', align: 'right' },
  { title: 'hotkey' },
  { title: 'TAO', align: 'right' },
  { title: 'permit' },
  { title: 'serves as' },
  { title: 'at' },
  { title: 'incentive', align: 'right' },
  { title: 'dividends', align: 'right' },
  { title: 'weights set', align: 'right' },
] as const;

function textOf(desk: ChainDesk): string {
  const rows = rowsOf(desk).map((row) => [
    String(row.uid),
    row.hotkey,
    row.stake_tao,
    row.permit ? 'yes' : 'no',
    row.roles.join(', '),
    row.ip === null ? '' : `${row.ip} port ${row.port}`,
    row.incentive.toFixed(4),
    row.dividends.toFixed(4),
    String(row.last_update),
  ]);
  return section(titleOf(desk.netuid, desk.state), COLUMNS, rows);
}

function titleOf(netuid: number, { metagraph: graph, price, burn, limits }: SubnetState): string {
  const { head, epochStart, tempo } = graph;
  const way = limits.commitReveal ? 'committed, then revealed' : 'set';
  return [
    `Subnet ${netuid} in block ${head.number}, ${head.number - epochStart} blocks into an epoch of ${tempo + 1}`,
    `1 alpha is ${showTao(price as Rao)} TAO; a registration costs ${showTao(burn)} TAO`,
    `Weights are ${way}, every ${limits.rate} blocks at most`,
  ].join('\n');
}
