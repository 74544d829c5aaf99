import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, NEVER, Observable, of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reply, Services } from '../../actors/actor.ts';
import { packLeads } from '../../protocols/batch.ts';
import { addressOf, type Batch } from '../../protocols/messages.ts';
import type { Hotkey, Instant, QueryId } from '../../protocols/units.ts';
import { because, both, PASS } from '../../protocols/verdict.ts';
import { WorldError } from '../cli/trouble.ts';
import { ServiceFault, type Asker, type Clock } from '../host.ts';
import { randomFrom } from '../random.ts';
import { MAX_ANSWER_BYTES } from './child.ts';
import { minerModel, validatorModel } from './model.ts';
import { inTurn, MAX_WAITING } from './turns.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'a model '));
});
afterAll(() => rm(folder, { recursive: true }));

describe('minerModel', () => {
  it('asks a module in the words of the outside', async () => {
    const model = await module(
      'export default async ({ query }) => { console.log("found"); return [{ Business: JSON.stringify(query) }]; }',
    );
    expect(await leadsOf(model)).toEqual([
      { Business: '{"num_leads":2,"industry":"Tech & AI","region":"DE"}' },
    ]);
  });

  it('asks a command', async () => {
    expect(
      await leadsOf(`${node} -e "process.stdin.pipe(process.stdout)" | sed 's/.*/[]/'`),
    ).toEqual([]);
    expect(await leadsOf('echo "[]"')).toEqual([]);
  });

  it('takes a named function, and does not wait for what it left open', async () => {
    const model = await module('export const miner = () => []; setInterval(() => {}, 1000);');
    expect(await leadsOf(model)).toEqual([]);
  });

  it.each([
    ['throws', 'export default () => { throw new Error("no leads today"); }', 'no leads today'],
    ['is no function', 'export default 5;', 'no function default or miner'],
    ['leaves', 'process.exit(3);', 'ended with code 3'],
    ['is killed', 'process.kill(process.pid, "SIGKILL");', 'ended with SIGKILL'],
    ['is no JavaScript', 'export default (', 'ended with code 1'],
    [
      'eats memory',
      'const all = []; for (;;) all.push(new Array(1e6).fill(1.5));',
      'ended with SIG',
    ],
  ])('is unavailable where the module %s', async (_how, source, complaint) => {
    const fault = await faultOf(leadsOf(await module(source)));
    expect(fault.fault).toBe('unavailable');
    expect(fault.message).toContain(complaint);
  });

  it.each([
    ['says nothing', 'true', 'something that is not JSON'],
    ['babbles', 'echo leads', 'something that is not JSON'],
    ['gives no list', 'echo 5', 'gave 5; allowed: an array of leads'],
    ['gives too many', 'echo "[{},{},{}]"', 'gave 3 leads; allowed: at most 2'],
    ['gives numbers', 'echo "[{},5]"', 'leads[1]: 5'],
    ['gives lists', 'echo "[[]]"', 'leads[0]: []'],
    ['gives fields that are no text', `echo '[{"Business":1}]'`, 'an object of text fields'],
    [
      'gives a novel',
      `echo "[{\\"a\\":\\"$(head -c 20000 /dev/zero | tr '\\0' x)\\"}]"`,
      'too long',
    ],
    ['does not stop', 'yes', `wrote over ${MAX_ANSWER_BYTES} bytes`],
  ])('is refused where the command %s', async (_how, command, complaint) => {
    const fault = await faultOf(leadsOf(command));
    expect(fault.fault).toBe('refused');
    expect(fault.message).toContain(complaint);
  });

  it('says in one line what the model said last, and no more of it', async () => {
    const fault = await faultOf(
      leadsOf('yes a | head -c 5000 >&2; printf "\\033[31mbad\\nend" >&2; exit 1'),
    );
    expect(fault.message).toMatch(/bad end$/);
    expect(fault.message).not.toMatch(/\p{C}/u);
    expect(fault.message.length).toBeLessThan(2_200);
  });

  it('kills what hangs when the deadline comes, with all that it started', async () => {
    const pids = join(folder, 'pids');
    const clock = handClock();
    const answer = faultOf(
      lastValueFrom(
        minerModel({ model: `sleep 600 & echo $! > "${pids}"; sleep 600`, clock })(
          QUESTION,
          asker(9),
        ),
      ),
    );
    const pid = await started(pids);
    clock.ring();

    expect(clock.rings).toEqual([9]);
    expect((await answer).message).toContain('not done by the deadline');
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it('kills it too when nobody waits any more', async () => {
    const pids = join(folder, 'left');
    const model = `sleep 600 & echo $! > "${pids}"; sleep 600`;
    const waiting = minerModel({ model, clock: handClock() })(QUESTION, asker(9)).subscribe();
    const pid = await started(pids);
    waiting.unsubscribe();
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it('refuses to be made of a module that is not there', () => {
    expect(() => minerModel({ model: './no-such.mjs', clock: handClock() })).toThrow(WorldError);
  });
});

describe('validatorModel', () => {
  it('gives the model what it audits, and looks for duplicates outside the sample itself', async () => {
    const seen = join(folder, 'seen.json');
    const model = await module(
      `import { writeFileSync } from 'node:fs';
       export const validator = (question) => {
         writeFileSync(${JSON.stringify(seen)}, JSON.stringify(question));
         return [{ verdict: 'pass', reasons: [] }, { verdict: 'fail', reasons: ['bad_email', 'checker_offline'] }];
       };`,
    );
    expect(await verdictsOf(model)).toEqual([
      PASS,
      PASS,
      because('duplicate_email'),
      both(because('bad_email'), because('checker_offline')),
    ]);
    expect(JSON.parse(await readFile(seen, 'utf8'))).toEqual({
      want: { num_leads: 2, industry: 'Tech & AI', region: 'DE' },
      leads: LEADS,
      sample: [1, 3],
    });
  });

  it.each([
    ['too few', '[{"verdict":"pass","reasons":[]}]', '1 verdicts; allowed: 2'],
    ['no list', '{"verdict":"pass"}', 'an array of verdicts'],
    ['a fail without a reason', '[{"verdict":"fail"},{"verdict":"pass"}]', 'verdicts[0]'],
    [
      'a pass with a reason',
      '[{"verdict":"pass"},{"verdict":"pass","reasons":["too_long"]}]',
      'verdicts[1]',
    ],
    [
      'a reason of its own',
      '[{"verdict":"fail","reasons":["ugly"]},{"verdict":"pass"}]',
      'verdicts[0]',
    ],
    [
      'an inherited verdict',
      '[{"__proto__":{"verdict":"pass"}},{"verdict":"pass"}]',
      'verdicts[0]',
    ],
    ['nothing', '[null,null]', 'verdicts[0]: null'],
  ])('is refused where the model gives %s', async (_how, answer, complaint) => {
    const fault = await faultOf(verdictsOf(`echo '${answer}'`));
    expect(fault.fault).toBe('refused');
    expect(fault.message).toContain(complaint);
  });
});

describe('inTurn', () => {
  it('does one at a time, in order, and lets those go who no longer wait', () => {
    const turns = inTurn();
    const order: string[] = [];
    const named = (name: string): Observable<never> => turns(watched(name, order));
    const [a, b] = [named('a').subscribe(), named('b').subscribe()];
    const c = named('c').subscribe();
    expect(order).toEqual(['a']);
    b.unsubscribe();
    a.unsubscribe();
    expect(order).toEqual(['a', 'end of a', 'c']);
    c.unsubscribe();
    expect(order).toEqual(['a', 'end of a', 'c', 'end of c']);
  });

  it('goes on after those that answer at once, and refuses when too many wait', () => {
    const turns = inTurn();
    const answers: unknown[] = [];
    turns(of(1)).subscribe((answer) => answers.push(answer));
    const first = turns(NEVER).subscribe();
    for (let count = 0; count < MAX_WAITING; count++) {
      turns(of(2)).subscribe((answer) => answers.push(answer));
    }
    turns(of(3)).subscribe({ error: (error: unknown) => answers.push(error) });
    expect(answers).toEqual([1, expect.any(ServiceFault)]);

    first.unsubscribe();
    expect(answers).toHaveLength(2 + MAX_WAITING);
  });
});

const node = `"${process.execPath}"`;
const QUESTION: Services['source']['input'] = {
  query: 'q' as QueryId,
  attempt: 1,
  want: { leads: 2, industry: 'Tech & AI', region: 'DE' },
};
const LEADS = ['A@b.example', 'c@d.example', ' a@B.example', 'e@f.example'].map((email) => ({
  'Owner(s) Email': email,
}));
const BATCH = {
  query: { want: QUESTION.want },
  leads: packLeads(
    LEADS,
    LEADS.map(() => new Uint8Array(16)),
  ),
} as unknown as Batch;

let modules = 0;
async function module(source: string): Promise<string> {
  const path = join(folder, `model ${modules++}.mjs`);
  await writeFile(path, source);
  return path;
}

const leadsOf = (model: string): Promise<unknown> =>
  lastValueFrom(minerModel({ model, clock: handClock() })(QUESTION, asker(1)));

const verdictsOf = (model: string): Promise<unknown> =>
  lastValueFrom(
    validatorModel({ model, clock: handClock() })(
      { batch: BATCH, sample: [1, 3], block: 0 as Reply<'audit'>['input']['block'] },
      asker(1),
    ),
  );

async function faultOf(answer: Promise<unknown>): Promise<ServiceFault> {
  const error: unknown = await answer.then(
    (value) => expect.fail(`it answered ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ServiceFault);
  return error as ServiceFault;
}

const asker = (by: number): Asker => ({
  self: addressOf('miner', '5M' as Hotkey),
  by: by as Instant,
  random: randomFrom('model'),
});

/** A clock whose alarms ring when the test says so. */
function handClock(): Clock & { ring(): void; readonly rings: number[] } {
  const alarms: (() => void)[] = [];
  const rings: number[] = [];
  return {
    rings,
    now: () => 0 as Instant,
    at: (instant, task) => {
      rings.push(instant);
      alarms.push(task);
      return () => undefined;
    },
    ring: () => {
      for (const task of alarms) task();
    },
  };
}

/** The process id that a command wrote into a file once it was running. */
async function started(path: string): Promise<number> {
  await expect
    .poll(async () => Number(await readFile(path, 'utf8').catch(() => '0')))
    .toBeGreaterThan(0);
  return Number(await readFile(path, 'utf8'));
}

/** A process that was killed may stay in the table for as long as nobody asks how it ended. */
const isAlive = (pid: number): boolean =>
  /^[^Z]/.test(
    spawnSync('ps', ['-o', 'stat=', '-p', `${pid}`])
      .stdout.toString()
      .trim(),
  );

const watched = (name: string, order: string[]): Observable<never> =>
  new Observable(() => {
    order.push(name);
    return () => order.push(`end of ${name}`);
  });
