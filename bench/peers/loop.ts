/**
 * The longest that the event loop was kept from everything else, in ms.
 *
 *     seen   by `monitorEventLoopDelay`: also while the machine ran something else
 *     own    time on the processor, from one look of a 5 ms timer to the next: what we did ourselves
 *     idle   what a process that does nothing sees meanwhile: the machine's own part in `seen`
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface Blocked {
  readonly seen: number;
  readonly own: number;
  readonly idle: number;
}

const RESOLUTION_MS = 5;

/** Watches from now until the end of it is asked for. */
export function watchLoop(): () => Promise<Blocked> {
  const idle = spawn(process.execPath, [import.meta.filename], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  idle.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));

  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let own = 0;
  let last = cpu();
  const probe = setInterval(() => {
    const now = cpu();
    own = Math.max(own, now - last);
    last = now;
  }, RESOLUTION_MS);
  delay.enable();
  return async () => {
    delay.disable();
    clearInterval(probe);
    idle.stdin.end();
    await once(idle, 'close');
    return { seen: delay.max / 1e6, own, idle: Number(text) };
  };
}

/** Of this thread, in ms. */
function cpu(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

if (process.argv[1] === import.meta.filename) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  process.stdin.resume().on('end', () => {
    console.log(delay.max / 1e6);
    process.exit(0);
  });
  setInterval(() => undefined, RESOLUTION_MS);
}
