/**
 * As much of a runtime's metadata as our calls need, made by hand: for tests without a chain. Indices
 * and arguments are those of runtimes 224 to 425, as `npm run test:chain` finds them in a real one.
 */
import { expandMetadata, Metadata, TypeRegistry } from '@polkadot/types';
import type { Tx } from '../subtensor/calls.ts';

const NUMBERS = ['U8', 'U16', 'U32', 'U64', 'U128'] as const;
/** After the numbers, by their place. */
const MORE = { bytes32: 5, AccountId32: 6, H256: 7, u16s: 8, Bytes: 9, Call: 10 } as const;
const TYPES: Readonly<Record<string, number>> = {
  u8: 0,
  u16: 1,
  u32: 2,
  u64: 3,
  u128: 4,
  AccountId32: MORE.AccountId32,
  H256: MORE.H256,
  'Vec<u16>': MORE.u16s,
  Bytes: MORE.Bytes,
};

/** Name, index, arguments as the chain spells them. */
const CALLS: readonly (readonly [string, number, string])[] = [
  ['set_weights', 0, 'netuid u16, dests Vec<u16>, weights Vec<u16>, version_key u64'],
  ['add_stake', 2, 'hotkey AccountId32, netuid u16, amount_staked u64'],
  ['remove_stake', 3, 'hotkey AccountId32, netuid u16, amount_unstaked u64'],
  ['burned_register', 7, 'netuid u16, hotkey AccountId32'],
  [
    'serve_axon_tls',
    40,
    'netuid u16, version u32, ip u128, port u16, ip_type u8, protocol u8, placeholder1 u8, placeholder2 u8, certificate Bytes',
  ],
  ['commit_weights', 96, 'netuid u16, commit_hash H256'],
  [
    'reveal_weights',
    97,
    'netuid u16, uids Vec<u16>, values Vec<u16>, salt Vec<u16>, version_key u64',
  ],
];

export interface LittleRuntime {
  readonly registry: TypeRegistry;
  readonly tx: Tx;
}

/** `change` may leave out a call or spell its arguments otherwise. */
export function littleRuntime(
  change: (call: (typeof CALLS)[number]) => (typeof CALLS)[number] | undefined = (call) => call,
): LittleRuntime {
  const registry = new TypeRegistry();
  const variants = CALLS.map(change)
    .filter((call) => call !== undefined)
    .map(([name, index, args]) => ({
      name,
      index,
      docs: [],
      fields: args.split(', ').map((arg) => {
        const [field = '', type = ''] = arg.split(' ');
        return { name: field, type: TYPES[type], typeName: type, docs: [] };
      }),
    }));
  const type = (id: number, path: readonly string[], def: object): object => ({
    id,
    type: { path, params: [], def, docs: [] },
  });
  const types = [
    ...NUMBERS.map((name, id) => type(id, [], { Primitive: name })),
    type(MORE.bytes32, [], { Array: { len: 32, type: 0 } }),
    type(MORE.AccountId32, ['sp_core', 'crypto', 'AccountId32'], {
      Composite: { fields: [{ name: null, type: MORE.bytes32, typeName: '[u8; 32]', docs: [] }] },
    }),
    type(MORE.H256, ['primitive_types', 'H256'], {
      Composite: { fields: [{ name: null, type: MORE.bytes32, typeName: '[u8; 32]', docs: [] }] },
    }),
    type(MORE.u16s, [], { Sequence: { type: 1 } }),
    type(MORE.Bytes, [], { Sequence: { type: 0 } }),
    type(MORE.Call, ['pallet_subtensor', 'pallet', 'Call'], { Variant: { variants } }),
  ];
  const pallet = {
    name: 'SubtensorModule',
    storage: null,
    calls: { type: MORE.Call },
    events: null,
    constants: [],
    errors: null,
    index: 7,
  };
  const metadata = new Metadata(registry, {
    magicNumber: 0x6174656d,
    metadata: {
      V14: {
        lookup: { types },
        pallets: [pallet],
        extrinsic: { type: MORE.Call, version: 4, signedExtensions: [] },
        type: MORE.Call,
      },
    },
  });
  registry.setMetadata(metadata);
  return { registry, tx: expandMetadata(registry, metadata).tx as unknown as Tx };
}
