/**
 * `leadpoet sim watch`: a run on the dashboard, to be paused, stepped and sped up.
 */
import type { Controls, DashboardSource } from '../runtime/dashboard/source.ts';
import { exitOf, hearSignals } from '../runtime/cli/stopping.ts';
import { type Console } from '../runtime/cli/trouble.ts';
import { watchUntilTold } from '../runtime/cli/watching.ts';
import { loadScenario } from './scenario-file.ts';
import { openSession, type Session } from './session.ts';

export interface WatchCommandOptions {
  /** 1 where absent. */
  readonly seed?: number;
  /** Virtual over wall time; `SPEED` where absent. */
  readonly speed?: number;
  readonly port: number;
  readonly open?: boolean;
}

/** A minute a second: a query's walk takes a second or two, and a day twenty-four minutes. */
const SPEED = 60;

export async function watchCommand(
  nameOrPath: string,
  { seed = 1, speed = SPEED, port, open }: WatchCommandOptions,
  io: Console,
): Promise<number> {
  const scenario = loadScenario(nameOrPath);
  const { told } = hearSignals();
  io.err(`${scenario.name}, seed ${seed}: everyone registers and begins\n`);
  const session = await openSession({ scenario, seed });
  try {
    // What is drawn is seen from the beginning, whenever somebody looks.
    await session.picture(0);
    await session.play(speed);
    const source = sourceOf(session, speed);
    return exitOf(
      await watchUntilTold({
        source,
        port,
        told,
        failing: session.result(),
        io,
        ...(open === undefined ? {} : { open }),
      }),
    );
  } finally {
    await session.close();
  }
}

/** A session as a dashboard takes it. */
export function sourceOf(session: Session, first: number): DashboardSource {
  let speed = first;
  const controls: Controls = {
    play: () => session.play(speed),
    pause: () => session.pause(),
    step: (by) => session.step(by),
    speed: (of = Infinity) => {
      speed = of;
      return session.pace(speed);
    },
  };
  return { look: (since) => session.picture(since), controls };
}
