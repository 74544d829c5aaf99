/**
 * Runs one actor on a host: one mailbox, one input at a time. All actors of a host share one loop.
 */
import type { Actor, Service } from '../actors/actor.ts';
import type { Address, Role } from '../protocols/messages.ts';
import type { Host } from './host.ts';
import type { Running } from './running.ts';
import { System } from './system.ts';

const systems = new WeakMap<Host, System>();

/** The loop of a host, made when it is first asked for. */
export function systemOf(host: Host): System {
  let system = systems.get(host);
  if (system === undefined) {
    system = new System(host);
    systems.set(host, system);
  }
  return system;
}

/** Begins `actor` at `self` soon, not within this call. Throws where an actor runs there already. */
export const spawn = <R extends Role, State, Uses extends Service>(
  host: Host,
  actor: Actor<R, State, Uses>,
  self: Address<R>,
): Running<State, R> => systemOf(host).spawn(actor, self);
