/**
 * The check on a large world in this process, on events in memory; or the reading of a world's file.
 * Prints what it took as JSON.
 *
 *     node bench/peers/run-evaluate.ts evaluate 256 200000 all|five
 *     node bench/peers/run-evaluate.ts write 256 200000 all FILE
 *     node bench/peers/run-evaluate.ts read FILE
 */
import { writeFileSync } from 'node:fs';
import { evaluate } from '../../protocols/rules/collusion/evaluate.ts';
import { FLAGGED } from '../../protocols/rules/collusion/finding.ts';
import { readEvents } from '../../runtime/events.ts';
import { eventsDocument } from '../../sim/collusion/events-file.ts';
import { NOISES } from '../../sim/collusion/noises.ts';
import { makeWorld, type World } from '../../sim/collusion/world.ts';

const [what = '', ...words] = process.argv.slice(2);
if (what === 'evaluate') evaluated(worldFrom(words));
else if (what === 'write') writeFileSync(words[3] ?? '', eventsDocument(worldFrom(words), 'large'));
else await read(words[0] ?? '');

function evaluated({ events }: World): void {
  globalThis.gc?.();
  const builtMb = peakMb();
  const began = performance.now();
  const { validators } = evaluate(events);
  const seconds = (performance.now() - began) / 1_000;
  const flagged = validators.filter(({ score }) => score >= FLAGGED).length;
  console.log(JSON.stringify({ seconds, builtMb, peakMb: peakMb(), flagged }));
}

async function read(file: string): Promise<void> {
  const began = performance.now();
  await readEvents(file);
  const seconds = (performance.now() - began) / 1_000;
  console.log(JSON.stringify({ seconds, peakMb: peakMb() }));
}

/** With a ring of ten. Each batch is scored by all or by five; so many scores, and ratings and audits beside. */
function worldFrom([validators = '', scores = '', shape = '']: readonly string[]): World {
  const count = Number(validators);
  const panel = shape === 'five' ? 5 : count;
  return makeWorld(
    {
      validators: count,
      miners: 64,
      epochs: 32,
      batches: Math.ceil(Number(scores) / panel),
      panel,
      quality: 'steady',
      poorMiners: 12,
      noise: NOISES['plain-20'],
      habits: { leniency: 0.02, taste: 0.015, models: 3, blindness: 0.02 },
      audits: { share: 0.3, shift: 0 },
      rings: [{ kind: 'favour', strength: 0.8, validators: 10, miners: 4, buyers: 5 }],
      decoys: { strict: [0.08], lenient: [0.08], sparse: 5, framed: 1, framers: 8, framing: 10 },
      buyers: { honest: 200, loyal: 20, generous: 20, ratings: 20 },
      hasFinalScores: true,
    },
    'large',
  );
}

function peakMb(): number {
  return process.resourceUsage().maxRSS / 1_024;
}
