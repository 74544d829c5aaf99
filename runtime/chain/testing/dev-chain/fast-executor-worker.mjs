/* oxlint-disable unicorn/require-post-message-target-origin, no-underscore-dangle */
// Runs Substrate runtime calls on V8's WebAssembly. Storage comes from the parent thread through shared memory.
import zlib from 'node:zlib';
import { parentPort, workerData } from 'node:worker_threads';
import {
  blake2AsU8a,
  cryptoWaitReady,
  ed25519Verify,
  keccakAsU8a,
  secp256k1Expand,
  secp256k1Recover,
  sha256AsU8a,
  sr25519Verify,
  xxhashAsU8a,
} from '@polkadot/util-crypto';

await cryptoWaitReady();
const flag = new Int32Array(workerData.shared, 0, 2);
const shared = new Uint8Array(workerData.shared, 8);
const hex = (u8) => `0x${Buffer.from(u8.buffer, u8.byteOffset, u8.byteLength).toString('hex')}`;
const unhex = (s) => new Uint8Array(Buffer.from(s.slice(2), 'hex'));
const utf8 = new TextDecoder();

const modules = new Map();
function compile(id, wasmHex) {
  if (wasmHex) {
    let raw = Buffer.from(wasmHex.slice(2), 'hex');
    if (raw.subarray(0, 8).toString('hex') === '52bc537646db8e05')
      raw = zlib.zstdDecompressSync(raw.subarray(8));
    modules.set(id, new WebAssembly.Module(raw));
  }
  return modules.get(id);
}

const u32 = (n) => {
  const b = new Uint8Array(4);
  new DataView(b.buffer).setUint32(0, n, true);
  return b;
};
const cat = (...parts) => {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
};
const some = (b) => cat(new Uint8Array([1]), b);
const NONE = new Uint8Array([0]);
function compact(n) {
  if (n < 64) return new Uint8Array([n << 2]);
  if (n < 16384) return new Uint8Array([((n << 2) | 1) & 255, n >> 6]);
  return u32(((n << 2) | 2) >>> 0);
}
function readCompact(b) {
  const mode = b[0] & 3;
  if (mode === 0) return [b[0] >> 2, 1];
  if (mode === 1) return [(b[0] | (b[1] << 8)) >> 2, 2];
  return [new DataView(b.buffer, b.byteOffset).getUint32(0, true) >>> 2, 4];
}

function ask(message) {
  Atomics.store(flag, 0, 0);
  parentPort.postMessage(message);
  Atomics.wait(flag, 0, 0);
  const n = flag[1];
  if (n === -1) return undefined;
  if (n === -2) throw new Error('storage answered with an error');
  return shared.slice(0, n);
}

/** Storage as the runtime sees it: a stack of change maps over the chain's. */
class Storage {
  constructor(task) {
    this.task = task;
    this.layers = [new Map()];
    this.reads = new Map();
  }
  base(key) {
    if (this.reads.has(key)) return this.reads.get(key);
    const v = ask({ type: 'get', task: this.task, key });
    this.reads.set(key, v);
    return v;
  }
  get(key) {
    for (let i = this.layers.length - 1; i >= 0; i--)
      if (this.layers[i].has(key)) return this.layers[i].get(key) ?? undefined;
    return this.base(key);
  }
  set(key, value) {
    this.layers.at(-1).set(key, value);
  }
  start() {
    this.layers.push(new Map());
  }
  commit() {
    const top = this.layers.pop();
    for (const [k, v] of top) this.layers.at(-1).set(k, v);
  }
  rollback() {
    this.layers.pop();
  }
  /** undefined: untouched, null: deleted, bytes: written. */
  change(key) {
    for (let i = this.layers.length - 1; i >= 0; i--)
      if (this.layers[i].has(key)) return this.layers[i].get(key);
    return undefined;
  }
  nextKey(prefix, key) {
    let mine;
    const seen = new Set();
    for (let i = this.layers.length - 1; i >= 0; i--) {
      for (const [k, v] of this.layers[i]) {
        if (seen.has(k)) continue;
        seen.add(k);
        if (v !== null && k > key && k.startsWith(prefix) && (mine === undefined || k < mine))
          mine = k;
      }
    }
    let theirs = key;
    for (;;) {
      const raw = ask({ type: 'next', task: this.task, prefix, key: theirs });
      theirs = raw && hex(raw);
      if (theirs === undefined || this.change(theirs) !== null) break;
    }
    if (theirs === undefined) return mine;
    return mine === undefined || theirs < mine ? theirs : mine;
  }
  clearPrefix(prefix, limit) {
    let n = 0;
    if (this.get(prefix) !== undefined) {
      this.set(prefix, null);
      n += 1;
    }
    let k = prefix;
    for (;;) {
      k = this.nextKey(prefix, k);
      if (k === undefined) return [n, true];
      if (limit !== undefined && n >= limit) return [n, false];
      this.set(k, null);
      n += 1;
    }
  }
}

function run(module, storage, method, args, opts, logs) {
  const memory = new WebAssembly.Memory({ initial: 2048 });
  let mem = new Uint8Array(memory.buffer);
  const refresh = () => {
    if (mem.buffer !== memory.buffer) mem = new Uint8Array(memory.buffer);
  };
  let top = 0;
  const classes = new Map(); // pointer -> size class
  const free = new Map(); // size class -> pointers
  const malloc = (size) => {
    let cls = 8;
    while (cls < size) cls *= 2;
    const spare = free.get(cls)?.pop();
    if (spare !== undefined) {
      classes.set(spare, cls);
      return spare;
    }
    const ptr = top;
    top += cls;
    if (top > memory.buffer.byteLength)
      memory.grow(Math.ceil((top - memory.buffer.byteLength) / 65536) + 64);
    classes.set(ptr, cls);
    return ptr;
  };
  const release = (ptr) => {
    const cls = classes.get(ptr);
    if (cls === undefined) return;
    classes.delete(ptr);
    if (!free.has(cls)) free.set(cls, []);
    free.get(cls).push(ptr);
  };
  const at = (ptr, len) => {
    refresh();
    return mem.subarray(ptr >>> 0, (ptr >>> 0) + len);
  };
  const fat = (packed) => at(Number(packed & 0xffffffffn), Number((packed >> 32n) & 0xffffffffn));
  const copy = (packed) => fat(packed).slice();
  const key = (packed) => hex(fat(packed));
  const put = (bytes) => {
    const p = malloc(bytes.length || 1);
    refresh();
    mem.set(bytes, p);
    return p;
  };
  const give = (bytes) => (BigInt(bytes.length) << 32n) | BigInt(put(bytes) >>> 0);
  const text = (packed) => utf8.decode(copy(packed));
  const verify = (f) => {
    try {
      return f() ? 1 : 0;
    } catch {
      return 0;
    }
  };
  const hash = (f) => (data) => put(f(copy(data)));
  const say = (level, target, message) => {
    logs.push({ message, level, target });
    if (level <= opts.runtimeLogLevel) console.error(`runtime [${level}] ${target}: ${message}`);
  };
  const recover = (compressed) => (sig, msg) => {
    try {
      const s = at(sig, 65).slice();
      const pub = secp256k1Recover(
        at(msg, 32).slice(),
        s.subarray(0, 64),
        s[64] >= 27 ? s[64] - 27 : s[64],
      );
      return give(cat(new Uint8Array([0]), compressed ? pub : secp256k1Expand(pub).subarray(-64)));
    } catch {
      return give(new Uint8Array([1, 2]));
    }
  };
  const host = {
    ext_allocator_malloc_version_1: malloc,
    ext_allocator_free_version_1: release,
    ext_storage_get_version_1: (k) => {
      const v = storage.get(key(k));
      return give(v === undefined ? NONE : some(cat(compact(v.length), v)));
    },
    ext_storage_read_version_1: (k, out, offset) => {
      const v = storage.get(key(k));
      if (v === undefined) return give(NONE);
      const rest = v.subarray(Math.min(offset >>> 0, v.length));
      const target = fat(out);
      target.set(rest.subarray(0, target.length));
      return give(some(u32(rest.length)));
    },
    ext_storage_set_version_1: (k, v) => storage.set(key(k), copy(v)),
    ext_storage_clear_version_1: (k) => storage.set(key(k), null),
    ext_storage_exists_version_1: (k) => (storage.get(key(k)) === undefined ? 0 : 1),
    ext_storage_clear_prefix_version_2: (p, l) => {
      const b = copy(l);
      const limit = b[0] === 1 ? new DataView(b.buffer).getUint32(1, true) : undefined;
      const [n, all] = storage.clearPrefix(key(p), limit);
      return give(cat(new Uint8Array([all ? 0 : 1]), u32(n)));
    },
    ext_storage_append_version_1: (k, v) => {
      const name = key(k);
      const old = storage.get(name);
      const item = copy(v);
      if (old === undefined || old.length === 0) {
        storage.set(name, cat(compact(1), item));
        return;
      }
      const [n, size] = readCompact(old);
      storage.set(name, cat(compact(n + 1), old.subarray(size), item));
    },
    ext_storage_next_key_version_1: (k) => {
      const n = storage.nextKey('0x', key(k));
      if (n === undefined) return give(NONE);
      const b = unhex(n);
      return give(some(cat(compact(b.length), b)));
    },
    ext_storage_start_transaction_version_1: () => storage.start(),
    ext_storage_commit_transaction_version_1: () => storage.commit(),
    ext_storage_rollback_transaction_version_1: () => storage.rollback(),
    ext_storage_root_version_2: () => give(new Uint8Array(32)), // chopsticks writes its own header
    ext_trie_blake2_256_ordered_root_version_2: () => put(new Uint8Array(32)),
    ext_storage_proof_size_storage_proof_size_version_1: () => BigInt(opts.storageProofSize ?? 0),
    ext_hashing_blake2_128_version_1: hash((d) => blake2AsU8a(d, 128)),
    ext_hashing_blake2_256_version_1: hash((d) => blake2AsU8a(d, 256)),
    ext_hashing_keccak_256_version_1: hash((d) => keccakAsU8a(d, 256)),
    ext_hashing_sha2_256_version_1: hash((d) => sha256AsU8a(d)),
    ext_hashing_twox_64_version_1: hash((d) => xxhashAsU8a(d, 64)),
    ext_hashing_twox_128_version_1: hash((d) => xxhashAsU8a(d, 128)),
    ext_hashing_twox_256_version_1: hash((d) => xxhashAsU8a(d, 256)),
    ext_crypto_sr25519_verify_version_2: (s, m, p) =>
      opts.mockSignatureHost === 2
        ? 1
        : verify(() => sr25519Verify(copy(m), at(s, 64).slice(), at(p, 32).slice())),
    ext_crypto_ed25519_verify_version_1: (s, m, p) =>
      opts.mockSignatureHost === 2
        ? 1
        : verify(() => ed25519Verify(copy(m), at(s, 64).slice(), at(p, 32).slice())),
    ext_crypto_secp256k1_ecdsa_recover_version_2: recover(false),
    ext_crypto_secp256k1_ecdsa_recover_compressed_version_2: recover(true),
    ext_misc_print_utf8_version_1: (d) => say(3, 'print', text(d)),
    ext_misc_print_hex_version_1: (d) => say(3, 'print', key(d)),
    ext_misc_runtime_version_version_1: () => give(NONE),
    ext_logging_log_version_1: (level, target, message) =>
      say(level + 1, text(target), text(message)), // sp-core counts Error from 0
    ext_logging_max_level_version_1: () => Math.max(1, opts.runtimeLogLevel),
    ext_offchain_index_set_version_1: () => {},
    ext_offchain_index_clear_version_1: () => {},
  };
  const env = { memory };
  for (const { name, kind } of WebAssembly.Module.imports(module)) {
    if (kind === 'function')
      env[name] =
        host[name] ??
        (() => {
          throw new Error(`host function ${name} is not available here`);
        });
  }
  const instance = new WebAssembly.Instance(module, { env });
  top = Math.ceil(instance.exports.__heap_base.value / 8) * 8;
  const ptr = put(args);
  const packed = BigInt.asUintN(64, instance.exports[method](ptr, args.length));
  return copy(packed);
}

parentPort.on('message', ({ task, code, wasm, calls, ...opts }) => {
  const logs = [];
  let response;
  try {
    const module = compile(code, wasm);
    const storage = new Storage(task);
    let result = new Uint8Array();
    for (const [method, params] of calls) {
      result = run(module, storage, method, cat(...params.map(unhex)), opts, logs);
    }
    response = {
      Call: {
        result: hex(result),
        storageDiff: [...storage.layers[0]].map(([k, v]) => [k, v === null ? null : hex(v)]),
        offchainStorageDiff: [],
        runtimeLogs: logs,
      },
    };
  } catch (e) {
    const said = logs
      .filter((l) => l.level === 1)
      .map((l) => l.message)
      .join('; ');
    response = { Error: `${e.message}${said ? ` (${said})` : ''}` };
  }
  parentPort.postMessage({ type: 'done', task, response });
});
