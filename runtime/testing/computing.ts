/** How long something takes, as this thread counts it. */

/**
 * The milliseconds that this thread computes for something. A machine that stands still, or that has much
 * else to do, adds none, so a bound on them is no race.
 */
export function computing(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}
