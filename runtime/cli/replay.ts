/**
 * `leadpoet replay`: hands a node's journal to its actors again, and says whether they ask for the
 * same. Nothing that they ask for is done, and the file is only read.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { replayAll, type Replayed } from '../replayed.ts';
import { NODE_FILE } from '../store/node-store.ts';
import { readNodeTables } from '../store/node-tables.ts';
import { EXIT, WorldError, type Console } from './trouble.ts';

export interface ReplayOptions {
  readonly json?: true;
}

/** Exit 0 where all is as it was, 1 where something is not: the first such input is named. */
export function replay(path: string, { json }: ReplayOptions, io: Console): number {
  const file = fileAt(path);
  const tables = readNodeTables(file);
  let actors: readonly Replayed[];
  try {
    actors = replayAll(tables);
  } catch (cause) {
    // What stands in no entry may be changed too: then the tables themselves do not fit together.
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WorldError(`${file} is damaged: ${why}; put back a copy of before`, { cause });
  } finally {
    tables.database.close();
  }
  const equal = actors.every(({ differs }) => differs === undefined);
  io.out(
    json === true
      ? `${JSON.stringify({ format: 'leadpoet.replay/1', equal, actors })}\n`
      : actors.length === 0
        ? `${file} has no actor's journal\n`
        : actors.map(lineOf).join(''),
  );
  return equal ? EXIT.done : EXIT.no;
}

/** A node's directory, or the file in it. */
function fileAt(path: string): string {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, NODE_FILE) : path;
  if (!existsSync(file)) throw new WorldError(`${file} is not there; name a node's ${NODE_FILE}`);
  return file;
}

function lineOf({ address, from, inputs, effects, differs, erased, untold }: Replayed): string {
  const since = from === 1 ? '' : `, from number ${from} on`;
  const counted = `${address}: ${inputs} inputs${since}, ${effects} effects`;
  const unknown = untold === 0 ? '' : `, so ${untold} inputs are as they were and no more is known`;
  const gone = erased === 0 ? '' : `  (leads that it names were erased${unknown})\n`;
  if (differs === undefined) return `${counted}: the same\n${gone}`;
  const { number, input, at, why } = differs;
  const what = input === undefined ? '' : ` (${input})`;
  const when = at === undefined ? '' : ` of ${new Date(at).toISOString()}`;
  return `${counted}: differs at input ${number}${what}${when}: ${why}\n${gone}`;
}
