/**
 * The leads of a node's store: each once, under its hash, and nowhere else.
 *
 *     sealed in a batch ──▶ its leaf ──▶ salt and bytes      as a batch names it, so the batch stays whole
 *     in the open ──▶ hash with this file's secret ──▶ the lead
 *
 * One that is erased leaves its name behind: everything that spoke of it still does, and no more is
 * known of it than the hash.
 */
import { decodeLeads, leafOf, packSealed } from '../../protocols/batch.ts';
import { digestBytes } from '../../protocols/hash.ts';
import { emailKey, ERASED_KEY, LEAD_KEYS, type Lead } from '../../protocols/lead.ts';
import { fieldOf } from '../../protocols/rules/format.ts';
import type { Instant } from '../../protocols/units.ts';
import { readGraph, writeGraph } from './graph.ts';
import type { NodeTables } from './node-tables.ts';

/** A lead's name: 32 bytes. */
export type LeadName = Uint8Array;

interface KeptLead {
  readonly name: LeadName;
  /** Null where it has no address, or none that can be read. */
  readonly person: Uint8Array | null;
  readonly bytes: Uint8Array;
}

interface Waiting extends KeptLead {
  readonly used: Instant;
}

/** How many of the last names are known to be there, 10 MB: most leads are spoken of many times. */
const MOST_KNOWN = 65_536;
/** Less than so much later is not worth a row's rewriting. Who forgets leads leaves as much. */
export const USED_SLACK = 3_600_000;

const SALT_BYTES = 16;

export class KeptLeads {
  /** How many that were erased were read so far. */
  erased = 0;
  readonly #tables: NodeTables;
  /** Until when a lead is known to be of use, by its name. */
  readonly #known = new Map<string, Instant>();
  #waiting: Waiting[] = [];
  /** Leads are never changed once they were read. */
  readonly #objects = new WeakMap<object, KeptLead>();
  /** Bytes of leads written since it was last asked. */
  #written = 0;

  constructor(tables: NodeTables) {
    this.#tables = tables;
  }

  /** A lead of a batch, as it lies there. `used`: it is kept for whoever is of then, or earlier. */
  keepSealed(salt: Uint8Array, lead: Uint8Array, read: unknown, used: Instant): LeadName {
    const name = leafOf({ salt, lead });
    this.#keep({ name, used, person: this.#personIn(read), bytes: Buffer.concat([salt, lead]) });
    return name;
  }

  keepOpen(lead: unknown, used: Instant): LeadName {
    const erased = erasedName(lead);
    if (erased !== undefined) return erased;
    const kept =
      typeof lead === 'object' && lead !== null ? this.#read(lead) : this.#readAnew(lead);
    this.#keep({ ...kept, used });
    return kept.name;
  }

  /** What a lead in the open is called, without keeping it. */
  nameOf(lead: object): LeadName {
    return erasedName(lead) ?? this.#read(lead).name;
  }

  /** A delivery's leads are spoken of in its entry, its answer and the hash of that. */
  #read(lead: object): KeptLead {
    let read = this.#objects.get(lead);
    if (read === undefined) this.#objects.set(lead, (read = this.#readAnew(lead)));
    return read;
  }

  #readAnew(lead: unknown): KeptLead {
    const bytes = writeGraph(lead, { asTree: true });
    return { name: this.#nameOf(bytes), person: this.#personIn(lead), bytes };
  }

  /** Salt and bytes; undefined where it was erased. Throws where they are not what they were. */
  sealed(name: LeadName): { readonly salt: Uint8Array; readonly lead: Uint8Array } | undefined {
    const bytes = this.#bytesOf(name);
    if (bytes === undefined) return undefined;
    const kept = { salt: bytes.slice(0, SALT_BYTES), lead: bytes.slice(SALT_BYTES) };
    if (!isSame(leafOf(kept), name)) throw changed(name);
    return kept;
  }

  /** The lead; a placeholder that bears its name where it was erased. */
  open(name: LeadName): unknown {
    const bytes = this.#bytesOf(name);
    if (bytes === undefined) return erasedLead(name);
    if (!isSame(this.#nameOf(bytes), name)) throw changed(name);
    return readGraph(bytes);
  }

  /** All leads that are there: whose they are (`personOf`), and their bytes, which `read` reads. */
  *each(): Generator<KeptLead> {
    for (const { name, person, bytes } of this.#tables.each(
      'SELECT name, person, bytes FROM leads',
    )) {
      if (bytes !== null) yield { name, person, bytes } as KeptLead;
    }
  }

  /** What the bytes of a lead say, be it sealed or open; undefined where they say nothing. */
  read(name: LeadName, bytes: Uint8Array): unknown {
    const sealed = { salt: bytes.slice(0, SALT_BYTES), lead: bytes.slice(SALT_BYTES) };
    if (isSame(leafOf(sealed), name)) return decodeLeads(packSealed([sealed]))[0];
    try {
      return readGraph(bytes);
    } catch {
      return undefined;
    }
  }

  /** Erases leads by their names, within the caller's change; says how many there were. */
  erase(names: readonly LeadName[]): number {
    let count = 0;
    for (const name of names) {
      count += this.#tables.run(
        'UPDATE leads SET person = NULL, bytes = NULL WHERE name = ? AND bytes IS NOT NULL',
        name,
      );
    }
    this.#known.clear();
    return count;
  }

  /** Writes what waits, within the caller's change, and says how many bytes of leads that were. */
  flush(): number {
    for (const { name, used, person, bytes } of this.#waiting) {
      this.#tables.run(
        `INSERT INTO leads VALUES (?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET used = max(used, excluded.used)`,
        name,
        used,
        person,
        bytes,
      );
    }
    this.#waiting = [];
    const written = this.#written;
    this.#written = 0;
    return written;
  }

  /** What waits was not written. */
  drop(): void {
    this.#waiting = [];
    this.#known.clear();
  }

  #keep(row: Waiting): void {
    const key = Buffer.from(row.name).toString('latin1');
    const known = this.#known.get(key);
    if (known !== undefined && known + USED_SLACK >= row.used) return;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(key, row.used);
    this.#waiting.push(row);
    this.#written += row.bytes.length;
  }

  #bytesOf(name: LeadName): Uint8Array | undefined {
    const waiting = this.#waiting.find((row) => isSame(row.name, name));
    if (waiting !== undefined) return waiting.bytes;
    const row = this.#tables.one('SELECT bytes FROM leads WHERE name = ?', name);
    if (row === undefined) throw new Error(`lead ${hex(name)} is not there, and was not erased`);
    const bytes = row['bytes'] as Uint8Array | null;
    if (bytes === null) this.erased++;
    return bytes ?? undefined;
  }

  #nameOf(bytes: Uint8Array): LeadName {
    return digestBytes('leadpoet.kept-lead/1', this.#tables.secret, bytes);
  }

  #personIn(lead: unknown): Uint8Array | null {
    const email = fieldOf(lead, 'Owner(s) Email');
    return email === undefined ? null : this.personOf(email);
  }

  /** Whose a lead of this address is: a hash with this file's secret. */
  personOf(email: string): Uint8Array {
    return digestBytes('leadpoet.kept-person/1', this.#tables.secret, emailKey(email));
  }
}

/** Whether an object is a lead, good or not: it has the nine keys, and each of them is text. */
export const isLead = (value: object): value is Lead =>
  'Business' in value &&
  LEAD_KEYS.every((key) => typeof (value as Readonly<Record<string, unknown>>)[key] === 'string');

/** Nine empty fields, and the name. No rule lets it pass for a lead. */
const erasedLead = (name: LeadName): Lead =>
  ({
    ...(Object.fromEntries(LEAD_KEYS.map((key) => [key, ''])) as Lead),
    [ERASED_KEY]: hex(name),
  }) as Lead;

function erasedName(lead: unknown): LeadName | undefined {
  if (typeof lead !== 'object' || lead === null || !(ERASED_KEY in lead)) return undefined;
  const name = lead[ERASED_KEY];
  // A stranger's lead may bear such a key too, but then it has fields.
  if (typeof name !== 'string' || !/^[0-9a-f]{64}$/.test(name)) return undefined;
  const fields: Readonly<Record<string, unknown>> = { ...lead };
  const isEmpty = LEAD_KEYS.every((key) => fields[key] === '');
  return isEmpty ? new Uint8Array(Buffer.from(name, 'hex')) : undefined;
}

const changed = (name: LeadName): Error => new Error(`lead ${hex(name)} is not what it was`);
const hex = (name: LeadName): string => Buffer.from(name).toString('hex');
const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
