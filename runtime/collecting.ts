/**
 * How V8 collects garbage, where its own choice is not ours.
 *
 * - A node must answer soon at any time. V8 lets its young generation grow to 32 MB where much is made,
 *   and each collection of it stops everything for as long as what is still in use in it takes to move.
 *   With many connections under way that was 16 to 45 ms; in a generation that stays small it is 3 to 5,
 *   a few more times (`bench/attacks.ts`, on a busy machine).
 * - A long simulation comes to hold half a gigabyte, and V8 lets a heap grow to twice what is in use and
 *   more before it collects it. Collected at half as much more, `ninety-days` takes 1.5 GB at the most; at a
 *   quarter it collects every second or two, and saves a tenth.
 */
import { setFlagsFromString } from 'node:v8';

/** From now on; what the generation has grown to by then is given back when the process idles. */
export function keepYoungHeapSmall(): void {
  // By the size itself only the start of a process can: this one is looked at each time it is to grow.
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** From now on, in all threads: how much a heap may grow over what is in use before it is collected. */
export function collectSooner(): void {
  setFlagsFromString('--heap-growing-percent=50');
}
