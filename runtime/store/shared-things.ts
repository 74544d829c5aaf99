/**
 * What many entries and snapshots speak of and nobody changes: a list of neurons, links of a pool's
 * chain, a bundle of pooled leads. Each lies once, under the hash of its bytes.
 */
import { digestBytes } from '../../protocols/hash.ts';
import type { Instant } from '../../protocols/units.ts';
import { readGraph, writeGraph, type Aside } from './graph.ts';
import { USED_SLACK } from './kept-leads.ts';
import type { NodeTables } from './node-tables.ts';

/** A thing's name: 32 bytes. */
export type ThingName = Uint8Array;

/** For as long as there is a file: the actors hold such things for ever too. */
export const FOR_EVER: Instant = Number.MAX_SAFE_INTEGER as Instant;

interface Known {
  readonly name: ThingName;
  readonly used: Instant;
}

/** Of the last read so many are found again as the same object, while somebody holds it. */
const MOST_READ = 4_096;

export class SharedThings {
  readonly #tables: NodeTables;
  #known = new WeakMap<object, Known>();
  readonly #read = new Map<string, WeakRef<object>>();
  #waiting: { readonly name: ThingName; readonly used: Instant; readonly bytes: Uint8Array }[] = [];

  constructor(tables: NodeTables) {
    this.#tables = tables;
  }

  /**
   * The name of a thing, which is kept for whoever is of `used` or earlier. `by` is what is written of
   * it where it is not known yet.
   */
  keep(thing: object, by: () => unknown, used: Instant, aside: Aside): ThingName {
    const known = this.#known.get(thing);
    if (known !== undefined && known.used + USED_SLACK >= used) return known.name;
    const bytes = writeGraph(by(), { aside });
    const name = hashOf(bytes);
    this.#waiting.push({ name, used, bytes });
    this.#known.set(thing, { name, used });
    return name;
  }

  /** Throws where it is not there, or not what it was. */
  get(name: ThingName, aside: Aside): object {
    const key = Buffer.from(name).toString('latin1');
    const read = this.#read.get(key)?.deref();
    if (read !== undefined) return read;
    const row = this.#tables.one('SELECT used, bytes FROM shared WHERE name = ?', name);
    const bytes = row?.['bytes'] as Uint8Array | undefined;
    if (bytes === undefined || Buffer.compare(hashOf(bytes), name) !== 0) {
      const shown = Buffer.from(name).toString('hex');
      throw new Error(`what is shared as ${shown} is not what it was`);
    }
    const thing = readGraph(bytes, aside) as object;
    if (this.#read.size >= MOST_READ) this.#read.clear();
    this.#read.set(key, new WeakRef(thing));
    this.#known.set(thing, { name, used: Number(row?.['used']) as Instant });
    return thing;
  }

  /** Has a thing that was made of what is kept under a name known by that name. */
  knows<T extends object>(thing: T, name: ThingName): T {
    const row = this.#tables.one('SELECT used FROM shared WHERE name = ?', name);
    if (row !== undefined) this.#known.set(thing, { name, used: Number(row?.['used']) as Instant });
    return thing;
  }

  /** Writes what waits, within the caller's change. */
  flush(): void {
    for (const { name, used, bytes } of this.#waiting) {
      this.#tables.run(
        `INSERT INTO shared VALUES (?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET used = max(used, excluded.used)`,
        name,
        used,
        bytes,
      );
    }
    this.#waiting = [];
  }

  /** What waits was not written. */
  drop(): void {
    this.#waiting = [];
    this.#known = new WeakMap();
  }
}

const hashOf = (bytes: Uint8Array): ThingName => digestBytes('leadpoet.shared/1', bytes);
