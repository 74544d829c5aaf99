/**
 * All that a node looks at the Internet with, put together from what its operator set.
 *
 *     resolver ─┬─ names ──┐
 *               ├─ web ────┼─▶ reach ──▶ verdicts
 *     Hunter ───┴─ mailboxes         findings (a file in the data directory, or memory)
 */
import { mkdirSync } from 'node:fs';
import { getServers } from 'node:dns';
import { join } from 'node:path';
import { seconds } from '../../protocols/units.ts';
import { WallClock } from '../clock.ts';
import type { Clock } from '../host.ts';
import { hunterApi } from '../providers/hunter-api.ts';
import { HUNTER_KEY } from '../providers/keys.ts';
import { memoryFindings, sqliteFindings } from '../store/findings.ts';
import { openControls } from './controls.ts';
import { openEgress } from './egress.ts';
import { hunterMailboxes } from './hunter.ts';
import { askInTurn } from './in-turn.ts';
import type { Controls, Mailboxes, Names } from './looking.ts';
import { openNames } from './names.ts';
import { openReach, type Reach } from './reach.ts';
import { openWeb } from './web.ts';

export interface InternetOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Hosts that are always there. */
  readonly controlHosts: readonly string[];
  /** Where findings are kept; in memory where absent. Made where it is not there. */
  readonly dataDir?: string;
  /** Told, once each, what a provider refuses: for the log. */
  readonly say?: (line: string) => void;
}

export interface Internet {
  readonly clock: Clock;
  readonly names: Names;
  readonly controls: Controls;
  readonly reach: Reach;
  /** The name servers that are asked. */
  readonly servers: readonly string[];
  close(): Promise<void>;
}

/** The file in the data directory in which findings lie. */
export const FINDINGS_FILE = 'findings.sqlite';

/** Throws a `WorldError` where the data directory cannot be used. */
export function openInternet({ env, controlHosts, dataDir, say }: InternetOptions): Internet {
  const clock = new WallClock();
  const names = openNames();
  const controls = openControls({
    names,
    clock,
    reachable: openEgress({ names }),
    hosts: controlHosts,
    // `reach` asks one question at a time, after what it is in doubt of: an older answer says nothing.
    standsFor: seconds(0),
  });
  const mailboxes = mailboxesOf(env, clock, say);
  const reach = openReach({
    names,
    controls,
    clock,
    web: openWeb({ names }),
    findings: dataDir === undefined ? memoryFindings() : findingsIn(dataDir),
    ...(mailboxes && { mailboxes }),
  });
  return {
    clock,
    names,
    controls,
    reach,
    servers: getServers(),
    async close() {
      await reach.close();
      clock.stop();
    },
  };
}

/**
 * The providers for which there is a key, asked in turn. Undefined where there is none: then a domain's
 * mail records are all that is asked.
 */
function mailboxesOf(
  env: InternetOptions['env'],
  clock: Clock,
  say: InternetOptions['say'],
): Mailboxes | undefined {
  const providers: Mailboxes[] = [];
  const key = env[HUNTER_KEY];
  if (key !== undefined && key !== '') {
    providers.push(hunterMailboxes({ api: hunterApi({ key, clock, ...(say && { say }) }) }));
  }
  const [first, ...others] = providers;
  return first && askInTurn(first, ...others);
}

function findingsIn(dataDir: string): ReturnType<typeof sqliteFindings> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  return sqliteFindings(join(dataDir, FINDINGS_FILE));
}
