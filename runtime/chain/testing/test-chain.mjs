#!/usr/bin/env node
/**
 * `npm run test:chain`: the tests that need a real Subtensor runtime.
 *
 *     npm run test:chain -- --spec FILE        or SUBTENSOR_SPEC=FILE npm run test:chain
 *
 * The chain specification is not ours to hand on; runtime 293 of opentensor/subtensor is known to
 * work. What runs it (250 MB) is installed on the first run, beside the other packages and apart
 * from what is shipped. Without a specification it says that nothing was tested, and why.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../..');
const { values, positionals } = parseArgs({
  options: { spec: { type: 'string' } },
  allowPositionals: true,
});
const spec = values.spec ?? process.env.SUBTENSOR_SPEC;
if (spec === undefined || !existsSync(spec)) {
  const why = spec === undefined ? 'no chain specification was given' : `there is no file ${spec}`;
  console.error(`test:chain: skipped, for ${why}; give --spec FILE or SUBTENSOR_SPEC`);
  process.exit(0);
}

const place = join(root, 'node_modules/.cache/leadpoet-dev-chain');
mkdirSync(place, { recursive: true });
cpSync(join(here, 'dev-chain'), place, { recursive: true });
if (!existsSync(join(place, 'node_modules/@acala-network/chopsticks/package.json'))) {
  run(
    'npm',
    ['install', '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund'],
    place,
  );
}
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const files = positionals.length > 0 ? positionals : ['runtime/chain/subtensor.live.test.ts'];
run(process.execPath, [vitest, 'run', '--reporter=verbose', ...files], root, {
  DEV_CHAIN: place,
  SUBTENSOR_SPEC: resolve(spec),
});

function run(command, args, cwd, env = {}) {
  const { status } = spawnSync(command, args, {
    cwd,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (status !== 0) process.exit(status ?? 1);
}
