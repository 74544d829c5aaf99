/**
 * Small steps of collecting, for a process that must answer soon at any time.
 *
 * V8 lets its young generation grow to 16 MB where much is made, and each collection of it stops
 * everything for as long as what is still in use in it takes to move. With many connections under way
 * that was 16 to 45 ms; in a generation that stays small it is 3 to 5, a few more times
 * (`bench/attacks.ts`, on a busy machine). What runs as a batch, a simulation, is better off with V8's own.
 */
import { setFlagsFromString } from 'node:v8';

/** From now on; what the generation has grown to by then is given back when the process idles. */
export function keepYoungHeapSmall(): void {
  // By the size itself only the start of a process can: this one is looked at each time it is to grow.
  setFlagsFromString('--semi-space-growth-factor=1');
}
