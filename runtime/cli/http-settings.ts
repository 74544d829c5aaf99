/**
 * What the flags of `leadpoet serve` come to, beside those of its node.
 */
import { isIP } from 'node:net';
import { show } from '../../protocols/query.ts';
import { seconds, type Duration } from '../../protocols/units.ts';
import { maybe } from '../fields.ts';
import { isLoopback } from '../http/guard.ts';
import { RATES, type Rates } from '../http/limits.ts';
import type { TokenSources } from '../http/callers.ts';
import {
  pathIn,
  textIn,
  Told,
  wholeIn,
  wrong,
  type Environment,
  type RawOptions,
  type Setting,
} from './node-settings.ts';
import { UsageError } from './trouble.ts';

export interface HttpSettings {
  readonly host: string;
  readonly port: number;
  readonly tokens: TokenSources;
  readonly cors?: string;
  readonly rates: Rates;
  /** How long open queries have to end when it is told to stop. */
  readonly drain: Duration;
}

const HOST = '127.0.0.1';
const PORT = 8_080;
const DRAIN_S = 60;
/** A service manager gives up long before. */
const MOST_DRAIN_S = 3_600;
/** So that a bench can lift them; nobody asks so often. */
const MOST_RATE = 1_000_000_000;

export function httpSettings(options: RawOptions, env: Environment): HttpSettings {
  const told = new Told(options, env);
  const host = told.read('http.host', hostIn) ?? HOST;
  const tokens: TokenSources = {
    ...maybe(
      'token',
      told.read('http.token', (setting) => ({ value: textIn(setting), as: setting.as })),
    ),
    ...maybe('file', told.read('http.tokens', pathIn)),
  };
  if (!isLoopback(host) && tokens.token === undefined && tokens.file === undefined) {
    const { as = '--http.host' } = told.find('http.host') ?? {};
    const allowed = '127.0.0.1, or a token as well: LEADPOET_HTTP_TOKEN or --http.tokens';
    throw new UsageError({ field: as, came: show(host), allowed });
  }
  return {
    host,
    port: told.read('http.port', wholeIn(0, 65_535)) ?? PORT,
    tokens,
    ...maybe('cors', told.read('http.cors', originIn)),
    rates: {
      queries: told.read('http.query-rate', wholeIn(1, MOST_RATE)) ?? RATES.queries,
      requests: told.read('http.rate', wholeIn(1, MOST_RATE)) ?? RATES.requests,
    },
    drain: seconds(told.read('drain', wholeIn(0, MOST_DRAIN_S)) ?? DRAIN_S),
  };
}

function hostIn(setting: Setting): string {
  const text = textIn(setting).replace(/^\[(.*)\]$/, '$1');
  if (isIP(text) !== 0 || /^(?!-)[A-Za-z0-9.-]{1,253}$/.test(text)) return text;
  throw wrong(setting, 'an address or a name of this machine');
}

function originIn(setting: Setting): string {
  const text = textIn(setting);
  if (/^https?:\/\//.test(text) && URL.parse(text)?.origin === text) return text;
  throw wrong(setting, 'one origin: https://app.example, without a path');
}
