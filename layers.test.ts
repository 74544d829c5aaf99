/**
 * The shape of the code, held by reading the sources.
 *
 *     bench ──▶ sim ──▶ runtime ──▶ actors ──▶ protocols
 *
 * A file imports from its own folder and from those to the right of it. Every package has one home.
 * The two pure folders know no clock, chance, promise or I/O. No file is an orphan.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'rolldown/parseAst';
import { describe, expect, it } from 'vitest';

const ROOT = dirname(fileURLToPath(import.meta.url));

/** From left to right: a folder may import from those at its place and after. */
const LINE = ['bench', 'sim', 'runtime', 'actors', 'protocols'] as const;
const PURE = ['actors', 'protocols'] as const;

/** Pure, synchronous packages that `protocols/` may use. */
const PURE_PACKAGES = ['cborg', 'typebox', 'tldts', 'disposable-email-domains-js'];

/** Where each other package lives, so that a reader greps once. `bench/` may use everything. */
const HOMES: Readonly<Record<string, RegExp>> = {
  rxjs: /^(runtime|sim)\//,
  piscina: /^(runtime\/services\/workers|sim\/(cell-threads\.process|findings|lots))\.ts$/,
  'pure-rand': /^runtime\/random\.ts$/,
  'csv-parse': /^runtime\/csv-rows\.ts$/,
  'csv-stringify': /^runtime\/export\/csv\.ts$/,
  '@commander-js/extra-typings':
    /^(runtime\/cli\/(program|examples|manual(\.test)?|completion|command-line|(node|wallet|chain)-flags|commands\/[a-z-]+)|sim\/program)\.ts$/,
  typebox: /^runtime\//,
  'smol-toml': /^(sim\/scenario-file|runtime\/toml-file)\.ts$/,
  hyparquet: /^sim\/report\/parquet\.ts$/,
  'hyparquet-writer': /^sim\/report\/parquet\.ts$/,
  vega: /^sim\/report\/plots\.ts$/,
  'vega-lite': /^sim\/report\/plots\.ts$/,
  bullmq: /^sim\/distribute\.ts$/,
  ioredis: /^sim\/distribute\.ts$/,
  'ipaddr.js': /^runtime\/(verifiers\/addresses|chain\/subtensor\/axon)\.ts$/,
  '@polkadot/api': /^runtime\/chain\/subtensor\/(session|calls)\.ts$/,
  undici: /^runtime\/verifiers\/http-call\.ts$/,
  '@polkadot/util-crypto': /^runtime\/(identity\/sr25519|wallet\/nacl-seal)\.ts$/,
  cborg: /^runtime\/transport\/frames\.ts$/,
  'uint8-varint': /^runtime\/transport\/framing\.ts$/,
  libp2p: /^runtime\/transport\/node\.ts$/,
  '@chainsafe/libp2p-noise': /^runtime\/transport\/node\.ts$/,
  '@libp2p/crypto': /^runtime\/transport\/node\.ts$/,
  '@libp2p/interface': /^runtime\/transport\//,
  '@libp2p/peer-id': /^runtime\/transport\/node\.ts$/,
  '@libp2p/tcp': /^runtime\/transport\/node\.ts$/,
  '@libp2p/yamux': /^runtime\/transport\/seldom-granting\.ts$/,
  '@multiformats/multiaddr': /^runtime\/transport\/node\.ts$/,
  fastify: /^runtime\/((health|loopback|problem)\.ts$|http\/|dashboard\/)/,
  '@fastify/cookie': /^runtime\/http\/server\.ts$/,
  '@fastify/rate-limit': /^runtime\/http\/(server|limits)\.ts$/,
  '@fastify/swagger': /^runtime\/http\/(server|docs)\.ts$/,
  '@fastify/swagger-ui': /^runtime\/http\/docs\.ts$/,
  '@fastify/type-provider-typebox': /^runtime\/http\/(server|schemas|docs)\.ts$/,
  'prom-client': /^runtime\/metrics\.ts$/,
  pino: /^runtime\/logs\.ts$/,
  '@bomb.sh/tab': /^runtime\/cli\/completion\.ts$/,
  '@clack/prompts': /^runtime\/cli\/(passwords|consent|buyer-questions|prompts)\.ts$/,
  comlink: /^sim\/session(\.worker)?\.ts$/,
};

/** What a pure file must not say. */
const IMPURE = new Set(
  `Date Promise performance process fetch crypto globalThis setTimeout setInterval setImmediate
   queueMicrotask console require`.split(/\s+/),
);

/** There before anyone uses it: nobody sends canaries yet. */
const AHEAD = ['protocols/rules/canary.ts'];

/** Started by something other than an import: by the bin, by a script, as a worker, as a child. */
const ENTRIES = [
  'runtime/cli/main.ts',
  'sim/cli.ts',
  'bench/bench.ts',
  'bench/collusion.ts',
  'runtime/services/audit.worker.ts',
  'runtime/services/collusion.worker.ts',
  'sim/session.worker.ts',
  'runtime/sources/model-runner.ts',
  'sim/cell-threads.process.ts',
  'sim/experiment.worker.ts',
  'sim/looks.worker.ts',
];

describe('the layers', () => {
  it('have sources to read', () => {
    for (const folder of LINE) {
      expect(sources.filter(({ file }) => file.startsWith(`${folder}/`)).length).toBeGreaterThan(2);
    }
  });

  it('import along the line and never back', () => {
    const wrong = ours.flatMap(({ file, imports }) =>
      imports
        .filter(isRelative)
        .map((name) => resolve(file, name))
        .filter((target) => rank(target) < rank(file))
        .map((target) => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('give every package one home', () => {
    const wrong = shipped.flatMap(({ file, imports }) =>
      imports
        .filter((name) => !isRelative(name) && !name.startsWith('node:'))
        .map(packageOf)
        .filter((name) => !mayUse(file, name))
        .map((name) => `${file} uses ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keep node out of the pure folders, but for one hash and one way of pressing', () => {
    const wrong = pure.flatMap(({ file, imports }) =>
      imports.filter((name) => name.startsWith('node:')).map((name) => `${file} uses ${name}`),
    );
    // Both are functions of their input alone.
    expect(wrong).toEqual([
      'protocols/deflate.ts uses node:zlib',
      'protocols/hash.ts uses node:crypto',
    ]);
    expect(sourceOf('protocols/hash.ts')).toContain("import { hash as hashOf } from 'node:crypto'");
  });

  it('keep clocks, chance, promises and classes out of the pure folders', () => {
    const wrong = pure.flatMap(({ file, ast }) =>
      impurities(ast).map((what) => `${file}: ${what}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keep `--help` light: the bin reaches no package but the parser before a command runs', () => {
    const packages = new Set<string>();
    const seen = new Set<string>();
    const queue = ['runtime/cli/main.ts'];
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      for (const name of staticImportsOf(byFile.get(file)?.ast)) {
        if (isRelative(name)) queue.push(resolve(file, name));
        else if (!name.startsWith('node:')) packages.add(name);
      }
    }
    expect([...packages]).toEqual(['@commander-js/extra-typings']);
  });

  it('load @polkadot when a live key or chain asks for it: never with a file, in the demo or in `sim`', () => {
    const isPolkadot = (name: string): boolean => name.startsWith('@polkadot/');
    const loadedWithFile = shipped
      .filter(({ ast }) => staticImportsOf(ast).some(isPolkadot))
      .map(({ file }) => file);
    expect(loadedWithFile).toEqual([]);

    const loading = (from: string): readonly string[] =>
      reachedFrom(from).filter((file) => byFile.get(file)?.imports.some(isPolkadot));
    expect(loading('sim/cli.ts')).toEqual([]);
    expect(loading('runtime/cli/demo.ts')).toEqual([]);
    expect(loading('runtime/cli/wallet-create.ts')).toContain('runtime/identity/sr25519.ts');
  });

  it('leave no orphans', () => {
    const reached = new Set<string>(ENTRIES);
    const queue = [...ENTRIES, ...tests.map(({ file }) => file)];
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      const fromTest = isTest(file);
      for (const name of byFile.get(file)?.imports.filter(isRelative) ?? []) {
        const target = resolve(file, name);
        // What only a test imports is an orphan, unless it is there for tests.
        if (reached.has(target) || (fromTest && !isForTests(target))) continue;
        reached.add(target);
        queue.push(target);
      }
    }
    // `bench.ts` runs whatever stands beside it.
    const orphans = shipped
      .map(({ file }) => file)
      .filter((file) => !file.startsWith('bench/') && !reached.has(file));
    expect(orphans).toEqual(AHEAD);
  });
});

describe('the reading itself', () => {
  it('sees every form of import', () => {
    const text = `
      import a from './a.ts'; import type { B } from './b.ts'; export * from './c.ts';
      export { d } from './d.ts'; type E = import('./e.ts').E; const f = () => import('./f.ts');`;
    expect(importsOf(parse(text)).toSorted()).toEqual(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `./${name}.ts`),
    );
  });

  it('sees what is impure', () => {
    const of = (text: string) => impurities(parse(text));
    expect(of('const now = Date.now();')).toEqual(['Date']);
    expect(of('const x = Math.random();')).toEqual(['Math.random']);
    expect(of('async function f() { await g(); }')).toEqual(['async', 'await']);
    expect(of('class A {}')).toEqual(['class']);
    expect(of('Math.pow(2, 3); Math.exp(1);')).toEqual(['Math.pow', 'Math.exp']);
    expect(of('const a = { Date: 1 }; a.process;')).toEqual([]);
  });
});

interface Source {
  readonly file: string;
  readonly ast: unknown;
  readonly imports: readonly string[];
}
type Node = Readonly<Record<string, unknown>> & { readonly type: string };

const parse = (text: string): unknown => parseAst(text, { lang: 'ts' });
const sourceOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

const sources: readonly Source[] = [...LINE, '.'].flatMap(filesIn).map((file) => {
  const ast = parse(sourceOf(file));
  return { file, ast, imports: importsOf(ast) };
});
const byFile = new Map(sources.map((source) => [source.file, source]));
const ours = sources.filter(({ file }) => file.includes('/'));
const tests = sources.filter(({ file }) => isTest(file));
const shipped = ours.filter(({ file }) => !isTest(file) && !isForTests(file));
const pure = shipped.filter(({ file }) => PURE.some((folder) => file.startsWith(`${folder}/`)));

/** All files that one may come to load, also those that are imported when they are needed. */
function reachedFrom(from: string): readonly string[] {
  const seen = new Set([from]);
  for (const file of seen) {
    for (const name of byFile.get(file)?.imports.filter(isRelative) ?? []) {
      seen.add(resolve(file, name));
    }
  }
  return [...seen];
}

function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: folder !== '.', withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
}

/** Each node of a tree, parents first. */
function* nodes(tree: unknown): Generator<Node> {
  if (typeof tree !== 'object' || tree === null) return;
  if ('type' in tree && typeof tree.type === 'string') yield tree as Node;
  for (const child of Object.values(tree)) yield* nodes(child);
}

function importsOf(ast: unknown): string[] {
  return [...nodes(ast)].flatMap((node) => {
    const source = node['source'] as Node | undefined | null;
    return /^(Import|Export)/.test(node.type) || node.type === 'TSImportType'
      ? literal(source ?? node['argument'])
      : [];
  });
}

/** What is loaded with a file: neither what is imported when it is needed, nor types. */
function staticImportsOf(ast: unknown): string[] {
  return [...nodes(ast)].flatMap((node) => {
    const isStatic = /^(ImportDeclaration|Export(Named|All)Declaration)$/.test(node.type);
    const isType = node['importKind'] === 'type' || node['exportKind'] === 'type';
    return isStatic && !isType ? literal(node['source']) : [];
  });
}

function literal(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const value =
    (node as Node)['value'] ?? ((node as Node)['literal'] as Node | undefined)?.['value'];
  return typeof value === 'string' ? [value] : [];
}

/** Formulas whose last bit the engine may choose. */
const INEXACT = new Set(['random', 'pow', 'exp', 'log', 'log2', 'log10', 'sin', 'cos', 'tan']);

function impurities(ast: unknown): string[] {
  const named = new Set<unknown>();
  const found: string[] = [];
  for (const node of nodes(ast)) {
    // A name after a dot or before a colon is no reference.
    if (node.type === 'MemberExpression' && node['computed'] === false) named.add(node['property']);
    if (/Property|Method|TSPropertySignature/.test(node.type)) named.add(node['key']);
    if (node.type === 'MemberExpression') {
      const object = node['object'] as Node;
      const property = String((node['property'] as Node)['name']);
      if (object['name'] === 'Math' && INEXACT.has(property)) found.push(`Math.${property}`);
    }
    if (node.type === 'Identifier' && !named.has(node) && IMPURE.has(String(node['name']))) {
      found.push(String(node['name']));
    }
    if (node['async'] === true) found.push('async');
    if (node.type === 'AwaitExpression') found.push('await');
    if (/^Class(Declaration|Expression)$/.test(node.type)) found.push('class');
  }
  return found;
}

const isRelative = (name: string): boolean => name.startsWith('.');
const resolve = (file: string, name: string): string => normalize(join(dirname(file), name));
const rank = (file: string): number =>
  (LINE as readonly string[]).indexOf(file.slice(0, file.indexOf('/')));
const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

function mayUse(file: string, name: string): boolean {
  if (file.startsWith('bench/')) return true;
  if (file.startsWith('protocols/') && PURE_PACKAGES.includes(name)) return true;
  return HOMES[name]?.test(file) ?? false;
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts');
}
function isForTests(file: string): boolean {
  return /(\.contract|arbitraries)\.ts$/.test(file) || /\/testing\//.test(file);
}
