/**
 * One call on its way into the chain.
 *
 *     sign ──▶ pool ──▶ in a block (told) ──▶ final (counts)
 *       ▲        │            │
 *       └── next block ◀── outdated, dropped, usurped
 *
 * A call counts where its block is final: before that, a fork may undo it. What was signed upon a
 * state that has passed is signed anew, but never before another block is there, and not for ever.
 */
import type { ChainCall } from './calls.ts';
import { ServiceFault } from '../../host.ts';
import type { Block } from '../../../protocols/units.ts';
import { hexOf, reasonOf, type Hex, type Session, type Subscription } from './session.ts';
import { inBlock, inPool } from './refusal.ts';
import { polkadotPair, type ChainSigner } from './signer.ts';

/** Where a call landed. */
export interface Landed {
  readonly block: Block;
  readonly hash: Hex;
}

export interface Submission {
  readonly call: ChainCall;
  readonly signer: ChainSigner;
  /** Resolves when there is another block than now. */
  readonly nextBlock: () => Promise<void>;
  /** Told once or, where a fork takes it to another block, more than once. */
  readonly onBlock?: (landed: Landed) => void;
  readonly signal?: AbortSignal;
}

/** A call that is outdated twice may have met two others of its key; more often, something is wrong. */
const MOST_TRIES = 4;

/** Blocks within which it must be in one, or it is void: some 13 minutes. What a wallet would take. */
const LIFE = 64;

/**
 * Resolves when it is final. Rejects with a `ChainRefusal` by the chain's own name, or with a
 * `ServiceFault` `unavailable` where it is not known what has become of it.
 */
export async function submit(session: Session, submission: Submission): Promise<Landed> {
  for (let tries = 1; ; tries++) {
    const done = await attempt(session, submission);
    if (done !== 'outdated') return done;
    const { signal, call, nextBlock } = submission;
    if (tries === MOST_TRIES || signal?.aborted === true) {
      throw unavailable(`the chain did not take ${call.name} in ${tries} tries`);
    }
    await Promise.race([nextBlock(), endOf(session)]);
  }
}

async function attempt(session: Session, submission: Submission): Promise<Landed | 'outdated'> {
  const { call } = submission;
  const extrinsic = await signed(session, submission);
  const hex = hexOf(extrinsic.toU8a());
  const end = new Ending(session, submission, hex);
  try {
    const stop = await session.subscribe(UPDATES, [hex], (status) => end.hear(status));
    try {
      return await Promise.race([end.reached, endOf(session)]);
    } finally {
      stop();
    }
  } catch (cause) {
    if (cause instanceof ServiceFault) throw cause;
    const said = inPool(call.name, cause);
    if (said.is === 'refused') throw said.refusal;
    if (said.is === 'outdated') return 'outdated';
    throw unavailable(`${call.name} could not be sent: ${reasonOf(cause)}`, cause);
  }
}

const UPDATES: Subscription = {
  type: 'author_extrinsicUpdate',
  method: 'author_submitAndWatchExtrinsic',
  stop: 'author_unwatchExtrinsic',
};

async function signed(
  session: Session,
  { call, signer }: Submission,
): Promise<{ toU8a(): Uint8Array }> {
  const { api } = session;
  const make = api.tx['subtensorModule']?.[call.name];
  if (make === undefined) throw unavailable(`the chain has no call ${call.name}`);
  const extrinsic = make(...call.args);
  const pair = polkadotPair(
    signer,
    api.registry.createType('AccountId', signer.publicKey).toString(),
  );
  const [header, nonce] = await Promise.all([
    session.send('chain_getHeader', []),
    session.send('system_accountNextIndex', [pair.address]),
  ]);
  const current = numberIn(header);
  const blockHash = await session.send('chain_getBlockHash', [current]);
  return extrinsic.sign(pair, {
    blockHash: String(blockHash),
    genesisHash: api.genesisHash,
    nonce: Number(nonce),
    era: api.registry.createType('ExtrinsicEra', { current, period: LIFE }),
    runtimeVersion: api.runtimeVersion,
    signedExtensions: api.registry.signedExtensions,
  });
}

/** The number in a header as the node writes it. */
export function numberIn(header: unknown): number {
  const number = Number((header as { number?: unknown } | null)?.number);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error('the node answered with no header');
}

/** Hears what becomes of one submitted call. */
class Ending {
  readonly reached: Promise<Landed | 'outdated'>;
  readonly #session: Session;
  readonly #submission: Submission;
  readonly #hex: Hex;
  #resolve: (end: Landed | 'outdated' | Promise<Landed>) => void = () => {};
  #reject: (fault: Error) => void = () => {};

  constructor(session: Session, submission: Submission, hex: Hex) {
    this.#session = session;
    this.#submission = submission;
    this.#hex = hex;
    this.reached = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // It may end before anybody listens, while the node has not yet said that it takes the call.
    this.reached.catch(() => undefined);
    const { signal, call } = submission;
    const giveUp = (): void => this.#reject(unavailable(`${call.name} was not waited for`));
    if (signal?.aborted === true) giveUp();
    else signal?.addEventListener('abort', giveUp, { once: true });
  }

  /** By the names of the node's `TransactionStatus`. */
  hear(status: unknown): void {
    if (status === 'dropped' || status === 'invalid') return this.#resolve('outdated');
    if (typeof status !== 'object' || status === null) return;

    if ('inBlock' in status) void this.#tell(status.inBlock);
    else if ('finalized' in status) this.#resolve(this.#outcome(status.finalized));
    else if ('usurped' in status) this.#resolve('outdated');
    else if ('dropped' in status || 'invalid' in status) this.#resolve('outdated');
    else if ('finalityTimeout' in status) {
      const { call } = this.#submission;
      this.#reject(unavailable(`the block with ${call.name} does not become final`));
    }
  }

  async #tell(hash: unknown): Promise<void> {
    const { onBlock } = this.#submission;
    if (onBlock === undefined) return;
    // Whether it failed is told when it is final; until then nobody counts upon it.
    await this.#outcome(hash).then(onBlock, () => undefined);
  }

  async #outcome(hash: unknown): Promise<Landed> {
    const { call } = this.#submission;
    try {
      if (!isHash(hash)) throw new Error('the node names no block');
      const [found, events] = await Promise.all([
        this.#session.send('chain_getBlock', [hash]),
        this.#session.storage('system', 'events', [], hash),
      ]);
      const { block } = found as { block: { header: unknown; extrinsics: readonly string[] } };
      const index = block.extrinsics.indexOf(this.#hex);
      if (index < 0) throw new Error('the block has no such call');
      const fault = failureAt(this.#session, index, events as unknown as readonly EventRecord[]);
      if (fault !== undefined) throw inBlock(call.name, fault);
      return { block: numberIn(block.header) as Block, hash };
    } catch (cause) {
      if (cause instanceof ServiceFault) throw cause;
      const what = `${call.name} is in a block, and how it ended cannot be read`;
      throw unavailable(`${what}: ${reasonOf(cause)}`, cause);
    }
  }
}

interface EventRecord {
  readonly phase: {
    readonly isApplyExtrinsic: boolean;
    readonly asApplyExtrinsic: { toNumber(): number };
  };
  readonly event: {
    readonly section: string;
    readonly method: string;
    readonly data: readonly unknown[];
  };
}

interface DispatchError {
  readonly isModule: boolean;
  readonly asModule: Parameters<Session['api']['registry']['findMetaError']>[0];
  readonly type: string;
}

/** The pallet's name for why a call failed; undefined where it did not. */
function failureAt(
  { api }: Session,
  index: number,
  events: readonly EventRecord[],
): string | undefined {
  const own = events.filter(
    ({ phase }) => phase.isApplyExtrinsic && phase.asApplyExtrinsic.toNumber() === index,
  );
  const failed = own.find(
    ({ event }) => event.section === 'system' && event.method === 'ExtrinsicFailed',
  );
  if (failed === undefined) {
    if (own.some(({ event }) => event.method === 'ExtrinsicSuccess')) return undefined;
    throw new Error('the block says neither that it succeeded nor that it failed');
  }
  const error = failed.event.data[0] as DispatchError;
  return error.isModule ? api.registry.findMetaError(error.asModule).name : error.type;
}

const isHash = (text: unknown): text is Hex =>
  typeof text === 'string' && /^0x[0-9a-f]{64}$/.test(text);

const endOf = (session: Session): Promise<never> =>
  session.ended.then((why) => {
    throw unavailable(`the chain went away: ${why}; the call may have landed and may not`);
  });

const unavailable = (message: string, cause?: unknown): ServiceFault =>
  new ServiceFault('unavailable', message, cause === undefined ? undefined : { cause });
