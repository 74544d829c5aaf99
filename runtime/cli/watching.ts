/**
 * A dashboard for a person at this machine, open until it is told to stop.
 *
 * Its address is the first line of stdout. A browser is opened where a person sits at the terminal, or
 * where it is asked for.
 */
import { spawn } from 'node:child_process';
import { dashboard } from '../dashboard/dashboard.ts';
import type { DashboardSource } from '../dashboard/source.ts';
import { listenOn, loopbackServer } from '../loopback.ts';
import type { Signal } from './stopping.ts';
import type { Console } from './trouble.ts';

export interface WatchOptions {
  readonly source: DashboardSource;
  /** 0: a free one. */
  readonly port: number;
  /** Whether a browser is opened; where absent, as a terminal of a desktop is there or not. */
  readonly open?: boolean;
  /** Resolves when it is to end. */
  readonly told: Promise<Signal>;
  /** Rejects where what is watched fails, and the watch with it. That it ends is nothing to that. */
  readonly failing: Promise<unknown>;
  readonly io: Console;
}

/** Rejects with a `UsageError` for no port, with a `WorldError` for one that is taken. */
export async function watchUntilTold(options: WatchOptions): Promise<Signal> {
  const { source, port, told, failing, io, open = isAtDesktop() } = options;
  const app = loopbackServer();
  await app.register(dashboard, { source });
  const { url } = await listenOn(app, port, '--port');
  io.out(`${url}/\n`);
  io.err('a page shows what happens, at the address above; Ctrl-C ends it\n');
  if (open) openBrowser(url);
  try {
    return await Promise.race([told, failing.then(() => told)]);
  } finally {
    await app.close();
  }
}

/** Over SSH and in a container there is a terminal, and no browser beside it. */
function isAtDesktop(): boolean {
  if (!process.stdout.isTTY) return false;
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  return process.platform !== 'linux' || Boolean(DISPLAY) || Boolean(WAYLAND_DISPLAY);
}

/** With what the system opens an address; where it has nothing for that, the address stands there. */
function openBrowser(url: string): void {
  const [command = '', ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  const child = spawn(command, [...args, url], { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined);
  child.unref();
}

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};
