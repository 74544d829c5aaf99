/**
 * The flags that say what leads are asked for, the same for every command that asks.
 */
import { Option } from '@commander-js/extra-typings';
import { INDUSTRIES } from '../../../protocols/lead.ts';

export const industryFlag = (): Option<'--industry <name>'> =>
  new Option('--industry <name>', `only leads of one industry: ${INDUSTRIES.join(' | ')}`);
