/**
 * A process that is made to be killed: it hands an actor a script, turn by turn, and says of each
 * message when it cannot be lost any more. Begun again it goes on from what its store has.
 *
 *     node journal-child.ts DIR SCRIPT SEED
 */
import type { Address } from '../../protocols/messages.ts';
import { actorFor } from '../actor-for.ts';
import { below, randomFrom } from '../random.ts';
import { openNodeTables, readNodeTables } from '../store/node-tables.ts';
import { Driver, type Outside } from './driver.ts';
import { entriesOf, replayed } from './journals.ts';

const [dir = '', scriptFile = '', seed = ''] = process.argv.slice(2);
const from = readNodeTables(scriptFile);
const self = from.one('SELECT address FROM actors')?.['address'] as Address;
const script = entriesOf(from, self);
const begin = script[0];
const actor = actorFor(self, begin?.is === 'begin' ? begin.made : {});
const tables = openNodeTables(dir);

const { state: _, at, ...questions } = replayed(tables, self);
const done: string[] = [];
const outside: Outside = { done, sent: [] };
const options = { self, actor, tables, outside, script, limits: { snapshotInputs: 17 } };
const driver = new Driver(options, at, questions);
const random = randomFrom(seed);
for (let next = at; next < script.length;) {
  const to = Math.min(next + 1 + below(random, 4), script.length);
  driver.turn(next, to, false);
  next = to;
  process.stdout.write(
    done
      .splice(0)
      .map((name) => `${name}\n`)
      .join('') || '-\n',
  );
}
process.stdout.write('all\n');
