/**
 * Actors' states as snapshots of `leadpoet.node/1` hold them, as they are held since:
 *
 *     a pool's leads, an object each ──▶ places in bundles        a chain's entries ──▶ links, put away
 *     whom a buyer has, a set of texts ──▶ a set of digests
 *     pages that an asker was sent, ten seconds of them ──▶ links that it was sent, and none as yet
 *
 * Tables and journals are alike. A snapshot is brought up when it is read, and the next one that is
 * written is of the new kind.
 */
import { addDigest, newDigestSet, type DigestSet } from '../../protocols/digests.ts';
import { addLink, newLinks } from '../../protocols/links.ts';
import { isErased } from '../../protocols/lead.ts';
import type { Entry, Sealed } from '../../protocols/messages.ts';
import type { Origin } from '../../protocols/rules/held.ts';
import { admit, newStock, type PoolStock } from '../../protocols/rules/pool.ts';
import { unpress, type Pressed } from '../../protocols/rules/pressed.ts';
import type { Hotkey, TightDigest } from '../../protocols/units.ts';

type Fields = Record<string, unknown>;

/** The same state as the actors of today have it; one that is so already comes back as it is. */
export function broughtUp(state: unknown): unknown {
  if (!isFields(state)) return state;
  const { stock, chains, has, paged } = state;
  if (isFields(stock) && stock['held'] instanceof Map)
    state['stock'] = stockOf(stock as unknown as OldStock);
  if (chains instanceof Map) {
    for (const [pool, chain] of chains) chains.set(pool, chainOf(chain as Fields));
  }
  if (paged instanceof Map) {
    for (const [page, sent] of paged) if (typeof sent === 'number') paged.delete(page);
  }
  if (has instanceof Set) state['has'] = digestsOf(has as Set<TightDigest>);
  return state;
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

type OldBundle = Origin & { readonly leads: Pressed };

interface OldStock extends Pick<PoolStock, 'same' | 'withheld' | 'freshUntil'> {
  /** In the order in which they were admitted. */
  readonly held: Map<
    TightDigest,
    { readonly person: TightDigest; readonly of: OldBundle; readonly at: number }
  >;
  readonly delivered: Map<Hotkey, Set<TightDigest>>;
}

function stockOf({ same, held, withheld, delivered, freshUntil }: OldStock): PoolStock {
  const stock = newStock(same);
  for (const [{ leads: pressed, ...origin }, pooled] of Map.groupBy(
    held.values(),
    (one) => one.of,
  )) {
    const leads = unpress(pressed);
    const offered = pooled.flatMap(({ person, at }) => {
      const lead = leads[at];
      return lead === undefined || isErased(lead) ? [] : { lead, person };
    });
    admit(stock, offered, origin);
  }
  for (const [person, origin] of withheld) stock.withheld.set(person, origin);
  for (const [buyer, has] of delivered) stock.delivered.set(buyer, digestsOf(has));
  stock.freshUntil = freshUntil;
  return stock;
}

function chainOf(chain: Fields): Fields {
  const { entries, ...rest } = chain;
  if (!Array.isArray(entries)) return chain;
  const links = newLinks();
  for (const entry of entries) addLink(links, entry as Sealed<Entry>);
  return { links, ...rest };
}

function digestsOf(digests: ReadonlySet<TightDigest>): DigestSet {
  const set = newDigestSet();
  for (const one of digests) addDigest(set, one);
  return set;
}
