/**
 * Nobody can reach a buyer but over the connections that it makes, and those of before a restart are
 * gone: who goes on with a query dials those again that are to answer it.
 */
import type { Asking } from '../actors/answering.ts';
import { later, minutes, type Duration } from '../protocols/units.ts';
import type { LiveNode } from './node.ts';

/** An attempt at a hundred leads lasts nine minutes at the very most. */
const IN_TOUCH: Duration = minutes(10);

export function stayInTouch(
  { line, host }: Pick<LiveNode, 'line' | 'host'>,
  { pool, draw }: Asking,
): void {
  const end = later(host.clock.now(), IN_TOUCH);
  for (const hotkey of [pool, ...(draw?.miners ?? [])]) {
    if (hotkey !== undefined) line.keep(hotkey, end);
  }
}
