/**
 * Three servers for `bench/http.ts`, each a process of its own that ends with its parent.
 *
 *     ours   a buyer's node with one delivery, and the server of `leadpoet serve` before it
 *     bare   fastify alone: the same two answers, by the same schemas
 *     open   as ours, before anything was delivered, on a network that is told
 *
 * Told `cpu`, it says how much processor time it has had, in microseconds; told `waits`, how long each
 * query has waited for a block of the chain, in milliseconds; told `memory`, what is in use of it in
 * bytes, once all is collected that can be.
 */
import { rmSync } from 'node:fs';
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import fastify from 'fastify';
import { POOL_COUNTS, ANSWER, SHARED, WANT_BODY } from '../../runtime/http/schemas.ts';
import { keepYoungHeapSmall } from '../../runtime/collecting.ts';
import { ask, Stand } from '../../runtime/http/testing/stand.ts';

/** What the bench asks for, again and again. */
export const WANT = '{"num_leads":10}';
export const KEY = 'bench-0123456789';
/** Nobody is to be refused here. */
const RATES = { queries: 1_000_000_000, requests: 1_000_000_000 };

/** Its folder goes with this process, which is told to end and waits for nobody. */
function standing(): Stand {
  // As `leadpoet serve` does.
  keepYoungHeapSmall();
  const stand = new Stand();
  process.on('exit', () => rmSync(stand.dir, { recursive: true, force: true }));
  process.on('SIGTERM', () => process.exit(0));
  return stand;
}

/** What a server says once it listens. */
export interface Told {
  readonly port: number;
  readonly answer: string;
  readonly pool: string;
}

export async function openOurs(): Promise<Told> {
  const stand = standing();
  const buyer = await stand.start('buyer', 'b1');
  const roles = ['miner', 'validator', 'pool'] as const;
  const nodes = await Promise.all(roles.map((role) => stand.start(role, role)));
  const { server, url } = await stand.serve(buyer, { rates: RATES });
  for (const role of roles) await stand.hasStanding(buyer, role);
  const headers = { 'idempotency-key': KEY, 'content-type': 'application/json' };
  const { status, text } = await ask(`${url}/generate_leads`, {
    body: WANT,
    headers,
    method: 'POST',
  });
  if (status !== 200) throw new Error(`the query was to be answered: ${text}`);
  const { text: pool } = await ask(`${url}/pool`);
  // What is measured is a server, and not what stands behind it.
  for (const node of nodes) await node.close(0 as never);
  return { port: server.port, answer: text, pool };
}

/** By query: how long it waited for the block that draws. */
const waits = new Map<string, number>();

async function openOpen(): Promise<Told & { readonly dir: string }> {
  const stand = standing();
  const buyer = await stand.start('buyer', 'b1');
  const since = new Map<string, number>();
  buyer.host.observer.listen((happening) => {
    if (happening.is === 'asked' && happening.ask.ask === 'block') {
      since.set(happening.ask.input.about, performance.now());
    }
    if (happening.is !== 'replied' || happening.reply.service !== 'block') return;
    const { about } = happening.reply.input as { readonly about: string };
    waits.set(about, performance.now() - (since.get(about) ?? Number.NaN));
    since.delete(about);
  });
  const { server } = await stand.serve(buyer, { rates: RATES });
  return { port: server.port, answer: '', pool: '', dir: stand.dir };
}

function inUse(): number {
  for (let time = 0; time < 4; time++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

export async function openBare(answer: string, pool: string): Promise<Told> {
  const app = fastify();
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  for (const schema of SHARED) app.addSchema(schema);
  const [delivered, counts] = [JSON.parse(answer) as object, JSON.parse(pool) as object];
  const posting = { body: WANT_BODY, response: { 200: ANSWER } };
  app.post('/generate_leads', { schema: posting }, () => Promise.resolve(delivered));
  app.get('/pool', { schema: { response: { 200: POOL_COUNTS } } }, () => Promise.resolve(counts));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  if (typeof address !== 'object' || address === null) throw new Error('it listens');
  return { port: address.port, answer, pool };
}

if (process.send !== undefined) {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message: { is: string; answer?: string; pool?: string }) => {
    if (message.is === 'cpu') {
      const { user, system } = process.cpuUsage();
      return void process.send?.({ cpu: user + system });
    }
    if (message.is === 'waits') return void process.send?.(Object.fromEntries(waits));
    if (message.is === 'memory') return void process.send?.({ bytes: inUse() });
    const open =
      message.is === 'ours'
        ? openOurs()
        : message.is === 'open'
          ? openOpen()
          : openBare(message.answer ?? '', message.pool ?? '');
    open.then(
      (told) => process.send?.(told),
      (cause: unknown) => {
        console.error(cause);
        process.exit(1);
      },
    );
  });
}
