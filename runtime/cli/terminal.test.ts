/**
 * What a person at a terminal sees of `leadpoet buy`: in a real pseudo-terminal of 60 columns. Without
 * tmux these tests are skipped; `.ci/run` installs it where it may.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Fleet, type Started } from '../testing/fleet.ts';
import { hasTerminal, TerminalScreen } from './testing/screen.ts';

/** Three nodes start on a machine that may have much else to do. */
const START_TIME = 300_000;
const TEST_TIME = 300_000;

describe.skipIf(!hasTerminal())('leadpoet buy at a terminal', { timeout: TEST_TIME }, () => {
  it('explains wrong answers and asks again, and leaves by Ctrl-C as if it had not been', async () => {
    const screen = buying();
    await screen.shows('How many leads? 1 to 100');
    for (const [answer, told] of [
      ['0', '0 is not it: a whole number, 1 to 100'],
      ['101', '101 is not it: a whole number, 1 to 100'],
      ['ten', '"ten" is not it: a whole number'],
    ] as const) {
      screen.press(answer, 'Enter');
      await screen.shows(told);
      screen.press('C-u');
    }
    screen.press('5', 'Enter');
    await screen.shows('Of which industry?');
    screen.press('Down', 'Down', 'Enter');
    expect(await screen.shows('Of which region')).toContain('│  Finance & Fintech\n');
    screen.press('x'.repeat(65), 'Enter');
    await screen.shows('is not it: 1 to 64 characters');
    screen.press('C-c');
    await left(screen, 130, 'nothing was asked of anybody');
  });

  it('is no question without an end: where the input ends it says what is missing', async () => {
    const screen = buying();
    await screen.shows('How many leads?');
    screen.press('C-d');
    const text = await left(screen, 2, 'nothing was asked of anybody');
    expect(unwrapped(text)).toContain(
      '--num-leads is missing: the input has ended; allowed: a whole',
    );
  });

  it('asks nothing where a flag is wrong', async () => {
    await left(buying('--industry', 'Tech'), 2, '--industry is "Tech"');
  });
});

describe.skipIf(!hasTerminal())('a query at a terminal', { timeout: TEST_TIME }, () => {
  const fleet = new Fleet(NET);
  const nodes = new Map<string, Started>();

  beforeAll(async () => {
    for (const role of ['miner', 'validator', 'pool']) nodes.set(role, fleet.start(role, 'n1'));
    await Promise.all([...nodes.values()].map((node) => node.says('has standing')));
  }, START_TIME);
  afterAll(async () => {
    nodes.get('miner')?.signal('SIGCONT');
    await fleet.sweep();
  });

  it('is watched, left by Ctrl-C, and gone on with; leads are read at 60 columns', async () => {
    // Nobody answers, for as long as it takes to look.
    nodes.get('miner')?.signal('SIGSTOP');
    const waiting = buying('--num-leads', '2', '--no-ask');
    const seen = await waiting.shows('1 miner asked, 1 validator to judge');
    expect(seen).toMatch(/miners have \d:\d\d left, the answer comes within \d:\d\d/);
    waiting.press('C-c');
    const told = unwrapped(await left(waiting, 130, 'the query goes on'));
    expect(told).toContain('leadpoet buy --num-leads 2 --no-ask --mock');
    expect(told).not.toContain('miner asked');
    nodes.get('miner')?.signal('SIGCONT');

    const again = buying('--num-leads', '2', '--no-ask');
    const text = await left(again, 0, '2 of 2 leads delivered');
    expect(text).toMatch(/# 1\n +business \S/);
    expect(text).toMatch(/e-mail\s+\S+@\S+\.example\.com$/m);
    expect(text).toMatch(/rate them, 1 to 10: leadpoet rate/);
  });

  it('ends in leads, and in being asked how good they are', async () => {
    const screen = buying();
    for (const question of ['How many', 'industry', 'region']) {
      await screen.shows(question);
      screen.press(...(question === 'How many' ? ['1'] : []), 'Enter');
    }
    await screen.shows('How good are they, 1 to 10?');
    screen.press('11', 'Enter');
    await screen.shows('"11" is not it: a whole number, 1 to 10');
    screen.press('C-u');
    screen.press('9', 'Enter');
    await left(screen, 0, 'rated: 2 of 2 have it');
  });
});

const NET = mkdtempSync(join(tmpdir(), 'leadpoet-terminal-'));
const open: TerminalScreen[] = [];
afterEach(() => {
  for (const screen of open.splice(0)) screen.close();
});
afterAll(() => rmSync(NET, { recursive: true, force: true }));

function buying(...args: readonly string[]): TerminalScreen {
  const where = ['--mock', '--data-dir', NET, '--wallet.hotkey', 'b1'];
  const screen = new TerminalScreen({ columns: 60, rows: 24 }, ['buy', ...where, ...args]);
  open.push(screen);
  return screen;
}

/** Once it has ended, having said this: gives back all that it has shown. The terminal is as it was. */
async function left(screen: TerminalScreen, code: number, said: string): Promise<string> {
  const text = await screen.shows('left with');
  expect(unwrapped(text)).toContain(said);
  expect(text).toContain(`left with ${code}, raw modes: 0`);
  expect(screen.hasCursor()).toBe(true);
  return text;
}

/** Lines that the screen has broken, as one. */
const unwrapped = (text: string): string => text.replaceAll('\n', '');
