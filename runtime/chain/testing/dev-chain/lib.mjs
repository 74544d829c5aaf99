// Small helpers over a chopsticks dev node: storage writes, blocks, and an extrinsic sender that names its failure.

/** The runtime extension refuses some calls before they reach a block; it answers with a number only. */
export const CUSTOM_ERRORS = {
  0: 'ColdkeyInSwapSchedule',
  1: 'StakeAmountTooLow',
  2: 'BalanceTooLow',
  3: 'SubnetNotExists',
  4: 'HotkeyAccountDoesntExist',
  5: 'NotEnoughStakeToWithdraw',
  6: 'RateLimitExceeded',
  7: 'InsufficientLiquidity',
  8: 'SlippageTooHigh',
  9: 'TransferDisallowed',
  10: 'HotKeyNotRegisteredInNetwork',
  11: 'InvalidIpAddress',
  12: 'ServingRateLimitExceeded',
  13: 'InvalidPort',
  14: 'ZeroMaxAmount',
  255: 'BadRequest',
};

/** Both forms of a pool refusal: chopsticks' JSON and a real node's sentence. */
export function poolError(message) {
  const m = /"custom":(\d+)/.exec(message) ?? /Custom error: (\d+)/.exec(message);
  return m ? `pool.${CUSTOM_ERRORS[m[1]] ?? `Custom${m[1]}`}` : `pool: ${message}`;
}

export function dispatchError(api, err) {
  if (!err.isModule) return err.toString();
  const { section, name } = api.registry.findMetaError(err.asModule);
  return `${section}.${name}`;
}

export function dev(api, provider) {
  const blocks = async (count = 1) => {
    if (count > 0) await provider.send('dev_newBlock', [{ count }]);
  };
  const setStorage = (changes) => provider.send('dev_setStorage', [changes]);
  const number = async () => (await api.rpc.chain.getHeader()).number.toNumber();

  /** Set free balances, and keep the total issuance in step: withdrawals fail when it would fall below zero. */
  async function fund(amounts) {
    const entries = [];
    let issuance = BigInt((await api.query.balances.totalIssuance()).toString());
    for (const [address, rao] of Object.entries(amounts)) {
      const now = await api.query.system.account(address);
      issuance += BigInt(rao) - BigInt(now.data.free.toString());
      entries.push([[address], { nonce: now.nonce, providers: 1, data: { free: rao.toString() } }]);
    }
    await setStorage({
      System: { Account: entries },
      Balances: { TotalIssuance: issuance.toString() },
    });
  }

  /** Sign, submit, build one block, and say what became of it. */
  async function send(tx, signer) {
    const nonce = await api.rpc.system.accountNextIndex(signer.address);
    const signed = await tx.signAsync(signer, { nonce });
    const before = await number();
    try {
      await provider.send('author_submitExtrinsic', [signed.toHex()]);
    } catch (e) {
      return { ok: false, stage: 'pool', error: poolError(e.message), events: [] };
    }
    for (let tries = 0; tries < 20; tries++) {
      const head = await number();
      for (let n = before + 1; n <= head; n++) {
        const hash = await api.rpc.chain.getBlockHash(n);
        const { block } = await api.rpc.chain.getBlock(hash);
        const index = block.extrinsics.findIndex((x) => x.hash.eq(signed.hash));
        if (index < 0) continue;
        const events = (await (await api.at(hash)).query.system.events())
          .filter((e) => e.phase.isApplyExtrinsic && e.phase.asApplyExtrinsic.eqn(index))
          .map((e) => e.event);
        let error;
        const failed = events.find((e) => api.events.system.ExtrinsicFailed.is(e));
        if (failed) error = dispatchError(api, failed.data[0]);
        const sudid = events.find((e) => e.section === 'sudo' && e.method === 'Sudid');
        if (sudid?.data[0].isErr) error = dispatchError(api, sudid.data[0].asErr);
        return { ok: !error, stage: 'block', block: n, error, events };
      }
      await blocks(1);
    }
    return { ok: false, stage: 'lost', error: 'not included', events: [] };
  }

  return { api, provider, blocks, setStorage, number, fund, send };
}

export async function sendOk(chain, tx, signer) {
  const r = await chain.send(tx, signer);
  if (!r.ok) throw new Error(`${tx.method.section}.${tx.method.method}: ${r.error}`);
  return r;
}
