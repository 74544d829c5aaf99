/** Measures one side of one bench, and prints its figure: `node bench/side.ts actors tell`. */
import type { Bench } from './report.ts';

const [, , bench = '', side = ''] = process.argv;
const { sides } = (await import(`./${bench}.ts`)) as Bench;
const measure = sides?.[side];
if (measure === undefined) throw new Error(`${bench} has no side ${side}`);
console.log(await measure());
// A peer may keep a timer; the figure is out.
process.exit(0);
