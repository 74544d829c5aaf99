/**
 * A whole subnet in one process, as a dashboard shows it: what everybody does, and what a validator
 * knows, which is what all of them know.
 */
import type { Ledger } from '../../protocols/ledger.ts';
import type { Subnet } from '../subnet.ts';
import { countFigures } from './figures.ts';
import type { ObservedOptions } from './observed.ts';

/** Of a demo or a simulation, all but its heading and its time. */
export function subnetView(
  subnet: Subnet,
  witness: () => { readonly ledger: Ledger } | undefined,
): Omit<ObservedOptions, 'about' | 'moment' | 'wall'> {
  const [first] = subnet.nodes;
  const here = new Set(subnet.nodes.map(({ hotkey }) => hotkey));
  return {
    observer: subnet.observer,
    nameOf: (hotkey) => subnet.nameOf(hotkey),
    isHere: (hotkey) => here.has(hotkey),
    knows: () =>
      first && {
        metagraph: first.host.chain.view.latest,
        ledger: witness()?.ledger,
        ownerOf: subnet.ownerOf,
      },
    figures: () => countFigures(subnet.observer.counts()),
  };
}
