/**
 * The thread that a session's run has to itself: a player, played from outside.
 */
import * as Comlink from 'comlink';
import { parentPort, workerData } from 'node:worker_threads';
import { invariant, type Duration } from '../protocols/units.ts';
import type { Change } from '../runtime/dashboard/source.ts';
import { WALL } from '../runtime/film.ts';
import type { Cancel } from '../runtime/host.ts';
import { nodeEndpoint } from './endpoint.ts';
import type { Glance } from './glance.ts';
import { Player, type Position } from './player.ts';
import type { Scenario } from './scenario.ts';
import { Run, type RunResult } from './simulate.ts';
import type { ToldBatch } from './telling.ts';

/** What a session asks of its thread. */
export interface SessionThread {
  begin(): Promise<void>;
  play(speed: number): Promise<void>;
  pace(speed: number): Promise<void>;
  pause(): Promise<void>;
  step(by: Duration): Promise<void>;
  at(): Position;
  names(): readonly string[];
  look(name: string): Glance | undefined;
  picture(since: number): Change;
  result(): Promise<RunResult>;
  /** A number by which to unsubscribe. */
  subscribe(deliver: Deliver): number;
  unsubscribe(subscription: number): void;
}
export type Deliver = (batch: ToldBatch) => Promise<void>;

function thread(player: Player): SessionThread {
  const subscriptions = new Map<number, Cancel>();
  let made = 0;
  return {
    begin: () => player.begin(),
    play: (speed) => player.play(speed),
    pace: (speed) => player.pace(speed),
    pause: () => player.pause(),
    step: (by) => player.step(by),
    at: () => player.position,
    names: () => player.names(),
    look: (name) => player.look(name),
    picture: (since) => player.picture(since),
    result: () => player.result(),
    subscribe(deliver) {
      const silence = player.subscribe(deliver);
      subscriptions.set(++made, () => {
        silence();
        // It came over the line as a proxy, whose port stays open until it is let go.
        (deliver as Deliver & Comlink.ProxyMethods)[Comlink.releaseProxy]();
      });
      return made;
    },
    unsubscribe(subscription) {
      subscriptions.get(subscription)?.();
      subscriptions.delete(subscription);
    },
  };
}

invariant(parentPort !== null, 'a session has a thread of its own');
const run = workerData as { readonly scenario: Scenario; readonly seed: number };
Comlink.expose(thread(new Player(new Run(run), WALL)), nodeEndpoint(parentPort));
