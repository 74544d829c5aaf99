/**
 * What is wrong with a document that a person wrote, by its schema: the first field that does not fit,
 * what came, and what is allowed, which is the description of that field in the schema.
 *
 *     tiers[1].tao is "free"; allowed: TAO a lead, 0 to 21000000, of up to nine places
 */
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { show } from '../protocols/query.ts';
import { UsageError } from './cli/trouble.ts';
import { wrong } from './fields.ts';
import { nearest } from './nearest.ts';

/** The document as its schema has it; `where` names the file. Throws a `UsageError`. */
export function fitting<Schema extends TSchema>(
  schema: Schema,
  document: unknown,
  where: string,
): Static<Schema> {
  if (Value.Check(schema, document)) return document;
  const error = misfit(schema, document);
  throw new UsageError(error.error, where);
}

function misfit(schema: TSchema, document: unknown): UsageError {
  // That a key is none is told twice: once as a value to which no schema gives leave.
  const found = Value.Errors(schema, document).find(({ keyword }) => keyword !== 'boolean');
  const { keyword = '', instancePath = '', schemaPath = '#', params = {} } = found ?? {};
  const at = partsOf(instancePath);
  const parent = within(schema, partsOf(schemaPath));
  const named = params as Readonly<Record<string, unknown>>;
  const [missing] = namesIn(named['requiredProperties']);
  if (keyword === 'required' && missing !== undefined) {
    const allowed = descriptionOf(within(parent, ['properties', missing]));
    return wrong(showAt([...at, missing]), undefined, allowed);
  }
  const [extra] = namesIn(named['additionalProperties']);
  if (keyword === 'additionalProperties' && extra !== undefined) {
    const names = Object.keys(within(parent, ['properties']) ?? {});
    const allowed = `${nearest(extra, names)}, or another of ${names.join(', ')}`;
    return new UsageError({
      field: showAt([...at, show(extra)]),
      came: 'nothing that is known',
      allowed,
    });
  }
  return wrong(showAt(at), within(document, at), allowedBy(schema, partsOf(schemaPath)));
}

/** The description of what did not fit, or of the closest around it. */
function allowedBy(schema: unknown, path: readonly string[]): string {
  for (let length = path.length; length > 0; length--) {
    const found = descriptionOf(within(schema, path.slice(0, length)));
    if (found !== OTHERWISE) return found;
  }
  return descriptionOf(schema);
}

const OTHERWISE = 'what the format has there';
const descriptionOf = (schema: unknown): string => {
  const found = (schema as { readonly description?: unknown } | undefined)?.description;
  return typeof found === 'string' ? found : OTHERWISE;
};

const partsOf = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

const namesIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

const within = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inner, part) => (inner as Readonly<Record<string, unknown>> | undefined)?.[part],
    value,
  );

const showAt = (path: readonly string[]): string =>
  path.reduce(
    (shown, part) => (/^\d+$/.test(part) ? `${shown}[${part}]` : shown ? `${shown}.${part}` : part),
    '',
  ) || 'the file';
