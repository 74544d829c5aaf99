/** The figures of a run that a script wants, from those that its report shows. */
import type { Figures } from './figures.ts';
import { SUMMARY_FORMAT, type Summary } from './manifest.ts';

export const summaryOf = ({ totals, earnings, caught }: Figures): Summary => ({
  format: SUMMARY_FORMAT,
  ...totals,
  earnings,
  caught,
});
