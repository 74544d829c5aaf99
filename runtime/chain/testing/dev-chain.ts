/**
 * A real Subtensor runtime in a process beside the test, and what a test does to it: blocks when it
 * says so, money out of nowhere, subnets by the chain's own call.
 */
import { Keyring } from '@polkadot/keyring';
import type { KeyringPair } from '@polkadot/keyring/types';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { minutes, type Duration, type Rao } from '../../../protocols/units.ts';
import { WallClock } from '../../clock.ts';
import type { ChainCall } from '../subtensor/calls.ts';
import { numberIn, submit, type Landed } from '../subtensor/submit.ts';
import { Session } from '../subtensor/session.ts';

/** Where the script `test:chain` has installed what runs a chain; undefined where there is none. */
export const DEV_CHAIN: string | undefined = process.env['DEV_CHAIN'];

/** A machine may be busy: nothing here is about how long it takes. */
export const PATIENCE: Duration = minutes(1);

export interface NewSubnet {
  readonly tempo?: number;
  readonly weightsRateLimit?: number;
  readonly servingRateLimit?: number;
  readonly commitReveal?: boolean;
  readonly minAllowedWeights?: number;
  readonly maxWeightsLimit?: number;
  readonly versionKey?: number;
  /** Whether staking is open; it is where absent. */
  readonly isStarted?: boolean;
}

export class DevChain {
  readonly endpoint: string;
  readonly clock: WallClock;
  readonly session: Session;
  readonly keyring: Keyring;
  readonly owner: KeyringPair;
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  #names = 0;

  private constructor(
    child: ChildProcess,
    lines: Interface,
    endpoint: string,
    clock: WallClock,
    session: Session,
    keyring: Keyring,
  ) {
    this.#process = child;
    this.#lines = lines;
    this.endpoint = endpoint;
    this.clock = clock;
    this.session = session;
    this.keyring = keyring;
    this.owner = keyring.addFromUri('//Alice');
  }

  /** With subnet 343, in whose deep pool 20 TAO buy nearly 20 alpha. */
  static async start(): Promise<DevChain> {
    if (DEV_CHAIN === undefined) throw new Error('no development chain is installed');
    const port = await freePort();
    const args = ['--port', String(port), '--pool-tao', '1000000', '--fund', '//Alice=5000000000'];
    const child = spawn(process.execPath, [join(DEV_CHAIN, 'start-chain.mjs'), ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    const [line] = (await Promise.race([
      once(lines, 'line'),
      once(child, 'exit').then(([code]) => {
        throw new Error(`the development chain ended with ${code}`);
      }),
    ])) as [string];
    const { ws } = JSON.parse(line) as { ws: string };
    await cryptoWaitReady();
    const clock = new WallClock();
    const session = await Session.open(ws, clock, PATIENCE);
    const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
    return new DevChain(child, lines, ws, clock, session, keyring);
  }

  async stop(): Promise<void> {
    this.session.close();
    this.clock.stop();
    if (this.#process.exitCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }

  /** A key that nobody has used. */
  pair(): KeyringPair {
    this.#names++;
    return this.keyring.addFromUri(`//Leadpoet//${this.#names}`);
  }

  async blocks(count: number): Promise<void> {
    // A few at a time: on a busy machine a block takes seconds, and an answer must come in time.
    for (let left = count; left > 0; left -= 4) {
      await this.session.send('dev_newBlock', [{ count: Math.min(4, left) }]);
    }
  }

  async height(): Promise<number> {
    return numberIn(await this.session.send('chain_getHeader', []));
  }

  async setStorage(changes: Readonly<Record<string, unknown>>): Promise<void> {
    await this.session.send('dev_setStorage', [changes]);
  }

  /** What the account has then. Withdrawals fail where the total is less than what all have. */
  async fund(address: string, amount: Rao): Promise<void> {
    const [account, issuance] = await Promise.all([
      this.#now('system', 'account', [address]),
      this.#now('balances', 'totalIssuance', []),
    ]);
    const { nonce, data } = account as { nonce: number; data: { free: string | number } };
    const total = BigInt(String(issuance)) + amount - BigInt(data.free);
    const filled = { nonce, providers: 1, data: { free: amount.toString() } };
    await this.setStorage({
      System: { Account: [[[address], filled]] },
      Balances: { TotalIssuance: total.toString() },
    });
  }

  async read(pallet: string, name: string, keys: readonly unknown[]): Promise<unknown> {
    return this.#now(pallet, name, keys);
  }

  /** Final, or refused by the chain's own name. Nothing is looked at before it is sent. */
  async send(signer: KeyringPair, call: ChainCall): Promise<Landed> {
    return submit(this.session, { call, signer, nextBlock: () => this.blocks(1) });
  }

  /** A subnet of a new netuid, by `register_network`, with an owner's hotkey at uid 0. */
  async subnet({ tempo = 10, isStarted = true, ...limits }: NewSubnet = {}): Promise<number> {
    const compacted = once(this.#lines, 'line');
    this.#process.stdin?.write('\n');
    await compacted;
    await this.setStorage({
      SubtensorModule: {
        NetworkRateLimit: little(0, 8),
        // Each network costs twice the one before, and a whole suite would be too dear.
        NetworkLastLockCost: little(1_000_000_000, 8),
      },
    });
    const before = new Set(await this.#netuids());
    // Those of earlier tests have no more epochs, which would slow every block.
    const idle = [...before].filter((netuid) => netuid > 0);
    await this.setStorage({
      SubtensorModule: { Tempo: idle.map((netuid) => [[netuid], little(65_535, 2)]) },
    });
    await this.#other(this.owner, 'registerNetwork', [this.pair().address]);
    const [netuid] = (await this.#netuids()).filter((one) => !before.has(one));
    if (netuid === undefined) throw new Error('no subnet was made');
    const of = (value: number, bytes: number): readonly unknown[] => [
      [[netuid], little(value, bytes)],
    ];
    await this.setStorage({
      SubtensorModule: {
        Tempo: of(tempo, 2),
        WeightsSetRateLimit: of(limits.weightsRateLimit ?? 0, 8),
        ServingRateLimit: of(limits.servingRateLimit ?? 0, 8),
        MaxRegistrationsPerBlock: of(64, 2),
        TargetRegistrationsPerInterval: of(64, 2),
        CommitRevealWeightsEnabled: [[[netuid], limits.commitReveal === true ? '0x01' : '0x00']],
        MinAllowedWeights: of(limits.minAllowedWeights ?? 1, 2),
        MaxWeightsLimit: of(limits.maxWeightsLimit ?? 65_535, 2),
        WeightsVersionKey: of(limits.versionKey ?? 0, 8),
        SubnetTAO: of(1_000_000_000_000_000, 8),
        SubnetAlphaIn: of(1_000_000_000_000_000, 8),
      },
    });
    if (!isStarted) return netuid;
    const { api } = this.session;
    const wait = Number(api.consts['subtensorModule']?.['durationOfStartCall']?.toString());
    await this.blocks(wait + 1);
    await this.#other(this.owner, 'startCall', [netuid]);
    return netuid;
  }

  async #other(signer: KeyringPair, name: string, args: readonly unknown[]): Promise<void> {
    // Calls of a subnet's owner: a node never makes them.
    await this.send(signer, { name, args } as unknown as ChainCall);
  }

  async #netuids(): Promise<readonly number[]> {
    const prefix = this.session.api.query['subtensorModule']?.['networksAdded']?.keyPrefix();
    const keys = await this.session.send('state_getKeysPaged', [prefix, 1_000, null]);
    return (keys as readonly string[]).map((key) =>
      Buffer.from(key.slice(-4), 'hex').readUInt16LE(),
    );
  }

  async #now(pallet: string, name: string, keys: readonly unknown[]): Promise<unknown> {
    const hash = (await this.session.send('chain_getBlockHash', [])) as `0x${string}`;
    return (await this.session.storage(pallet, name, keys, hash))?.toJSON();
  }
}

/** As the development chain takes a number that may be 0. */
export function little(value: number, bytes: number): string {
  const buffer = Buffer.alloc(bytes);
  let rest = BigInt(value);
  for (let at = 0; at < bytes; at++, rest >>= 8n) buffer[at] = Number(rest & 255n);
  return `0x${buffer.toString('hex')}`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
