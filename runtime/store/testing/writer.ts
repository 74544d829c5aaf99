/**
 * A child that writes findings without end and says of each row, on a line of its own, when it is
 * committed. The test kills it.
 *
 *     node runtime/store/testing/writer.ts FILE FIRST
 */
import { writeSync } from 'node:fs';
import type { Instant } from '../../../protocols/units.ts';
import { PASS } from '../../../protocols/verdict.ts';
import { sqliteFindings } from '../findings.ts';

const [, , file = '', first = '0'] = process.argv;
const store = sqliteFindings(file);
for (let row = Number(first); ;) {
  // Changes of one row, and of many.
  const last = row + (row % 7 === 0 ? 50 : 1);
  for (; row < last; row++) store.put(`row ${row}`, PASS, (row + 1) as Instant);
  if (!store.flush()) process.exit(1);
  writeSync(1, `${row}\n`);
}
