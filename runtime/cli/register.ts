/**
 * `leadpoet register`: buys a slot of the subnet for a hotkey. The price is burned.
 */
import { neuronOf } from '../../protocols/metagraph.ts';
import { showTao } from '../../protocols/units.ts';
import { burnedRegister } from '../chain/subtensor/calls.ts';
import { atDesk, type ChainDesk } from './chain-desk.ts';
import { consent, type Asking } from './consent.ts';
import type { Signers } from './signer.ts';
import { EXIT, type Console } from './trouble.ts';

export interface CostlyOptions {
  readonly yes?: true;
  readonly json?: true;
}

/** What a command that costs money works with. */
export interface CostlyParts {
  readonly open: () => Promise<ChainDesk>;
  readonly signers: Signers;
  readonly asking: Asking;
}

/** Exit 0 where it is registered now, also where it was before; 1 where it is not. */
export async function register(
  { yes, json }: CostlyOptions,
  { open, signers, asking }: CostlyParts,
  io: Console,
): Promise<number> {
  const [hotkey, coldkey] = await Promise.all([
    signers.address('hotkey'),
    signers.address('coldkey'),
  ]);
  return atDesk(open, io, async (desk) => {
    const { metagraph, burn, maxUids } = desk.state;
    const known = neuronOf(metagraph, hotkey);
    if (known !== undefined) {
      const { uid, registeredAt: block } = known;
      return report({ hotkey, uid, block, wasThere: true }, desk, json, io);
    }
    const has = await desk.balanceOf(coldkey);
    const summary = [
      ['register', hotkey],
      [
        'on',
        `subnet ${desk.netuid}, ${metagraph.neurons.length} of ${maxUids} slots taken, ${desk.endpoint}`,
      ],
      ['price', `${showTao(burn)} TAO, burned, by the chain's price in the block it lands in`],
      ['paid by', `${coldkey}, which has ${showTao(has)} TAO`],
    ] as const;
    if (has < burn) {
      io.err(
        `leadpoet: a registration costs ${showTao(burn)} TAO; ${coldkey} has ${showTao(has)}\n`,
      );
      return EXIT.no;
    }
    if (!(await consent(summary, { yes: yes === true, asking, io }))) return EXIT.no;
    const { block } = await signers.with('coldkey', (signer) =>
      desk.call(signer, burnedRegister(desk.netuid, hotkey)),
    );
    return report({ hotkey, block, wasThere: false }, desk, json, io);
  });
}

function report(
  {
    hotkey,
    uid,
    block,
    wasThere,
  }: {
    readonly hotkey: string;
    readonly uid?: number;
    readonly block: number;
    readonly wasThere: boolean;
  },
  { netuid }: ChainDesk,
  json: true | undefined,
  io: Console,
): number {
  const done = {
    format: 'leadpoet.register/1',
    hotkey,
    netuid,
    uid: uid ?? null,
    block,
    was_there: wasThere,
  };
  const words = wasThere
    ? `${hotkey} is registered since block ${block}, as uid ${uid}`
    : `${hotkey} is registered in block ${block}`;
  io.out(json ? `${JSON.stringify(done, null, 2)}\n` : `${words}\n`);
  return EXIT.done;
}
