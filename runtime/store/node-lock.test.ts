import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lockNode, NodeRuns } from './node-lock.ts';

describe('the lock of a node', () => {
  it('is had by one at a time, and by the next once it is given back', () => {
    const dir = join(DIRECTORY, 'twice');
    const first = lockNode(dir);
    expect(() => lockNode(dir)).toThrow(
      `a node of this hotkey runs already as process ${process.pid}, in ${dir}; stop that one first`,
    );
    expect(() => lockNode(dir)).toThrow(NodeRuns);
    expect(() => lockNode(join(DIRECTORY, 'another')).release()).not.toThrow();
    first.release();
    lockNode(dir).release();
  });

  it('is free again once the process that had it was killed', async () => {
    const dir = join(DIRECTORY, 'killed');
    const script = `
      import { lockNode, NodeRuns } from '${new URL('./node-lock.ts', import.meta.url).href}';
      globalThis.lock = lockNode(process.argv[1]);
      process.stdout.write('locked');
      setInterval(() => {}, 1000);`;
    const args = ['--input-type=module', '--eval', script, dir];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(child.stdout, 'data');
      expect(() => lockNode(dir)).toThrow(`runs already as process ${child.pid}, in ${dir}`);
    } finally {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    lockNode(dir).release();
  });

  it('says what is wrong with a directory that is none', () => {
    const file = join(DIRECTORY, 'file');
    writeFileSync(file, '');
    expect(() => lockNode(file)).toThrow(`${file} cannot be used: `);
  });
});

const DIRECTORY = mkdtempSync(join(tmpdir(), 'leadpoet-lock-'));
afterAll(() => rmSync(DIRECTORY, { recursive: true }));
