/**
 * A price list in a file of TOML:
 *
 *     format = "leadpoet.prices/1"
 *     by = "month"                     # "delivery": counting begins anew with each
 *     prepaid = true                   # who has not paid is refused; false: what is owed is written down
 *     [[tiers]]
 *     name = "starter"
 *     from = 1                         # the first lead of the tier
 *     tao = "0.01"                     # a lead
 *     [[tiers]]
 *     name = "volume"
 *     from = 1001
 *     tao = "0.008"
 *
 * TAO is written as a text or a number of at most nine places; either is taken to the last rao.
 */
import { Type } from 'typebox';
import { UsageError } from '../cli/trouble.ts';
import { wrong } from '../fields.ts';
import { fitting } from '../misfit.ts';
import { MOST_TAO, readTao } from '../tao.ts';
import { readTomlFile, type TomlKind } from '../toml-file.ts';
import type { PriceList, Tier } from './price.ts';

export const PRICES_FORMAT = 'leadpoet.prices/1';

const PRICES: TomlKind = { field: '--prices', what: 'a price list', mostDepth: 4 };
/** A roadmap has three or four; a list that people are to read has not many more. */
const MOST_TIERS = 32;
/** More leads than there are companies. */
const MOST_LEADS = 1_000_000_000;
const EACH = `TAO a lead, 0 to ${MOST_TAO}, of up to nine places`;

const Prices = Type.Object(
  {
    format: Type.Literal(PRICES_FORMAT, { description: `"${PRICES_FORMAT}"` }),
    by: Type.Union([Type.Literal('delivery'), Type.Literal('month')], {
      description: '"delivery" or "month": where counting begins anew',
    }),
    prepaid: Type.Boolean({ description: 'true or false' }),
    tiers: Type.Array(
      Type.Object(
        {
          name: Type.String({
            pattern: '^[\\w][\\w .&+-]{0,39}$',
            description: 'up to 40 letters, digits, blanks and _ . & + -',
          }),
          from: Type.Integer({
            minimum: 1,
            maximum: MOST_LEADS,
            description: `the number of its first lead, 1 to ${MOST_LEADS}`,
          }),
          tao: Type.Union([Type.String(), Type.Number()], { description: EACH }),
        },
        { additionalProperties: false, description: 'a tier with name, from and tao' },
      ),
      { minItems: 1, maxItems: MOST_TIERS, description: `1 to ${MOST_TIERS} tiers` },
    ),
  },
  { additionalProperties: false, description: 'a price list' },
);

/** Throws a `UsageError` that names the file and the field, a `WorldError` where it cannot be read. */
export function readPriceList(file: string): PriceList {
  const { by, prepaid, tiers } = fitting(Prices, readTomlFile(file, PRICES), file);
  const trouble = (field: string, came: unknown, allowed: string): UsageError =>
    new UsageError(wrong(field, came, allowed).error, file);
  const read = tiers.map(({ name, from, tao }, index): Tier => {
    const each = readTao(String(tao));
    if (each === undefined) throw trouble(`tiers[${index}].tao`, tao, EACH);
    const above = tiers[index - 1];
    if (above === undefined && from !== 1) throw trouble('tiers[0].from', from, '1');
    if (above !== undefined && from <= above.from) {
      throw trouble(
        `tiers[${index}].from`,
        from,
        `more than ${above.from}, where the one above begins`,
      );
    }
    if (tiers.findIndex((tier) => tier.name === name) < index) {
      throw trouble(`tiers[${index}].name`, name, 'a name of its own');
    }
    return { name, from, each };
  });
  return { by, prepaid, tiers: read };
}
