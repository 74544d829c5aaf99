/** Three virtual hours of `sim run baseline`, in this process: prints what it did as JSON. */
import { hours } from '../../protocols/units.ts';
import { loadScenario } from '../../sim/scenario-file.ts';
import { change } from '../../sim/scenario.ts';
import { simulate } from '../../sim/simulate.ts';

const scenario = change(loadScenario('baseline'), { duration: hours(3) });
const began = performance.now();
const { events, virtual, digest } = await simulate({ scenario, seed: 7 });
console.log(JSON.stringify({ events, virtual, digest, wall: performance.now() - began }));
