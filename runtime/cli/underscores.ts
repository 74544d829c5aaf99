/**
 * The subnet's habits write some flags with an underscore, the others with a dot: both are the same.
 *
 *     --wallet_name validator  ──▶  --wallet.name validator
 */

/** Flags that have a dot. */
const DOTTED = [
  'wallet.name',
  'wallet.hotkey',
  'wallet.path',
  'subtensor.network',
  'subtensor.chain_endpoint',
  'logging.debug',
  'logging.trace',
  'axon.ip',
  'axon.port',
] as const;

const SPELLINGS: ReadonlyMap<string, string> = new Map(
  DOTTED.map((name) => [`--${name.replace('.', '_')}`, `--${name}`]),
);

/** The arguments with each such flag under its one name; what comes behind `--` is no flag. */
export function withDots(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return args.map((arg, at) => {
    if (end !== -1 && at > end) return arg;
    const [flag = '', ...value] = arg.split('=');
    return [SPELLINGS.get(flag) ?? flag, ...value].join('=');
  });
}
