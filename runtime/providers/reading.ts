/**
 * Looks into a document that a provider sent. It may be anything at all: what is not there, or is
 * of another make than expected, is undefined.
 */

/** What stands at the end of a path of own properties. */
export function valueIn(document: unknown, ...path: readonly string[]): unknown {
  let value = document;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name))
      return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** Longer texts are no names, titles or addresses. */
const MAX_TEXT = 512;

/** A text of one line, trimmed; undefined where it is empty, or has in it what no person types. */
export function textIn(document: unknown, ...path: readonly string[]): string | undefined {
  const value = valueIn(document, ...path);
  if (typeof value !== 'string' || value.length > MAX_TEXT) return undefined;
  const text = value.trim();
  return text === '' || /\p{C}/u.test(text) ? undefined : text;
}

/** At most `most` items of a list; none where there is no list. */
export function itemsIn(
  document: unknown,
  most: number,
  ...path: readonly string[]
): readonly unknown[] {
  const value = valueIn(document, ...path);
  return Array.isArray(value) ? value.slice(0, most) : [];
}
