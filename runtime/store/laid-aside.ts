/**
 * What of an actor's inputs and state does not lie where it is spoken of.
 *
 *     lead ──▶ its hash                          a batch's leads ──▶ their leaves, as if all were erased
 *     a pool's leads, links of a chain, a metagraph's neurons ──▶ the hash of what is shared
 *     a ledger ──▶ its records, from which it is folded again
 *
 * Leads are known by their form wherever they are: in a reply, a delivery, an answer, a pool's stock.
 * So whoever adds a place where leads are held need not think of the journal.
 */
import { decodeLeads, packSealed, unpackLeads } from '../../protocols/batch.ts';
import { newBook, write } from '../../protocols/book.ts';
import { emailKey, isErased, type Lead } from '../../protocols/lead.ts';
import type { Ledger } from '../../protocols/ledger.ts';
import type { Batch, Entry } from '../../protocols/messages.ts';
import type { Page } from '../../protocols/links.ts';
import type { Metagraph, Neuron } from '../../protocols/metagraph.ts';
import type { LedgerRecord } from '../../protocols/records.ts';
import type { Origin } from '../../protocols/rules/held.ts';
import { POOL_LIFE } from '../../protocols/rules/pool.ts';
import { press, unpress, type Pressed } from '../../protocols/rules/pressed.ts';
import { invariant, later, type Instant } from '../../protocols/units.ts';
import type { Aside, Stand } from './graph.ts';
import { isLead, type KeptLeads } from './kept-leads.ts';
import { FOR_EVER, type SharedThings } from './shared-things.ts';

const KIND = {
  lead: 1,
  batch: 2,
  bundle: 3,
  read: 4,
  metagraph: 5,
  entry: 6,
  ledger: 7,
  raw: 8,
  page: 9,
};

/** Something that is a lead whatever its form: what a source found need not be a good one. */
export class Sourced {
  readonly lead: unknown;
  constructor(lead: unknown) {
    this.lead = lead;
  }
}

const LEAF_BYTES = 32;

/** A batch's leads, as they stand in a journal. */
type Leaves = { readonly leaves: Uint8Array } | { readonly raw: Uint8Array };

/** Lays aside into a store's tables. `used`: it is kept for whoever is of then, or earlier. */
export class LaidAside implements Aside {
  readonly #leads: KeptLeads;
  readonly #shared: SharedThings;
  readonly #used: Instant;

  constructor(leads: KeptLeads, shared: SharedThings, used: Instant) {
    this.#leads = leads;
    this.#shared = shared;
    this.#used = used;
  }

  lay(value: object): Stand | undefined {
    if (Array.isArray(value) || value instanceof Uint8Array) return undefined;
    if (isLead(value)) return this.#lead(value);
    if (value instanceof Sourced) return this.#lead(value.lead);
    if (isBatch(value)) return { kind: KIND.batch, by: { ...value, leads: this.#leaves(value) } };
    if (isBundle(value)) return this.#bundle(value);
    if (isReadBatch(value)) return { kind: KIND.read, by: value.leads };
    if (isMetagraph(value)) {
      const neurons = this.#shared.keep(value.neurons, () => value.neurons, this.#used, this);
      return { kind: KIND.metagraph, by: { ...value, neurons } };
    }
    if (isEntry(value)) {
      const by = this.#shared.keep(value, () => ({ ...value, [PLAIN]: 1 }), this.#used, this);
      return { kind: KIND.entry, by };
    }
    if (isPage(value)) {
      return {
        kind: KIND.page,
        by: this.#shared.keep(value, () => value.links, FOR_EVER, this),
      };
    }
    if (isLedger(value)) {
      const { book, size, penalties } = value;
      const records = book.records.slice(0, size);
      return { kind: KIND.ledger, by: { day: book.day, records, penalties } };
    }
    return undefined;
  }

  bring({ kind, by }: Stand): unknown {
    switch (kind) {
      case KIND.lead:
        return this.#leads.open(by as Uint8Array);
      case KIND.batch: {
        const batch = by as Omit<Batch, 'leads'> & { readonly leads: Leaves };
        return { ...batch, leads: this.#packed(batch.leads) };
      }
      case KIND.bundle: {
        const { leads, ...origin } = this.#shared.get(by as Uint8Array, this) as Origin & {
          readonly leads: readonly Lead[];
        };
        return this.#shared.knows({ ...origin, leads: press(leads) }, by as Uint8Array);
      }
      case KIND.read:
        return readBatch(by as ReadBatch['leads']);
      case KIND.metagraph: {
        const metagraph = by as Omit<Metagraph, 'neurons'> & { readonly neurons: Uint8Array };
        return { ...metagraph, neurons: this.#shared.get(metagraph.neurons, this) };
      }
      case KIND.entry: {
        const kept = this.#shared.get(by as Uint8Array, this);
        const { [PLAIN]: _, ...entry } = kept as Readonly<Record<string, unknown>>;
        return this.#shared.knows(entry, by as Uint8Array);
      }
      case KIND.page: {
        const links = this.#shared.get(by as Uint8Array, this) as Uint8Array;
        return this.#shared.knows({ links }, by as Uint8Array);
      }
      case KIND.ledger:
        return ledgerOf(by as Parameters<typeof ledgerOf>[0]);
      default:
        throw new TypeError(`nothing is laid aside as ${kind}`);
    }
  }

  #lead(lead: unknown): Stand {
    return { kind: KIND.lead, by: this.#leads.keepOpen(lead, this.#used) };
  }

  #leaves({ leads }: Batch): Leaves {
    const sealed = unpackLeads(leads);
    // There is one way to write a list of leads; bytes that are none are kept as they are.
    if (sealed === undefined || Buffer.compare(packSealed(sealed), leads) !== 0) {
      return { raw: this.#leads.keepOpen(leads, this.#used) };
    }
    const read = decodeLeads(leads);
    const leaves = sealed.map((lead, index) =>
      'erased' in lead
        ? lead.erased
        : this.#leads.keepSealed(lead.salt, lead.lead, read[index], this.#used),
    );
    return { leaves: new Uint8Array(Buffer.concat(leaves)) };
  }

  #packed(leads: Leaves): Uint8Array {
    if ('raw' in leads) {
      const bytes = this.#leads.open(leads.raw);
      return bytes instanceof Uint8Array ? bytes : packSealed([]);
    }
    const { leaves } = leads;
    invariant(leaves.length % LEAF_BYTES === 0, 'leaves are of 32 bytes');
    const names = Array.from({ length: leaves.length / LEAF_BYTES }, (_, index) =>
      leaves.slice(index * LEAF_BYTES, (index + 1) * LEAF_BYTES),
    );
    return packSealed(names.map((name) => this.#leads.sealed(name) ?? { erased: name }));
  }

  /** Its leads are of use for as long as the pool may sell them: they are not looked at each time. */
  #bundle(bundle: Bundle): Stand {
    const until = Math.max(later(bundle.admittedAt, POOL_LIFE), this.#used) as Instant;
    const aside = new LaidAside(this.#leads, this.#shared, until);
    const by = (): unknown => ({ ...bundle, leads: unpress(bundle.leads) });
    return { kind: KIND.bundle, by: this.#shared.keep(bundle, by, until, aside) };
  }
}

/** Names what a store's tables would hold, and keeps nothing: for what is only hashed. */
export class NamedAside implements Aside {
  readonly #leads: KeptLeads;

  constructor(leads: KeptLeads) {
    this.#leads = leads;
  }

  lay(value: object): Stand | undefined {
    if (Array.isArray(value) || value instanceof Uint8Array) return undefined;
    if (isLead(value)) return { kind: KIND.lead, by: this.#leads.nameOf(value) };
    // Its id is the hash of its leads.
    if (isBatch(value)) return { kind: KIND.batch, by: { ...value, leads: undefined } };
    // A window is named by all that is in it.
    if (isWindow(value)) return { kind: KIND.raw, by: value.name };
    return undefined;
  }

  bring(): never {
    throw new Error('what is only hashed is not read');
  }
}

/** Marks an entry's fields as what is written of it, so that it is not laid aside once more. */
const PLAIN = 'plain';

type Bundle = Origin & { readonly leads: Pressed };

interface ReadBatch {
  readonly leads: readonly (Lead | undefined)[];
  readonly emails: ReadonlySet<string>;
}

const isBatch = (value: object): value is Batch =>
  'leads' in value && value.leads instanceof Uint8Array && 'madeAt' in value && 'query' in value;

const isBundle = (value: object): value is Bundle =>
  'leads' in value &&
  'signedAt' in value &&
  'admittedAt' in value &&
  typeof value.leads === 'object' &&
  value.leads !== null &&
  'others' in value.leads;

const isReadBatch = (value: object): value is ReadBatch =>
  'emails' in value && value.emails instanceof Set && 'leads' in value;

const isMetagraph = (value: object): value is Metagraph & { readonly neurons: readonly Neuron[] } =>
  'neurons' in value && Array.isArray(value.neurons) && 'epochStart' in value;

const isEntry = (value: object): value is Entry =>
  'previous' in value && 'record' in value && 'pool' in value && !(PLAIN in value);

const isPage = (value: object): value is Page =>
  'links' in value && value.links instanceof Uint8Array;

const isLedger = (value: object): value is Ledger =>
  'book' in value && 'penalties' in value && 'size' in value;

const isWindow = (value: object): value is { readonly name: string } =>
  'records' in value && 'voids' in value && 'name' in value;

/** What was erased since is there no more than what is no good lead. */
function readBatch(leads: ReadBatch['leads']): ReadBatch {
  const there = leads.map((lead) => (lead !== undefined && isErased(lead) ? undefined : lead));
  const emails = there
    .flatMap((lead) => lead ?? [])
    .map((lead) => emailKey(lead['Owner(s) Email']));
  return { leads: there, emails: new Set(emails) };
}

/** The fold is made again when it is asked for: it is the same for the same records. */
function ledgerOf({
  day,
  records,
  penalties,
}: {
  readonly day: number;
  readonly records: readonly LedgerRecord[];
  readonly penalties: Ledger['penalties'];
}): Ledger {
  const book = newBook(day);
  for (const record of records) write(book, record);
  return { book, size: records.length, penalties };
}
