/**
 * Runs a user's module in a process of its own: one JSON document comes on standard input, what the
 * module's function makes of it goes to standard output.
 *
 *     node model-runner.ts  <file URL of the module>  miner | validator
 *
 * The module may crash, hang, print or leave: nothing of it reaches the node but its answer.
 */
import { text } from 'node:stream/consumers';

// What a model prints is for its author to read, and must not stand beside the answer.
const answer = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);

const [module = '', role = ''] = process.argv.slice(2);
const exported = (await import(module)) as Readonly<Record<string, unknown>>;
const model = exported['default'] ?? exported[role];
if (typeof model !== 'function') throw new Error(`no function default or ${role} in ${module}`);

const question: unknown = JSON.parse(await text(process.stdin));
const found: unknown = await (model as (question: unknown) => unknown)(question);
// It may have left a timer or a socket open: with the answer given there is nothing to stay for.
answer(JSON.stringify(found) ?? 'null', () => process.exit(0));
