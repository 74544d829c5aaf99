/**
 * Which control hosts a node looks at to tell its own fault from a stranger's: by a flag, by the
 * environment, or the default. What is not plainly a list of host names is refused: with a wrong
 * one, everybody's leads would look as if they could not be told.
 */
import { show } from '../../protocols/query.ts';
import { UsageError } from './trouble.ts';

export const CONTROL_HOSTS_VARIABLE = 'LEADPOET_CONTROL_HOSTS';

/** Each is looked at whenever something fails: more than a few only cost time. */
const MOST_HOSTS = 8;
/** Two labels at least, the last of them no number: an address would say nothing of names. */
const HOST =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/** The hosts, and who named them. */
export interface ControlHosts {
  readonly hosts: readonly string[];
  readonly from: 'flag' | 'environment' | 'default';
}

export function controlHosts(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  byDefault: readonly string[],
): ControlHosts {
  if (flag !== undefined) return { hosts: hostsIn(flag, '--control-hosts'), from: 'flag' };
  const named = env[CONTROL_HOSTS_VARIABLE];
  if (named === undefined || named === '') return { hosts: byDefault, from: 'default' };
  return { hosts: hostsIn(named, CONTROL_HOSTS_VARIABLE), from: 'environment' };
}

function hostsIn(text: string, field: string): readonly string[] {
  const hosts = [...new Set(text.split(',').map((host) => host.trim().toLowerCase()))];
  if (hosts.length <= MOST_HOSTS && hosts.every((host) => HOST.test(host))) return hosts;
  const allowed = `1 to ${MOST_HOSTS} host names with commas between, like example.com,example.org`;
  throw new UsageError({ field, came: show(text), allowed });
}
