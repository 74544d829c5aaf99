/**
 * Whether two pieces of plain data say the same, without writing either: what `canonical` of
 * `wire.ts` makes of both would be the same bytes. A key whose value is undefined is absent. A bigint
 * is no number here, though it is written alike.
 */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other || Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return false;
  }
  if (Array.isArray(one) || Array.isArray(other)) {
    return Array.isArray(one) && Array.isArray(other) && areSame(one, other);
  }
  if (one instanceof Uint8Array || other instanceof Uint8Array) {
    return one instanceof Uint8Array && other instanceof Uint8Array && areSame(one, other);
  }
  const [a, b] = [said(one), said(other)];
  return (
    a.size === b.size && [...a].every(([key, value]) => b.has(key) && isSame(value, b.get(key)))
  );
}

const areSame = (one: ArrayLike<unknown>, other: ArrayLike<unknown>): boolean =>
  one.length === other.length && Array.from(one).every((item, index) => isSame(item, other[index]));

const said = (fields: object): ReadonlyMap<string, unknown> =>
  new Map(Object.entries(fields).filter(([, value]) => value !== undefined));
