/**
 * A look at a participant while a run stands still or goes on: what its actors know, as plain data
 * of a size that a page can show.
 *
 *     Map ──▶ pairs     Set ──▶ list     bytes ──▶ their number     lead ──▶ that there is one
 *
 * Nobody's personal data: text is shown where it is a name of ours, else as its length.
 */
import { addressOf } from '../protocols/messages.ts';
import type { Role } from '../protocols/messages.ts';
import { INDUSTRIES } from '../protocols/lead.ts';
import type { Hotkey } from '../protocols/units.ts';
import type { Running, Status } from '../runtime/running.ts';
import { systemOf } from '../runtime/spawn.ts';
import type { Subnet } from '../runtime/subnet.ts';

/** What can be cloned, printed and sent on without a thought. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | readonly Plain[]
  | { readonly [key: string]: Plain };

export interface Glance {
  readonly name: string;
  readonly role: Role;
  readonly hotkey: Hotkey;
  /** More than one where a validator asks on its own account; none while it is away. */
  readonly actors: readonly ActorGlance[];
}

export interface ActorGlance {
  readonly role: Role;
  readonly status: Status;
  /** Messages that wait. */
  readonly waiting: number;
  /** Its open questions. */
  readonly open: number;
  /** Null before it began and after a crash. */
  readonly state: Plain;
}

/** An actor's state is some four deep down to single entries. */
export const MOST_DEEP = 6;
/** Of a list, map or object; how many more there are is said at its end. */
export const MOST_ENTRIES = 40;
/** Values in one look, about 100 KB: a ledger of a long run has millions. */
export const MOST_VALUES = 4_000;

const ROLES = ['buyer', 'miner', 'validator', 'pool'] as const;

/** Undefined where nobody has the name. */
export function glanceAt({ nodes }: Subnet, name: string): Glance | undefined {
  const node = nodes.find(({ plan }) => plan.name === name);
  if (node === undefined) return undefined;
  const { plan, hotkey, host } = node;
  const actors = ROLES.flatMap((role): ActorGlance[] => {
    const running = systemOf(host).at(addressOf(role, hotkey));
    return running === undefined ? [] : [glanceOf(role, running)];
  });
  return { name, role: plan.role, hotkey, actors };
}

const glanceOf = (role: Role, { status, waiting, open, state }: Running<unknown>): ActorGlance => ({
  role,
  status,
  waiting,
  open,
  state: plain(state),
});

/** Anything as plain data, within all bounds. */
export const plain = (value: unknown): Plain => show(value, MOST_DEEP, { values: MOST_VALUES });

/** How much may still be shown. */
interface Left {
  values: number;
}

function show(value: unknown, deep: number, left: Left): Plain {
  if (left.values <= 0) return 'and more';
  left.values--;
  switch (typeof value) {
    case 'boolean':
    case 'number':
      return value;
    case 'bigint':
      return String(value);
    case 'string':
      return say(value);
    case 'object':
      return value === null ? null : showObject(value, deep, left);
    case 'undefined':
    case 'function':
    case 'symbol':
      return null;
  }
}

function showObject(value: object, deep: number, left: Left): Plain {
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if ('Owner(s) Email' in value) return 'a lead';
  const isMap = value instanceof Map;
  if (isMap || value instanceof Set) {
    if (deep === 0) return `${value.size} entries`;
    return isMap
      ? list(value, value.size, left, ([key, inner]) => [
          show(key, deep - 1, left),
          show(inner, deep - 1, left),
        ])
      : list(value, value.size, left, (inner) => show(inner, deep - 1, left));
  }
  if (Array.isArray(value)) {
    if (deep === 0) return `${value.length} entries`;
    return list(value as unknown[], value.length, left, (inner) => show(inner, deep - 1, left));
  }
  if (deep === 0) return 'an object';
  // Not merged: `__proto__` is a key like any other.
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .slice(0, MOST_ENTRIES)
      .map(([key, inner]) => [say(key), show(inner, deep - 1, left)]),
  );
}

/** The first entries, and how many more there are. */
function list<T>(all: Iterable<T>, size: number, left: Left, one: (entry: T) => Plain): Plain {
  const shown: Plain[] = [];
  for (const entry of all) {
    if (shown.length >= MOST_ENTRIES || left.values <= 0) break;
    shown.push(one(entry));
  }
  return size > shown.length ? [...shown, `and ${size - shown.length} more`] : shown;
}

/** Keys, digests, addresses, words of closed lists: no e-mail address and no website among them. */
const NAME = /^[\w/:#-]{0,160}$/;

const say = (text: string): string =>
  NAME.test(text) || (INDUSTRIES as readonly string[]).includes(text)
    ? text
    : `${text.length} characters`;
