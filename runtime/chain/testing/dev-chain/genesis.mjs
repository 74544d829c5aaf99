// Turns a chain spec (raw, plain with runtimeGenesis, or a bare runtime) into the raw storage map chopsticks wants.
import fs from 'node:fs';
import { runTask, emptyTaskHandler, getRuntimeVersion } from '@acala-network/chopsticks-core';
import {
  compactAddLength,
  compactStripLength,
  hexToU8a,
  stringToU8a,
  u8aToHex,
  u8aToString,
} from '@polkadot/util';

const CODE_KEY = '0x3a636f6465';
const TIMESTAMP_NOW_KEY = '0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb'; // twox128(Timestamp) ++ twox128(Now)

const mergePatch = (base, patch) => {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch;
  const out = base && typeof base === 'object' && !Array.isArray(base) ? { ...base } : {};
  for (const [k, v] of Object.entries(patch)) {
    if (v === null) delete out[k];
    else out[k] = mergePatch(out[k], v);
  }
  return out;
};

export function readSpec(file) {
  const buf = fs.readFileSync(file);
  const head = buf.subarray(0, 8).toString('hex');
  if (head.startsWith('0061736d') || head === '52bc537646db8e05')
    return { kind: 'wasm', code: u8aToHex(buf) };
  const text = buf.toString('utf8').trim();
  if (/^(0x)?(0061736d|52bc5376)[0-9a-f]+$/i.test(text))
    return { kind: 'wasm', code: text.startsWith('0x') ? text : `0x${text}` };
  const spec = JSON.parse(text);
  const top = spec.genesis?.raw?.top;
  if (top) return { kind: 'raw', spec, top, code: top[CODE_KEY] };
  const rg = spec.genesis?.runtimeGenesis;
  if (rg) return { kind: 'plain', spec, code: rg.code, patch: rg.patch, config: rg.config };
  throw new Error(`${file}: neither a raw spec, a runtimeGenesis spec, nor a wasm blob`);
}

export async function callRuntime(wasm, method, argHex) {
  const h = {
    ...emptyTaskHandler,
    getStorage: async () => undefined,
    getNextKey: async () => undefined,
  };
  const r = await runTask(
    {
      wasm,
      calls: [[method, [argHex]]],
      mockSignatureHost: false,
      allowUnresolvedImports: true,
      runtimeLogLevel: 0,
    },
    h,
  );
  if ('Error' in r) throw new Error(`${method}: ${r.Error}`);
  return r.Call;
}

/** Run GenesisBuilder_build_state on an empty state and return the storage it wrote. */
async function buildState(code, patch) {
  // Option<Vec<u8>> of Option<PresetId>: None -> default config, answered as Some(len-prefixed JSON)
  const preset = hexToU8a((await callRuntime(code, 'GenesisBuilder_get_preset', '0x00')).result);
  if (preset[0] !== 1) throw new Error('runtime has no default genesis preset');
  const [, body] = compactStripLength(preset.subarray(1));
  const config = mergePatch(JSON.parse(u8aToString(body)), patch ?? {});
  const arg = u8aToHex(compactAddLength(stringToU8a(JSON.stringify(config))));
  const call = await callRuntime(code, 'GenesisBuilder_build_state', arg);
  const res = hexToU8a(call.result);
  if (res[0] !== 0) throw new Error(`build_state failed: ${u8aToString(res.subarray(2))}`);
  const top = {};
  for (const [k, v] of call.storageDiff) if (v != null) top[k] = v;
  top[CODE_KEY] = code;
  return top;
}

export async function toRawGenesis(
  file,
  { patch, startTime = Math.floor(Date.now() / 60000) * 60000 } = {},
) {
  const s = readSpec(file);
  const version = await getRuntimeVersion(s.code);
  const top =
    s.kind === 'raw'
      ? { ...s.top }
      : await buildState(s.code, mergePatch(s.patch ?? {}, patch ?? {}));
  // Without a genesis timestamp chopsticks reads the wall clock twice for block 1 and Aura may see two slots.
  if (!top[TIMESTAMP_NOW_KEY]) {
    const le = Buffer.alloc(8);
    le.writeBigUInt64LE(BigInt(startTime));
    top[TIMESTAMP_NOW_KEY] = u8aToHex(le);
  }
  const sorted = Object.fromEntries(Object.entries(top).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return {
    kind: s.kind,
    version,
    genesis: {
      id: s.spec?.id ?? 'bittensor',
      name: s.spec?.name ?? 'Bittensor',
      properties: s.spec?.properties ?? { ss58Format: 42, tokenDecimals: 9, tokenSymbol: 'TAO' },
      genesis: { raw: { top: sorted } },
    },
  };
}
