/**
 * What the flags of `leadpoet serve` come to that are about selling: the price list.
 */
import { readPriceList } from '../prices/price-list.ts';
import type { PriceList } from '../prices/price.ts';
import { maybe } from '../fields.ts';
import { pathIn, Told, type Environment, type RawOptions } from './node-settings.ts';

export interface CommerceSettings {
  /** Absent where deliveries have no price. */
  readonly prices?: PriceList;
}

/** Throws a `UsageError` that names the file and the field, or a `WorldError`. */
export function commerceSettings(options: RawOptions, env: Environment): CommerceSettings {
  const told = new Told(options, env);
  const prices = told.read('prices', pathIn);
  return { ...maybe('prices', prices === undefined ? undefined : readPriceList(prices)) };
}
