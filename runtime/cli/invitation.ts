/**
 * Lines that a person may type next, with the flags that led to the node they speak of.
 */
import type { Want } from '../../protocols/query.ts';
import type { QueryId } from '../../protocols/units.ts';
import type { RawOptions } from './node-settings.ts';

/** As many digits as are shown of a query: of a buyer's queries no two begin with the same. */
const DIGITS = 12;

export const lineToRate = (options: RawOptions, query: QueryId): string =>
  ['leadpoet rate', query.slice(0, DIGITS), '9', ...whose(options)].join(' ');

/** The same question once more: it is gone on with, or its answer is shown. */
export const lineAgain = (options: RawOptions, want: Want): string =>
  [
    'leadpoet buy',
    ...flag('num-leads', String(want.leads)),
    ...flag('industry', want.industry),
    ...flag('region', want.region),
    ...(want.sealed === true ? ['--sealed'] : []),
    ...(options['ask'] === false || want.industry === undefined || want.region === undefined
      ? ['--no-ask']
      : []),
    ...whose(options),
  ].join(' ');

/** The flags, as they came, that say which node of which network it is. */
const NAMING = [
  'mock',
  'netuid',
  'subtensor.network',
  'subtensor.chain_endpoint',
  'wallet.name',
  'wallet.hotkey',
  'wallet.path',
  'data-dir',
  'config',
];

const whose = (options: RawOptions): readonly string[] =>
  NAMING.flatMap((name) => flag(name, options[camel(name)] ?? options[name]));

/** Commander's name of a flag with dashes. */
const camel = (name: string): string =>
  name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

function flag(name: string, value: unknown): readonly string[] {
  if (value === true) return [`--${name}`];
  return typeof value === 'string' ? [`--${name} ${quoted(value)}`] : [];
}

/** For a POSIX shell. */
const quoted = (text: string): string =>
  /^[\w.,:/@%+=~-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
