/**
 * What the flags of `leadpoet serve` come to that are about selling: the price list, and where deliveries
 * are posted.
 */
import { show } from '../../protocols/query.ts';
import { maybe } from '../fields.ts';
import { readPriceList } from '../prices/price-list.ts';
import type { PriceList } from '../prices/price.ts';
import { readSecretFile, type Warn } from '../secret-file.ts';
import {
  pathIn,
  textIn,
  Told,
  wrong,
  type Environment,
  type RawOptions,
  type Setting,
} from './node-settings.ts';
import { UsageError } from './trouble.ts';

export interface CommerceSettings {
  /** Absent where deliveries have no price. */
  readonly prices?: PriceList;
  /** Absent where nobody is told of deliveries. */
  readonly webhook?: { readonly url: string; readonly secret: string };
}

/** The secret's own variable: as a flag others would see it. */
export const SECRET_VARIABLE = 'LEADPOET_WEBHOOK_SECRET';

/** Throws a `UsageError` that names the file and the field, or a `WorldError`. */
export async function commerceSettings(
  options: RawOptions,
  env: Environment,
  warn: Warn,
): Promise<CommerceSettings> {
  const told = new Told(options, env);
  const prices = told.read('prices', pathIn);
  const url = told.read('webhook.url', urlIn);
  if (url?.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    warn(`--webhook.url is http: leads go to ${url.host} for others to read; better https`);
  }
  const file = told.read('webhook.secret-file', pathIn);
  const secret = url && (await readWebhookSecret(file, env, warn));
  return {
    ...maybe('prices', prices === undefined ? undefined : readPriceList(prices)),
    ...maybe('webhook', url && secret ? { url: url.href, secret } : undefined),
  };
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** The operator's own place: it may be anywhere. */
function urlIn(setting: Setting): URL {
  const url = URL.parse(textIn(setting));
  const isWeb = url !== null && /^https?:$/.test(url.protocol);
  if (isWeb && url.username === '' && url.password === '' && url.hash === '') return url;
  // Neither is shown: a part of such a URL is often a secret itself.
  throw wrong({ ...setting, value: 'something else' }, 'https://…, without name, password or #');
}

/** What can be guessed in no lifetime, if its letters are random. */
const FEWEST = 16;
const MOST = 512;

/** By a file, or by its variable. Throws where it is missing or can be guessed; never shows it. */
export async function readWebhookSecret(
  file: string | undefined,
  env: Environment,
  warn: Warn,
): Promise<string> {
  const allowed = `${FEWEST} to ${MOST} letters in --webhook.secret-file FILE or ${SECRET_VARIABLE}`;
  const field = file === undefined ? SECRET_VARIABLE : `the secret in ${file}`;
  const secret = file === undefined ? env[SECRET_VARIABLE] : await secretIn(file, warn);
  if (secret === undefined || secret === '') {
    throw new UsageError({ field, came: show(undefined), allowed });
  }
  if (secret.length >= FEWEST && secret.length <= MOST && !/\p{Cc}/u.test(secret)) return secret;
  throw new UsageError({ field, came: 'something else', allowed });
}

async function secretIn(file: string, warn: Warn): Promise<string> {
  const remedy = 'name another with --webhook.secret-file';
  const bytes = await readSecretFile(file, { what: "a webhook's secret", remedy }, warn);
  try {
    return bytes.toString('utf8').replace(/\r?\n$/, '');
  } finally {
    bytes.fill(0);
  }
}
