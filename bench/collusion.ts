/**
 * The check for collusion beside DBSCAN, isolation forests and PyGOD's DOMINANT and AnomalyDAE, on
 * the same worlds that none of them has seen; wrong flags; and what large worlds take.
 *
 * - *held-out*: 60 worlds with rings. Guilty is who is in a ring of strength above 0; the figures are of
 *   all validators of all worlds together. Peers tell only who is odd within a world, so their scores are
 *   stretched from 0 to 1 in each.
 * - *innocents*: 300 worlds without rings with `--full`, else 30; the odd, the framed and the copied.
 * - *limits*: majorities, and a ring of 5 of 40 by its strength.
 * - *size*: 256 validators and 200 000 scores, 2 000 and a million, from events in memory.
 *
 * scikit-learn is Debian's, got with `--install`. PyGOD and PyTorch Geometric are sources that a user
 * has: `--pygod=DIR` names the folder that holds both.
 *
 *     node bench/collusion.ts --write DIR [heldOut]     writes the worlds of a set as files
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventsDocument } from '../sim/collusion/events-file.ts';
import { evaluate } from '../protocols/rules/collusion/evaluate.ts';
import type { World } from '../sim/collusion/world.ts';
import { ladderStrength, WORLD_SETS, worldOf, type WorldSet } from '../sim/collusion/worlds.ts';
import { buyersTable, foundTable, verdictTable } from './peers/collusion-tables.ts';
import { featuresOf } from './peers/features.ts';
import { sizes } from './peers/large-worlds.ts';
import { askPython, missingFor, type Said } from './peers/python.ts';
import { guiltyIn, LINE, scoresIn, verdictOn, worldsOf, type Verdict } from './peers/verdicts.ts';
import type { Report } from './report.ts';

export const name = 'collusion';

const isFull = process.argv.includes('--full');
const HONEST = isFull ? WORLD_SETS.honest : 30;
/** Of 300; of 30 it is one. */
const MOST_WITH_FLAG = isFull ? 3 : 1;
/** Debian's, for the sources of PyGOD. */
const PYGOD_NEEDS = 'torch sklearn jinja2 requests pyparsing tqdm psutil networkx'.split(' ');

export async function run(report: Report): Promise<void> {
  await heldOut(report);
  innocents(report);
  limits(report);
  await sizes(report);
}

async function heldOut(report: Report): Promise<void> {
  const worlds = worldsOf('heldOut', WORLD_SETS.heldOut);
  const findings = worlds.map(({ events }) => evaluate(events));
  const scores = findings.map(scoresIn);
  const ours = verdictOn('ours', worlds, scores);
  const verdicts = [ours, ...(await peers(worlds))];
  console.log(verdictTable(verdicts));

  const forest = verdicts.find(({ method }) => method === 'isolation forest, rich');
  if (forest !== undefined) {
    const title = 'held-out: AUC of the isolation forest';
    report.add({ title, unit: '', ours: forest.auc, goal: { atMost: 0.8 } });
  }
  console.log(foundTable(worlds, scores));
  console.log(buyersTable(worlds, findings));
  const figures = [
    ['AUC', ours.auc, { atLeast: 0.95 }],
    ['precision', ours.precision, { atLeast: 0.97 }],
    ['recall', ours.recall, { atLeast: 0.75 }],
    ['honest validators flagged, %', ours.wronglyFlagged * 100, { atMost: 0.2 }],
  ] as const;
  for (const [what, figure, goal] of figures) {
    report.add({ title: `held-out: ${what}`, unit: '', ours: figure, goal });
  }
}

async function peers(worlds: readonly World[]): Promise<Verdict[]> {
  const features = worlds.map(({ events }) => featuresOf(events));
  const judge = (said: Said): Verdict[] =>
    Object.entries(said).map(([method, byWorld]) => {
      const scores = features.map(
        ({ validators }, at) => new Map(validators.map((id, row) => [id, byWorld[at]?.[row] ?? 0])),
      );
      return verdictOn(method, worlds, scores);
    });

  const missing = await missingFor('import sklearn', ['python3-sklearn']);
  if (missing !== undefined) {
    console.log(`scikit-learn: skipped, ${missing}`);
    return [];
  }
  const verdicts = judge(await askPython('outliers.py', features));
  const folder = pygodFolder();
  const graphsMissing =
    folder === undefined
      ? 'name with --pygod=DIR the folder that holds pygod and torch_geometric'
      : await missingFor(
          `import sys; sys.path.insert(0, ${JSON.stringify(folder)}); import pygod`,
          PYGOD_NEEDS.map((part) => `python3-${part}`),
        );
  if (folder === undefined || graphsMissing !== undefined) {
    console.log(`DOMINANT, AnomalyDAE: skipped, ${graphsMissing}`);
    return verdicts;
  }
  return [...verdicts, ...judge(await askPython('graphs.py', features, [folder]))];
}

function pygodFolder(): string | undefined {
  const flag = '--pygod=';
  return process.argv.find((word) => word.startsWith(flag))?.slice(flag.length);
}

function innocents(report: Report): void {
  const honest = withFlag(worldsOf('honest', HONEST));
  report.add({
    title: `${HONEST} honest worlds: with any flag`,
    unit: '',
    ours: honest,
    goal: { atMost: MOST_WITH_FLAG },
  });
  for (const set of ['strict', 'lenient', 'perfect', 'framedByBuyers'] as const) {
    const count = isFull ? WORLD_SETS[set] : 4;
    const ours = withFlag(worldsOf(set, count));
    const title = `${count} of ${set}: with any flag`;
    report.add({ title, unit: '', ours, goal: { atMost: 0 } });
  }
}

const withFlag = (worlds: readonly World[]): number =>
  worlds.filter(({ events }) =>
    [...scoresIn(evaluate(events)).values()].some((score) => score >= LINE),
  ).length;

/** Rows without a goal: what the check can't do is to be known, not to be met. */
function limits(report: Report): void {
  for (const set of ['framedByRing', 'copied'] as const) {
    const worlds = worldsOf(set, isFull ? WORLD_SETS[set] : 10);
    const scores = worlds.map(({ events }) => scoresIn(evaluate(events)));
    const victims = worlds.filter(({ truth }, at) =>
      [...truth.innocent.framed, ...truth.innocent.copied].some(
        (victim) => (scores[at]?.get(victim) ?? 0) >= LINE,
      ),
    ).length;
    const { recall } = verdictOn(set, worlds, scores);
    report.add({ title: `${worlds.length} of ${set}: victims flagged`, unit: '', ours: victims });
    report.add({ title: `${set}: attackers found`, unit: '%', ours: recall * 100 });
  }
  for (const [title, from, to] of [
    ['12 of 24 collude', 0, 10],
    ['14 of 24 collude', 10, 20],
  ] as const) {
    const worlds = worldsOf('majority', to).slice(from);
    const scores = worlds.map(({ events }) => scoresIn(evaluate(events)));
    const { auc, recall } = verdictOn(title, worlds, scores);
    report.add({ title: `${title}: AUC`, unit: '', ours: auc });
    report.add({ title: `${title}: found`, unit: '%', ours: recall * 100 });
  }
  const rungs = Map.groupBy(
    Array.from({ length: WORLD_SETS.ladder }, (_, at) => at),
    ladderStrength,
  );
  for (const [strength, indices] of rungs) {
    const members = indices.flatMap((index) => {
      const world = worldOf('ladder', index);
      const scores = scoresIn(evaluate(world.events));
      return world.truth.rings.flatMap(({ validators }) =>
        validators.map((validator) => scores.get(validator) ?? 0),
      );
    });
    const found = members.filter((score) => score >= LINE).length;
    const mean = members.reduce((sum, score) => sum + score, 0) / members.length;
    report.add({
      title: `strength ${strength}: mean V_c; found ${found} of ${members.length}`,
      unit: '',
      ours: mean,
    });
  }
}

/** As files, and who is guilty in each beside them. */
function write(folder: string, set: WorldSet): void {
  mkdirSync(folder, { recursive: true });
  for (let index = 0; index < WORLD_SETS[set]; index++) {
    const world = worldOf(set, index);
    const title = `${set}-${index.toString().padStart(3, '0')}`;
    writeFileSync(join(folder, `${title}.json`), `${eventsDocument(world, title)}\n`);
    const truth = JSON.stringify({ ...world.truth, guilty: [...guiltyIn(world)] }, null, 2);
    writeFileSync(join(folder, `${title}.truth.json`), `${truth}\n`);
  }
}

if (process.argv[1] === import.meta.filename) {
  const [flag, folder, set = 'heldOut'] = process.argv.slice(2);
  const isSet = (word: string): word is WorldSet => Object.hasOwn(WORLD_SETS, word);
  if (flag === '--write' && folder !== undefined && isSet(set)) write(folder, set);
  else {
    console.error(`node bench/collusion.ts --write DIR [${Object.keys(WORLD_SETS).join(' | ')}]`);
    process.exitCode = 2;
  }
}
