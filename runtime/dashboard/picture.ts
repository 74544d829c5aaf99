/**
 * The picture that a dashboard draws: parts by name, each made when somebody looks and not before.
 *
 *     put('pool', …) ──▶ version 41 ──▶ since(40) ──▶ [pool]        since(0) ──▶ all
 *
 * However often a part is put between two looks, it is made once: a fast simulation puts thousands of
 * times a second.
 */
import type { Change } from './source.ts';

interface Part {
  version: number;
  make: () => unknown;
  /** As it was last made; undefined where it was put since. */
  json: string | undefined;
  /** What was sent of it last, and with which version: the same again is no news. */
  sent: { readonly json: string; readonly version: number } | undefined;
}

/** Who looks so seldom that more than this went since, is given the whole picture. */
const MOST_GONE = 256;

export class Picture {
  readonly #parts = new Map<string, Part>();
  readonly #gone = new Map<string, number>();
  /** Versions up to this one know nothing for certain of what has gone. */
  #forgotten = 0;
  /** Nobody has looked at version 0. */
  #version = 1;

  /** `make` gives something of a bounded size, that JSON can hold, as it is when it is called. */
  put(name: string, make: () => unknown): void {
    const version = ++this.#version;
    const known = this.#parts.get(name);
    this.#gone.delete(name);
    this.#parts.set(name, { version, make, json: undefined, sent: known?.sent });
  }

  drop(name: string): void {
    if (!this.#parts.delete(name)) return;
    this.#gone.set(name, ++this.#version);
    for (const [oldest, version] of this.#gone) {
      if (this.#gone.size <= MOST_GONE) break;
      this.#gone.delete(oldest);
      this.#forgotten = Math.max(this.#forgotten, version);
    }
  }

  since(version: number): Change {
    // A version of before this picture began, or of another one, is none.
    const isWhole = version <= this.#forgotten || version > this.#version;
    const from = isWhole ? 0 : version;
    const parts: (readonly [string, string])[] = [];
    for (const [name, part] of this.#parts) {
      if (part.version <= from) continue;
      const json = made(part);
      if (part.version > from) parts.push([name, json]);
    }
    const gone = isWhole ? [] : [...this.#gone].filter(([, at]) => at > from);
    return { version: this.#version, isWhole, parts, gone: gone.map(([name]) => name) };
  }
}

/** Puts a part's version back to where it last looked like this. */
function made(part: Part): string {
  if (part.json !== undefined) return part.json;
  const json = JSON.stringify(part.make()) ?? 'null';
  if (part.sent?.json === json) part.version = part.sent.version;
  else part.sent = { json, version: part.version };
  part.json = json;
  return json;
}
