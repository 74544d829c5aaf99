/**
 * The API's description, as who writes a client takes it: from a running server, checked against OpenAPI
 * itself and against the contract, and made into a typed client that compiles and buys leads.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TROUBLES } from './problem.ts';
import { ask, Stand, type Serving } from './testing/stand.ts';

/** What comes over a slow line is some 30 MB. */
const INSTALLING = 300_000;

/** `contract.md`, line by line; 404 and 405 are of no path. */
const CONTRACT = [
  ['post', '/generate_leads', [200, 400, 401, 402, 403, 409, 413, 415, 429, 503, 504]],
  ['post', '/feedback', [204, 400, 401, 403, 409, 413, 415, 422, 429]],
  ['get', '/pool', [200, 401, 403, 429]],
  ['get', '/healthz', [200, 503]],
  ['get', '/readyz', [200, 503]],
  ['get', '/metrics', [200, 401]],
  ['get', '/openapi.json', [200]],
] as const;

describe('the OpenAPI document', () => {
  const stand = new Stand();
  let serving: Serving;
  /** The same desk, for who asks once a minute. */
  let strict: Serving;
  let text: string;
  let document: Document;

  beforeAll(async () => {
    const buyer = await stand.start('buyer', 'b1');
    serving = await stand.serve(buyer);
    strict = await stand.serve(buyer, {
      desk: serving.desk,
      rates: { queries: 1, requests: 1_000 },
    });
    ({ text } = await ask(`${serving.url}/openapi.json`));
    document = JSON.parse(text) as Document;
  });
  afterAll(() => stand.close());

  it('is one, of 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(JSON.parse(text) as Record<string, unknown>);
    expect({ valid, errors, version: validator.version }).toMatchObject({
      valid: true,
      version: '3.1',
    });
  });

  it.each(CONTRACT)('has %s %s with each status of the contract', (method, path, statuses) => {
    const operation = document.paths[path]?.[method];
    const described = Object.keys(operation?.responses ?? {});
    expect(described).toEqual(expect.arrayContaining(statuses.map(String)));
  });

  it('shows what each problem looks like, and a body of each route', () => {
    const problems = [...responsesIn(document)].flatMap(({ content = {} }) =>
      Object.values(content['application/problem+json']?.examples ?? {}),
    );
    const shown = problems.map(({ value }) => ({ status: value.status, title: value.title }));
    for (const { status, title } of Object.values(TROUBLES)) {
      expect(shown).toContainEqual({ status, title });
    }
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const { requestBody, responses } of Object.values(operations)) {
        const json = responses['200']?.content?.['application/json'];
        if (json !== undefined) expect([path, json.example]).toEqual([path, expect.anything()]);
        const body = requestBody?.content['application/json'];
        if (requestBody !== undefined) expect([path, body?.example]).not.toEqual([path, undefined]);
      }
    }
  });

  it(
    'becomes a client that compiles strictly, gets leads, and is refused by type',
    async ({ skip }) => {
      const dir = join(stand.dir, 'client');
      mkdirSync(dir);
      const nodes = Promise.all(
        (['miner', 'validator', 'pool'] as const).map((role) => stand.start(role, `${role}1`)),
      );
      const why = await install(dir);
      await nodes;
      if (why !== undefined) return skip(why);

      writeFileSync(join(dir, 'document.json'), text);
      writeFileSync(join(dir, 'client.ts'), CLIENT);
      writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify(TSCONFIG));
      await run(dir, 'node_modules/openapi-typescript/bin/cli.js', 'document.json', '-o', 'api.ts');
      await run(dir, 'node_modules/typescript/bin/tsc', '-p', '.');

      for (const role of ['miner', 'validator', 'pool'] as const) {
        await stand.hasStanding(serving.node, role);
      }
      const said = JSON.parse(await run(dir, 'client.js', serving.url, strict.url)) as unknown;
      expect(said).toEqual({
        leads: 3,
        repeated: true,
        rated: 204,
        file: expect.stringContaining('Business,'),
        field: { status: 400, field: 'num_leads', allowed: 'a whole number, 1 to 100' },
        often: { status: 429, title: 'Too many requests', retry_after: expect.any(Number) },
      });
    },
    INSTALLING,
  );
});

interface Media {
  readonly example?: unknown;
  readonly examples?: Readonly<
    Record<string, { readonly value: { status: number; title: string } }>
  >;
}
interface Described {
  readonly content?: Readonly<Record<string, Media>>;
}
interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Described>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Readonly<Record<string, Described>> };
}

function* responsesIn({ paths, components }: Document): Generator<Described> {
  for (const operations of Object.values(paths)) {
    for (const { responses } of Object.values(operations)) yield* Object.values(responses);
  }
  yield* Object.values(components.responses);
}

const execute = promisify(execFile);

async function run(cwd: string, script: string, ...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute(process.execPath, [script, ...args], { cwd });
    return stdout;
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    throw new Error(`${script} failed:\n${stdout}${stderr}`, { cause });
  }
}

/** Types from the document, and `fetch` that knows them; the compiler is the one that these ask for. */
const PACKAGES = ['openapi-typescript@7.13.0', 'openapi-fetch@0.17.0', 'typescript@5.9.3'];
/** What npm says where nobody answers, or who answers has nothing for it. */
const UNREACHED =
  /\b(?:E(?:NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|HOSTUNREACH|NETUNREACH|401|403|407|5\d\d)|ERR_SOCKET_TIMEOUT|FETCH_ERROR|ENOTCACHED)\b/;

/** Undefined once they are there; else why they cannot be had here. */
async function install(cwd: string): Promise<string | undefined> {
  writeFileSync(join(cwd, 'package.json'), '{ "private": true, "type": "module" }');
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  const patience = ['--fetch-retries=1', '--fetch-timeout=30000'];
  try {
    await execute('npm', ['install', ...flags, ...patience, ...PACKAGES], { cwd });
    return undefined;
  } catch (cause) {
    const { stderr = '', code } = cause as { stderr?: string; code?: unknown };
    if (code === 'ENOENT') return 'npm is not here';
    const [found] = UNREACHED.exec(stderr) ?? [];
    if (found === undefined) throw cause;
    return `the registry of packages is not reached: ${found}`;
  }
}

const TSCONFIG = {
  compilerOptions: {
    target: 'ES2023',
    module: 'NodeNext',
    lib: ['ES2023', 'DOM'],
    types: [],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noUnusedLocals: true,
  },
};

/** What a user writes; what must not compile is marked, and an unused mark is a mistake as well. */
const CLIENT = `
import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';

declare const process: { argv: string[] };
const [, , open = '', strict = ''] = process.argv;
type Problem = components['schemas']['Problem'];

const at = (baseUrl: string) =>
  createClient<paths, 'application/json' | 'application/problem+json'>({ baseUrl });
const refused = (problem: Problem | undefined): Problem => {
  if (problem === undefined) throw new Error('it was to be refused');
  return problem;
};

const api = at(open);
const question = {
  body: { num_leads: 3, industry: 'Tech & AI' as const },
  params: { header: { 'idempotency-key': 'a name of my own'.replaceAll(' ', '-') } },
};
const { data, error } = await api.POST('/generate_leads', question);
if (data === undefined) throw new Error(error.title + ': ' + error.detail);
const emails: string[] = data.leads.map((lead) => lead['Owner(s) Email']);
const again = await api.POST('/generate_leads', question);

const { response: rated } = await api.POST('/feedback', {
  body: { query_id: data.query_id, rating: 9 },
});
const file = await api.GET('/queries/{query_id}/leads', {
  params: { path: { query_id: data.query_id }, query: { format: 'csv' } },
  parseAs: 'text',
});

const wrong = refused((await api.POST('/generate_leads', { body: { num_leads: 101 } })).error);
// @ts-expect-error: of five industries, this is none
await at('http://127.0.0.1:1').POST('/generate_leads', { body: { num_leads: 1, industry: 'Mining' } }).catch(() => 0);
// @ts-expect-error: a lead has nine fields, and this is none of them
data.leads.map((lead) => lead.Phone);

await at(strict).POST('/generate_leads', { body: { num_leads: 0 } });
const often = refused((await at(strict).POST('/generate_leads', { body: { num_leads: 0 } })).error);

console.log(
  JSON.stringify({
    leads: emails.length,
    repeated: again.data?.query_id === data.query_id,
    rated: rated.status,
    file: file.data,
    field: { status: wrong.status, field: wrong.field, allowed: wrong.allowed },
    often: { status: often.status, title: often.title, retry_after: often.retry_after },
  }),
);
`;
