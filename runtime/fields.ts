/**
 * Readers of what stands in a document that a stranger may have written. Each gives back a value that
 * is as it must be, or says which field is not: `scores[12].score is 1.5; allowed: 0 to 1`.
 */
import { show } from '../protocols/query.ts';
import { WHOLE, type Score } from '../protocols/units.ts';
import { UsageError } from './cli/trouble.ts';

export type Fields = Readonly<Record<string, unknown>>;
/** What a value is; `at` names it for the error. */
export type Reader<T> = (value: unknown, at: string) => T;

export function objectIn(value: unknown, at: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw wrong(at, value, 'an object');
}

/** Undefined where there is no such field. */
export function listIn(top: Fields, field: string): readonly unknown[] | undefined {
  const value = top[field];
  if (value === undefined || Array.isArray(value)) return value;
  throw wrong(field, value, 'a list');
}

/** A decimal of 0 to 1, to the nearest millionth. */
export function millionthsIn(value: unknown, at: string): Score {
  const decimal = numberFrom(0, 1, '0 to 1')(value, at);
  return Math.round(decimal * WHOLE) as Score;
}

export const wholeFrom =
  (least: number, most: number = Number.MAX_SAFE_INTEGER): Reader<number> =>
  (value, at) => {
    if (isWhole(value, least, most)) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
    throw wrong(at, value, `a whole number, ${range}`);
  };

export const isWhole = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;

export const numberFrom =
  (least: number, most: number, allowed: string): Reader<number> =>
  (value, at) => {
    const isNumber = typeof value === 'number' && Number.isFinite(value);
    if (isNumber && value >= least && value <= most) return value;
    throw wrong(at, value, allowed);
  };

/** Many write null for what isn't there. */
export const optional = <T>(value: unknown, at: string, read: Reader<T>): T | undefined =>
  value === undefined || value === null ? undefined : read(value, at);

/** A property that is there only where it has a value. */
export const maybe = <Name extends string, T>(
  name: Name,
  value: T | undefined,
): { readonly [K in Name]?: T } =>
  (value === undefined ? {} : { [name]: value }) as { readonly [K in Name]?: T };

/** Lists and objects are named, not shown: they may be huge or deep. */
export const wrong = (field: string, value: unknown, allowed: string): UsageError =>
  new UsageError({ field, came: cameOf(value), allowed });

function cameOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : show(value);
}
