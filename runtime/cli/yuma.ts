/**
 * `leadpoet yuma FILE`: consensus, incentive, dividends and bonds from stake and weights.
 *
 *     stake, weights ──▶ epoch ──▶ bonds ──▶ epoch ──▶ …      each shown as the chain would keep it
 *
 * The highest 64 stakes hold a permit, as they would on the chain after the first epoch.
 */
import { shares } from '../../protocols/rules/emissions.ts';
import type { Row16 } from '../../protocols/rules/yuma/matrix.ts';
import { floor16 } from '../../protocols/rules/yuma/sixteen.ts';
import { permitsFor } from '../../protocols/rules/yuma/stake.ts';
import { yumaEpoch, type YumaEpoch } from '../../protocols/rules/yuma.ts';
import { ONE, type Rao, type Weight16 } from '../../protocols/units.ts';
import { readYumaFile, type YumaFile } from '../yuma-file.ts';
import { table, type Column } from './table.ts';
import { EXIT, type Console } from './trouble.ts';

/** As `--json` prints it: proportions of 65535, by uid. */
export interface YumaReport {
  readonly format: 'leadpoet.yuma/1';
  readonly epochs: readonly EpochReport[];
}

export interface EpochReport {
  readonly consensus: readonly Weight16[];
  readonly incentive: readonly Weight16[];
  readonly dividends: readonly Weight16[];
  readonly validator_trust: readonly Weight16[];
  readonly bonds: readonly Row16[];
  /** Decimals of six places that add up to 1, or to 0 where nobody has any stake. */
  readonly emission: readonly number[];
}

export async function yuma(
  file: string,
  { json = false }: { readonly json?: boolean },
  io: Console,
): Promise<number> {
  const subnet = await readYumaFile(file);
  if (json) printJson(subnet, io);
  else printTables(subnet, io);
  return EXIT.done;
}

/** Epoch by epoch: all of them may be more than a text can hold. */
function printJson(subnet: YumaFile, io: Console): void {
  io.out('{"format":"leadpoet.yuma/1","epochs":[');
  let separator = '';
  for (const epoch of epochsOf(subnet)) {
    io.out(separator + JSON.stringify(epoch));
    separator = ',';
  }
  io.out(']}\n');
}

function printTables(subnet: YumaFile, io: Console): void {
  let number = 0;
  for (const epoch of epochsOf(subnet)) {
    number++;
    io.out(`${number > 1 ? '\n' : ''}Epoch ${number}\n${showEpoch(epoch)}`);
  }
}

/** The epochs of a file, each starting from the bonds that the one before left. */
export function* epochsOf(subnet: YumaFile): Generator<EpochReport> {
  const { stake, weights, active, terms } = subnet;
  const permits = permitsFor(stake);
  let { bonds } = subnet;
  let standing: readonly Row16[] = [];
  for (let index = 0; index < subnet.epochs; index++) {
    standing = weights[index] ?? standing;
    const epoch = yumaEpoch({ stake, weights: standing, bonds, permits, active }, terms);
    bonds = epoch.bonds;
    yield reportOn(epoch);
  }
}

const reportOn = (epoch: YumaEpoch): EpochReport => ({
  consensus: epoch.consensus.map(floor16),
  incentive: epoch.incentive.map(floor16),
  dividends: epoch.dividends.map(floor16),
  validator_trust: epoch.validatorTrust.map(floor16),
  bonds: epoch.bonds,
  emission: inMillionths(epoch.emission).map((share) => Number(share) / ONE),
});

const inMillionths = (emission: readonly number[]): readonly Rao[] =>
  shares(
    emission.map((share) => Math.floor(share * FINEST)),
    BigInt(ONE) as Rao,
  );

/** Steps in a share that are whole numbers still. */
const FINEST = Number.MAX_SAFE_INTEGER;

/** Of each epoch; `--json` has all of it. */
const MOST_ROWS = 1_000;

function showEpoch(epoch: EpochReport): string {
  const rows = epoch.emission
    .slice(0, MOST_ROWS)
    .map((share, uid) => [
      String(uid),
      ...[epoch.consensus, epoch.incentive, epoch.dividends, epoch.validator_trust].map((vector) =>
        String(vector[uid] ?? 0),
      ),
      share.toFixed(6),
      showBonds(epoch.bonds[uid] ?? []),
    ]);
  const more = epoch.emission.length - rows.length;
  return `${table(COLUMNS, rows)}${more > 0 ? `… and ${more} more; --json lists them all\n` : ''}`;
}

const showBonds = (bonds: Row16): string =>
  bonds.map(([uid, bond]) => `${uid}:${bond}`).join(' ') || '-';

const number = (title: string): Column => ({ title, align: 'right' });
const COLUMNS: readonly Column[] = [
  number('uid'),
  number('consensus'),
  number('incentive'),
  number('dividends'),
  number('trust'),
  number('emission'),
  { title: 'bonds', most: 48 },
];
