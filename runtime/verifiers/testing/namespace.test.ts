import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../../protocols/units.ts';
import { certificateFor } from './certificate.ts';
import {
  BLACK_HOLE,
  MAILS,
  PRIVATE,
  PUBLIC,
  TLS_VISITS,
  VISITS,
  type Report,
} from './hostile-cases.ts';
import { namespaceHere, runInNamespace } from './namespace.ts';

const SCRIPT = fileURLToPath(new URL('hostile-network.ts', import.meta.url));
/** It takes some 14 s where nothing else is done. */
const LONGEST = seconds(170);

const certificate = certificateFor('good.example.org');
const namespace = namespaceHere();
const reason = typeof namespace === 'string' ? namespace : 'the run gave nothing';

describe('the shipped looks, in a network of hosts that mean harm', () => {
  let report: Report | undefined;
  beforeAll(
    async () => {
      if (typeof namespace !== 'string') report = await look(namespace);
    },
    LONGEST + seconds(10),
  );

  it('find of each website what is so, and call no private server', (ctx) => {
    if (report === undefined) return ctx.skip(reason);
    expect(foundOf(report, VISITS)).toEqual(VISITS);
    expect(report.hits).toBe(0);
  });

  it('find of each domain whether it takes mail', (ctx) => {
    if (report === undefined) return ctx.skip(reason);
    expect(foundOf(report, MAILS)).toEqual(MAILS);
  });

  it('believe a certificate under its own name only', (ctx) => {
    if (report === undefined) return ctx.skip(reason);
    if (certificate === undefined) return ctx.skip('openssl is not here');
    expect(foundOf(report, TLS_VISITS)).toEqual(TLS_VISITS);
  });

  it('know by the control hosts whether the fault is their own', (ctx) => {
    if (report === undefined) return ctx.skip(reason);
    const expected = [
      ['names work', 'true'],
      ['the way out works', 'true'],
      ['no way out works', 'false'],
    ] as const;
    expect(foundOf(report, expected)).toEqual(expected);
  });

  it('hold less than 300 MB, the servers included', (ctx) => {
    if (report === undefined) return ctx.skip(reason);
    expect(report.peakMegabytes).toBeLessThan(300);
  });
});

async function look(inside: Exclude<typeof namespace, string>): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'leadpoet-network-'));
  const trusted = join(folder, 'cert.pem');
  writeFileSync(trusted, certificate?.cert ?? '');
  try {
    const printed = await runInNamespace(inside, SCRIPT, {
      addresses: [...PUBLIC, ...PRIVATE].filter((ip) => ip !== '127.0.0.1' && ip !== '::1'),
      blackHoles: [BLACK_HOLE],
      environment:
        certificate === undefined
          ? {}
          : {
              TEST_KEY: certificate.key,
              TEST_CERT: certificate.cert,
              NODE_EXTRA_CA_CERTS: trusted,
            },
      time: LONGEST,
    });
    return JSON.parse(printed) as Report;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The same cases with what was found of them. */
function foundOf(
  { found }: Report,
  cases: readonly (readonly [of: string, is: string])[],
): readonly (readonly [string, string | undefined])[] {
  return cases.map(([of]) => [of, found[of]?.is]);
}
