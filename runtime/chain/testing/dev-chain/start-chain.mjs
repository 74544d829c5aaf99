#!/usr/bin/env node
/* oxlint-disable typescript/no-misused-promises */
// Starts a local Subtensor chain from a chain spec (raw or plain) or a bare runtime, on loopback only.
//
//   node start-chain.mjs --spec FILE [--port 9944] [--netuid 343] [--fund SS58[=TAO]]... [--block-ms 0]
//
// It funds the given addresses, creates the subnet under the wanted netuid with //Alice as owner, opens it
// (start_call), loosens its rate limits, and prints one line of JSON when ready:
//   {"ready":true,"ws":"ws://127.0.0.1:9944","specVersion":293,"netuid":343,...}
// Stop it with SIGINT or SIGTERM.
import fs from 'node:fs';
import { parseArgs } from 'node:util';

const { values: o } = parseArgs({
  options: {
    spec: { type: 'string', default: process.env.SUBTENSOR_SPEC },
    port: { type: 'string', default: '9944' },
    host: { type: 'string', default: '127.0.0.1' },
    netuid: { type: 'string', default: '343' },
    fund: { type: 'string', multiple: true, default: [] }, // SS58, SS58=TAO or //Uri=TAO
    'owner-uri': { type: 'string', default: '//Alice' },
    tempo: { type: 'string', default: '10' },
    'weights-rate-limit': { type: 'string', default: '0' }, // blocks between two set_weights of one hotkey
    'serving-rate-limit': { type: 'string', default: '0' }, // blocks between two serve_axon of one hotkey
    'version-key': { type: 'string', default: '0' },
    'pool-tao': { type: 'string', default: '' }, // deepen the subnet's pool so that stakes barely move the price
    'commit-reveal': { type: 'boolean', default: false },
    mode: { type: 'string', default: 'Batch' }, // Batch | Instant | Manual: when a submitted extrinsic makes a block
    'block-ms': { type: 'string', default: '0' }, // also build a block every so many ms (0: never)
    executor: { type: 'string', default: 'fast' }, // fast: V8; chopsticks: its own interpreter
    'no-subnet': { type: 'boolean', default: false },
    'runtime-log': { type: 'string', default: '0' },
    'ready-file': { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});
if (!o.spec) {
  console.error(
    'start-chain: give --spec FILE (or SUBTENSOR_SPEC): a raw or plain chain spec JSON, or a runtime wasm',
  );
  process.exit(2);
}
if (!['127.0.0.1', 'localhost', '::1'].includes(o.host)) {
  console.error('start-chain: only a loopback host is allowed');
  process.exit(2);
}
process.env.LOG_LEVEL ??= o.verbose ? 'info' : 'fatal';

if (o.executor === 'fast') {
  const { installFastExecutor } = await import('./fast-executor.mjs');
  if (!installFastExecutor())
    console.error('start-chain: this Node has no module hooks, using the slow executor');
}
const { setupWithServer } = await import('@acala-network/chopsticks');
const { getAuraSlotDuration } = await import('@acala-network/chopsticks-core/wasm-executor/index');
const { ApiPromise, WsProvider, Keyring } = await import('@polkadot/api');
const { callRuntime, toRawGenesis } = await import('./genesis.mjs');
const { dev, sendOk } = await import('./lib.mjs');

const TAO = 1_000_000_000n;
const netuid = Number(o.netuid);
const say = (...a) => o.verbose && console.error(...a);
const u64le = (n) => {
  const b = Buffer.alloc(8);
  b.writeBigUInt64LE(BigInt(n));
  return `0x${b.toString('hex')}`;
};
const u16le = (n) => {
  const b = Buffer.alloc(2);
  b.writeUInt16LE(Number(n));
  return `0x${b.toString('hex')}`;
};

// --- genesis ---------------------------------------------------------------------------------------------
const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
const { cryptoWaitReady } = await import('@polkadot/util-crypto');
await cryptoWaitReady();
const owner = keyring.addFromUri(o['owner-uri']);
const ownerHot = keyring.addFromUri(`${o['owner-uri']}//default`);

const g = await toRawGenesis(o.spec, { patch: { sudo: { key: owner.address } } });
say(
  `spec ${g.kind}, runtime ${g.version.specName}-${g.version.specVersion}, ${Object.keys(g.genesis.genesis.raw.top).length} keys`,
);
const code = g.genesis.genesis.raw.top['0x3a636f6465'];
// chopsticks asks for the slot length without tolerating unresolved host functions and then falls back to 12 s,
// which breaks Aura's slot check on a fast runtime: seed its memo with the real answer.
try {
  const r = await callRuntime(code, 'AuraApi_slot_duration', '0x');
  const ms = Number(Buffer.from(r.result.slice(2, 18), 'hex').readBigUInt64LE());
  if (ms > 0) getAuraSlotDuration.cache.set(code, Promise.resolve(ms));
} catch {
  /* a Babe runtime: chopsticks reads the constant */
}

const server = await setupWithServer({
  genesis: g.genesis,
  host: o.host,
  port: Number(o.port),
  'build-block-mode': 'Manual',
  'allow-unresolved-imports': true,
  'runtime-log-level': Number(o['runtime-log']),
});
const port = Number(server.addr.split(':').pop());
if (port !== Number(o.port)) {
  console.error(`start-chain: port ${o.port} is taken`);
  await server.close();
  process.exit(3);
}
const ws = `ws://${o.host}:${port}`;
const provider = new WsProvider(ws);
const api = await ApiPromise.create({ provider, noInitWarn: true });
const chain = dev(api, provider);
const tx = api.tx.subtensorModule;
const q = api.query.subtensorModule;

/** One flat storage layer instead of one a block: the deleted placeholder netuids would slow every key scan. */
async function compactHead(bc) {
  const { Block } = await import('@acala-network/chopsticks-core/blockchain/block');
  const { StorageLayer } = await import('@acala-network/chopsticks-core/blockchain/storage-layer');
  const head = bc.head;
  const flat = new StorageLayer(undefined);
  for (let startKey = '0x'; ;) {
    const keys = await head.getKeysPaged({ prefix: '0x', pageSize: 1000, startKey });
    if (keys.length === 0) break;
    flat.setAll(await Promise.all(keys.map(async (k) => [k, await head.get(k)])));
    startKey = keys.at(-1);
  }
  const block = new Block(bc, head.number, head.hash, await head.parentBlock, {
    header: await head.header,
    extrinsics: await head.extrinsics,
    storage: flat,
  });
  await bc.setHead(block);
}

// --- money -----------------------------------------------------------------------------------------------
const wanted = new Map([
  [owner.address, 1_000_000n],
  [ownerHot.address, 10n],
]);
for (const f of o.fund.flatMap((s) => s.split(','))) {
  const i = f.indexOf('=');
  const [who, amount] = i < 0 ? [f, '10000'] : [f.slice(0, i), f.slice(i + 1)];
  wanted.set(who.startsWith('/') ? keyring.addFromUri(who).address : who, BigInt(amount));
}
await chain.fund(Object.fromEntries([...wanted].map(([a, tao]) => [a, tao * TAO])));
await chain.setStorage({ Sudo: { Key: owner.address } });

// --- subnet ----------------------------------------------------------------------------------------------
const notes = [];
const has = (name) => Boolean(q[name]);
if (!o['no-subnet']) {
  if (tx.sudoAddNetwork) {
    await sendOk(chain, api.tx.sudo.sudo(tx.sudoAddNetwork(netuid, Number(o.tempo), 0)), owner);
  } else {
    // The runtime always hands out the lowest free netuid: fill the ones below for the length of one block.
    const taken = new Set((await q.networksAdded.entries()).map(([k]) => k.args[0].toNumber()));
    if (!taken.has(netuid)) {
      const gaps = [];
      for (let i = 1; i < netuid; i++) if (!taken.has(i)) gaps.push(i);
      await chain.setStorage({
        SubtensorModule: {
          NetworkRateLimit: u64le(0),
          NetworksAdded: gaps.map((i) => [[i], '0x01']),
        },
      });
      const args = tx.registerNetwork.meta.args.map((a) =>
        a.name.toString() === 'hotkey' ? ownerHot.address : 1,
      );
      const r = await chain.send(tx.registerNetwork(...args), owner);
      await chain.setStorage({ SubtensorModule: { NetworksAdded: gaps.map((i) => [[i], null]) } });
      if (!r.ok) throw new Error(`register_network: ${r.error}`);
    }
  }
  const set = {};
  const put = (camel, hex) => {
    if (has(camel)) set[camel[0].toUpperCase() + camel.slice(1)] = [[[netuid], hex]];
  };
  put('tempo', u16le(o.tempo));
  put('weightsSetRateLimit', u64le(o['weights-rate-limit']));
  put('servingRateLimit', u64le(o['serving-rate-limit']));
  put('weightsVersionKey', u64le(o['version-key']));
  put('maxRegistrationsPerBlock', u16le(64));
  put('targetRegistrationsPerInterval', u16le(64));
  put('commitRevealWeightsEnabled', o['commit-reveal'] ? '0x01' : '0x00');
  if (o['pool-tao']) {
    put('subnetTAO', u64le(BigInt(o['pool-tao']) * TAO));
    put('subnetAlphaIn', u64le(BigInt(o['pool-tao']) * TAO));
  }
  await chain.setStorage({ SubtensorModule: set });
  if (tx.startCall) {
    const wait = api.consts.subtensorModule.durationOfStartCall?.toNumber() ?? 0;
    if (wait <= 50) {
      await chain.blocks(wait + 1);
      await sendOk(chain, tx.startCall(netuid), owner);
    } else {
      // a production build waits a week: open the subnet by hand
      const now = (await api.rpc.chain.getHeader()).number.toNumber();
      await chain.setStorage({
        SubtensorModule: {
          FirstEmissionBlockNumber: [[[netuid], u64le(now + 1)]],
          SubtokenEnabled: [[[netuid], '0x01']],
        },
      });
      notes.push('start_call skipped: storage written instead');
    }
  }
  await chain.blocks(1);
}
await compactHead(server.chain);
if (o.mode !== 'Manual') await provider.send('dev_setBlockBuildMode', [o.mode]);

// --- ready -----------------------------------------------------------------------------------------------
let timer;
let busy = false;
const every = Number(o['block-ms']);
if (every > 0) {
  timer = setInterval(async () => {
    if (busy) return;
    busy = true;
    try {
      await provider.send('dev_newBlock', [{ count: 1 }]);
    } catch (e) {
      say(`block: ${e.message}`);
    } finally {
      busy = false;
    }
  }, every);
}
const ready = {
  ready: true,
  pid: process.pid,
  ws,
  specName: g.version.specName,
  specVersion: g.version.specVersion,
  genesisHash: api.genesisHash.toHex(),
  block: (await api.rpc.chain.getHeader()).number.toNumber(),
  netuid: o['no-subnet'] ? null : netuid,
  tempo: o['no-subnet'] ? null : Number((await q.tempo(netuid)).toString()),
  owner: { uri: o['owner-uri'], coldkey: owner.address, hotkey: ownerHot.address },
  funded: Object.fromEntries([...wanted].map(([a, t]) => [a, Number(t)])),
  notes,
};
if (o['ready-file']) fs.writeFileSync(o['ready-file'], JSON.stringify(ready));
console.log(JSON.stringify(ready));

// Every block is a layer of storage over the one before, and a long run grows slow by that: whoever drives this
// chain writes a line when nothing is under way, and has one back when all layers are one again.
process.stdin.on('data', () => {
  void compactHead(server.chain).then(() => console.log(JSON.stringify({ compacted: true })));
});

let closing = false;
const stop = async () => {
  if (closing) return;
  closing = true;
  setTimeout(() => process.exit(0), 1500).unref();
  clearInterval(timer);
  await api.disconnect().catch(() => {});
  await server.close().catch(() => {});
  process.exit(0);
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
