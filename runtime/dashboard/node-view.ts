/**
 * A live node, as a dashboard shows it: what it says and hears, and what its actor knows.
 */
import type { Ledger } from '../../protocols/ledger.ts';
import { ownersIn } from '../../protocols/metagraph.ts';
import type { NodeSettings } from '../cli/node-settings.ts';
import type { LiveNode } from '../node.ts';
import { countFigures, lineFigures } from './figures.ts';
import { Observed } from './observed.ts';

/** Watches from now on, until it is closed. */
export function observeNode(
  node: Pick<LiveNode, 'role' | 'hotkey' | 'host' | 'chain' | 'line' | 'running'>,
  { network, wallet }: Pick<NodeSettings, 'network' | 'wallet'>,
): Observed {
  const { role, hotkey, host, chain, line, running } = node;
  const where = network.is === 'mock' ? 'mock' : network.name;
  return new Observed({
    about: {
      is: 'node',
      title: role,
      subtitle: `${wallet.hotkey} on ${where}, ${hotkey}`,
      controls: false,
    },
    observer: host.observer,
    nameOf: (of) => of,
    isHere: (of) => of === hotkey,
    knows: () => ({
      metagraph: chain.view.latest,
      // A validator and a pool keep one; a miner and a buyer do not.
      ledger: (running.state as { readonly ledger?: Ledger } | undefined)?.ledger,
      ownerOf: ownersIn(chain.view.latest),
    }),
    moment: () => ({ now: host.clock.now() }),
    figures: () => [...lineFigures(line.counts()), ...countFigures(host.observer.counts())],
    wall: () => performance.now(),
  });
}
