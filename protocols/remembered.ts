/**
 * What a pure function found of an object, kept beside it for as long as somebody holds it.
 *
 * What is said in the protocol is never changed once it was made, so what was found of it stays true.
 * It is kept by the object, never by content: a copy is looked at anew. In one process the same
 * object goes to many, and the first one's look serves them all.
 */

/** The same function, which looks at each object once. */
export function remembered<Key extends object, Found>(
  look: (key: Key) => Found,
): (key: Key) => Found {
  const known = new WeakMap<Key, { readonly found: Found }>();
  return (key) => {
    let kept = known.get(key);
    if (kept === undefined) known.set(key, (kept = { found: look(key) }));
    return kept.found;
  };
}
