/**
 * A call on a mock chain, and how it is written into a file: as JSON, with money in rao as digits and
 * keys as hex.
 */
import type { Coldkey, Hotkey, Rao, Uid, Weight16 } from '../../protocols/units.ts';
import { objectIn, wholeFrom, wrong, type Fields } from '../fields.ts';
import type { Axon } from '../live.ts';
import type { NodeRoles, Registration, Staking, Weights } from './subnet.ts';

export type Call =
  | { readonly is: 'fund'; readonly coldkey: Coldkey; readonly amount: Rao }
  | ({ readonly is: 'register' } & Registration)
  | ({ readonly is: 'addStake' | 'removeStake' } & Staking)
  | { readonly is: 'serve'; readonly hotkey: Hotkey; readonly axon: Axon }
  | { readonly is: 'setWeights'; readonly hotkey: Hotkey; readonly weights: Weights };

export const writeCall = (call: Call): string =>
  JSON.stringify(call, (_, value: unknown) => {
    if (typeof value === 'bigint') return value.toString();
    return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
  });

/** Throws where a text is no call. */
export function readCall(text: string): Call {
  const fields = objectIn(JSON.parse(text), 'call');
  const { is } = fields;
  switch (is) {
    case 'fund':
      return { is, coldkey: coldkeyIn(fields), amount: amountIn(fields) };
    case 'register':
      return { is, coldkey: coldkeyIn(fields), hotkey: hotkeyIn(fields), roles: rolesIn(fields) };
    case 'addStake':
    case 'removeStake':
      return { is, coldkey: coldkeyIn(fields), hotkey: hotkeyIn(fields), amount: amountIn(fields) };
    case 'serve':
      return { is, hotkey: hotkeyIn(fields), axon: axonIn(objectIn(fields['axon'], 'axon')) };
    case 'setWeights':
      return { is, hotkey: hotkeyIn(fields), weights: weightsIn(fields) };
    default:
      throw wrong('is', is, 'a call of this chain');
  }
}

const textIn = (fields: Fields, name: string, form: RegExp): string => {
  const value = fields[name];
  if (typeof value === 'string' && form.test(value)) return value;
  throw wrong(name, value, String(form));
};

/** Whatever names a key on this chain: nobody signs with it here. */
const KEY = /^.{1,128}$/s;
const coldkeyIn = (fields: Fields): Coldkey => textIn(fields, 'coldkey', KEY) as Coldkey;
const hotkeyIn = (fields: Fields): Hotkey => textIn(fields, 'hotkey', KEY) as Hotkey;
const amountIn = (fields: Fields): Rao => BigInt(textIn(fields, 'amount', /^-?\d{1,30}$/)) as Rao;

const listIn = (fields: Fields, name: string): readonly unknown[] => {
  const value = fields[name];
  if (Array.isArray(value)) return value;
  throw wrong(name, value, 'a list');
};

const ROLES: readonly unknown[] = ['miner', 'validator', 'pool'] satisfies NodeRoles;
const rolesIn = (fields: Fields): NodeRoles => {
  const roles = listIn(fields, 'roles');
  if (roles.every((role) => ROLES.includes(role))) return roles as NodeRoles;
  throw wrong('roles', roles, ROLES.join(', '));
};

const axonIn = (fields: Fields): Axon => ({
  // In memory of its own: else it is a piece of a block of 64 KiB, all of which each key would keep.
  peerKey: new Uint8Array(Buffer.from(textIn(fields, 'peerKey', /^[0-9a-f]{64}$/), 'hex')),
  ip: textIn(fields, 'ip', /^[0-9a-fA-F.:]{2,45}$/),
  port: wholeFrom(0, 65_535)(fields['port'], 'port'),
  roles: rolesIn(fields),
});

const weightsIn = (fields: Fields): Weights =>
  listIn(fields, 'weights').map((pair) => {
    const [uid, weight] = listIn({ pair }, 'pair');
    const u16 = wholeFrom(0, 65_535);
    return [u16(uid, 'uid') as Uid, u16(weight, 'weight') as Weight16];
  });
