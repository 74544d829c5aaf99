/**
 * A mock subnet in this process, that grows as a test tells it to, and servers of buyers on it: real
 * nodes, real libp2p and real HTTP, on loopback alone.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { withStanding } from '../../../protocols/rules/eligibility.ts';
import { minutes } from '../../../protocols/units.ts';
import { nodeSettings } from '../../cli/node-settings.ts';
import { openMetrics } from '../../metrics.ts';
import { openNode, type LiveNode } from '../../node.ts';
import { until } from '../../until.ts';
import { Callers } from '../callers.ts';
import { Desk } from '../desk.ts';
import { RATES, type Rates } from '../limits.ts';
import { openServer, type Server, type ServerOptions } from '../server.ts';
import type { Charge } from '../charge.ts';

type Role = 'miner' | 'validator' | 'pool' | 'buyer';

/** Leads of people that nobody has yet; of the region NOWHERE such as no validator lets pass. */
const MODEL = `
let next = 0;
export default async function miner({ query: { num_leads, industry, region } }) {
  return Array.from({ length: num_leads }, () => {
    const name = 'a' + process.pid + 'n' + next++ + 't' + Date.now().toString(36);
    return {
      Business: 'Works ' + name,
      'Owner Full name': 'Ada Example',
      First: 'Ada',
      Last: 'Example',
      'Owner(s) Email': region === 'NOWHERE' ? 'nobody' : 'ada@' + name + '.example.com',
      LinkedIn: 'https://www.linkedin.com/in/ada-' + name,
      Website: 'https://' + name + '.example.com',
      Industry: industry ?? 'Tech & AI',
      Region: region ?? 'DE',
    };
  });
}`;

/** A server and what stands behind it. */
export interface Serving {
  readonly server: Server;
  readonly desk: Desk;
  readonly node: LiveNode;
  readonly url: string;
}

export class Stand {
  readonly dir: string = mkdtempSync(join(tmpdir(), 'leadpoet-http-'));
  readonly #closing: (() => Promise<unknown>)[] = [];

  /** Starts a node of the subnet; resolves once it runs. */
  async start(role: Role, hotkey: string, more: object = {}): Promise<LiveNode> {
    const model = join(this.dir, 'model.mjs');
    writeFileSync(model, MODEL);
    const options = {
      mock: true,
      dataDir: this.dir,
      'wallet.hotkey': hotkey,
      ...(role === 'miner' && { minerModel: model }),
      ...more,
    };
    const settings = nodeSettings(role, options, {});
    const node = await openNode({ settings, env: {}, say: () => undefined });
    await until(node.host.clock, minutes(1), () => node.running.status === 'live');
    // What was open goes on from the journal with nobody: nothing waits for it.
    this.#closing.push(() => node.close(0 as never));
    return node;
  }

  /** Resolves once somebody has standing in the role, as that node sees it. */
  async hasStanding({ host, chain }: LiveNode, role: Exclude<Role, 'buyer'>): Promise<void> {
    const has = (): boolean => withStanding(chain.view.latest, role).length > 0;
    if (!(await until(host.clock, minutes(2), has))) throw new Error(`no ${role} has standing`);
  }

  /** A desk at a buyer's node, and a server of it. */
  async serve(
    node: LiveNode,
    {
      desk = new Desk(node),
      ...options
    }: Partial<ServerOptions> & { readonly charge?: Charge } = {},
  ): Promise<Serving> {
    const { host } = node;
    const server = await openServer({
      desk,
      node,
      host: '127.0.0.1',
      port: 0,
      callers: new Callers([]),
      rates: RATES,
      version: '0.0.0',
      metrics: openMetrics({
        observer: host.observer,
        version: '0.0.0',
        now: () => host.clock.now(),
      }),
      ready: {},
      alive: {},
      say: () => undefined,
      ...options,
    });
    this.#closing.push(async () => {
      desk.close();
      await server.close();
    });
    return { server, desk, node, url: server.url };
  }

  /** Ends all, the last first. */
  async close(): Promise<void> {
    for (let close = this.#closing.pop(); close !== undefined; close = this.#closing.pop()) {
      await close();
    }
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** What a server said. */
export interface Said {
  readonly status: number;
  readonly type: string | null;
  readonly headers: Headers;
  readonly text: string;
  /** The document; empty where it is none. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface Ask {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks as a program would. */
export async function ask(url: string, { method, body, headers = {} }: Ask = {}): Promise<Said> {
  const isText = typeof body === 'string';
  const response = await fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    redirect: 'manual',
    headers: {
      ...(body !== undefined && !isText && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const type = response.headers.get('content-type');
  const isJson = /json/.test(type ?? '') && text !== '';
  return {
    status: response.status,
    type,
    headers: response.headers,
    text,
    json: isJson ? (JSON.parse(text) as Said['json']) : {},
  };
}

/** Nodes start on a machine that may have much else to do. */
export const LONG = 180_000;
/** As often as a test likes. */
export const FREELY: Rates = { queries: 100_000, requests: 100_000 };
export const ANN = 'token-of-ann-0123456789';
export const BOB = 'token-of-bob-0123456789';
export const as = (token: string): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${token}`,
});
export const want = (body: object, headers: Ask['headers'] = {}): Ask => ({ body, headers });

/** What a problem looks like. */
export const problem = (status: number, more: object = {}): object => ({
  status,
  type: expect.stringContaining('application/problem+json'),
  json: {
    type: 'about:blank',
    status,
    title: expect.any(String),
    detail: expect.any(String),
    ...more,
  },
});

/** As `fetch` would, which sets the name of the host itself. */
export async function statusFor(
  url: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  const sending = httpRequest(`${url}${path}`, { headers });
  sending.end();
  const [response] = await once(sending, 'response');
  const { statusCode } = response as { readonly statusCode?: number };
  sending.destroy();
  return statusCode;
}
