/**
 * The part of `leadpoet doctor` that is about one node: its wallet, its chain, its port, its disk,
 * its clock.
 *
 *     ok   wallet  hotkey default of wallet default is there, mode 600
 *     fix  ports   port 8091 is in use: end what listens there, or name another with --axon.port
 *
 * Nobody needs any of it for a demo or an audit: what was not named and is not there is no fault.
 */
import { join } from 'node:path';
import { seconds, type Duration, type Instant } from '../../protocols/units.ts';
import type { Clock } from '../host.ts';
import type { PlannedNode } from './doctor-flags.ts';
import { within, type Line } from './doctor-part.ts';
import type { FileSeen, Room, Site } from './site.ts';
import { plain } from './table.ts';

export interface NodeLooks {
  readonly site: Site;
  readonly node: PlannedNode;
  /** Whose time is compared with ours; empty where the Internet is not looked at. */
  readonly timeHosts: readonly string[];
}

/** Of a chain's endpoint and of a host that has the time, names included. */
export const REACH_TIME: Duration = seconds(5);

/** One line a part or, of a wallet, a file. Never rejects, whatever hangs. */
export async function nodeLines(clock: Clock, looks: NodeLooks): Promise<readonly Line[]> {
  const [wallet, ...others] = await Promise.all([
    walletLines(clock, looks),
    chainLine(clock, looks),
    portsLine(clock, looks),
    diskLine(clock, looks),
    clockLine(clock, looks),
  ]);
  return [...wallet, ...others, filesLine(looks.site)];
}

async function walletLines(clock: Clock, { site, node }: NodeLooks): Promise<readonly Line[]> {
  const { path, name, hotkey, isNamed } = node.wallet;
  const at = (file: string): Promise<FileSeen | undefined> =>
    within(clock, site.file(join(path, name, file)), UNREADABLE);
  const [hot, pub, cold] = await Promise.all([
    at(join('hotkeys', hotkey)),
    at('coldkeypub.txt'),
    at('coldkey'),
  ]);
  const line = (state: Line['state'], text: string): Line => ({ of: 'wallet', state, text });
  const directory = plain(join(path, name));
  if (hot === undefined && pub === undefined && cold === undefined) {
    const text = `no wallet at ${directory}: a live node needs one, leadpoet wallet create makes it; --mock does without`;
    return [line(isNamed ? 'fix' : 'none', text)];
  }
  const lines: Line[] = [];
  const file = (what: string, where: string, seen: FileSeen | undefined, without: string): void => {
    const full = join(directory, where);
    if (seen === undefined) lines.push(line(isNamed ? 'fix' : 'none', `no ${what}: ${without}`));
    else if (!seen.isFile) lines.push(line('fix', `${full} is no file, or may not be looked at`));
    else if (!seen.isReadable)
      lines.push(line('fix', `${full} cannot be read: chown it to who runs the node`));
    else if (isSecret(where) && (seen.mode & 0o077) !== 0) {
      lines.push(line('fix', `${full} is open to others, mode ${octal(seen)}: chmod 600 ${full}`));
    } else lines.push(line('ok', `${what} is there, mode ${octal(seen)}`));
  };
  file(
    `hotkey ${hotkey} of wallet ${name}`,
    join('hotkeys', hotkey),
    hot,
    'name one that is there with --wallet.hotkey',
  );
  file(
    `coldkeypub.txt of wallet ${name}`,
    'coldkeypub.txt',
    pub,
    'copy it here: it says whose the hotkey is',
  );
  if (cold !== undefined) {
    // Its owner's funds: a node has no use for it.
    file(`coldkey of wallet ${name}`, 'coldkey', cold, '');
    lines.push(
      line(
        'none',
        'the coldkey is not needed to run a node: register and stake elsewhere, and keep it off this machine',
      ),
    );
  }
  return lines;
}

const UNREADABLE: FileSeen = { mode: 0, isFile: false, isReadable: false };
const isSecret = (file: string): boolean => !file.endsWith('.txt');
const octal = ({ mode }: FileSeen): string => mode.toString(8).padStart(3, '0');

async function chainLine(clock: Clock, { site, node: { chain } }: NodeLooks): Promise<Line> {
  if (chain === undefined) {
    return {
      of: 'chain',
      state: 'none',
      text: 'none is named: --subtensor.network test, finney or local; --mock does without one',
    };
  }
  if (chain === 'mock')
    return { of: 'chain', state: 'ok', text: 'the mock one, a file of the data directory' };
  const where = plain(`${chain.host}:${chain.port}`);
  const trouble = await within(
    clock,
    site.connect(chain.host, chain.port, REACH_TIME),
    'ETIMEDOUT',
  );
  return trouble === undefined
    ? { of: 'chain', state: 'ok', text: `${where} takes a connection` }
    : {
        of: 'chain',
        state: 'fix',
        text: `${where} takes no connection (${trouble}): open the way out, or name another with --subtensor.chain_endpoint`,
      };
}

async function portsLine(clock: Clock, { site, node: { axon } }: NodeLooks): Promise<Line> {
  const of = 'ports';
  if (axon === undefined) {
    const text =
      'no --axon.port is named: miner, validator and pool listen on 8091, where peers must reach them';
    return { of, state: 'none', text };
  }
  const { ip, port } = axon;
  const trouble = await within(clock, site.listen(ip, port), 'ETIMEDOUT');
  if (trouble === undefined) {
    const text = `port ${port} is free; whether peers reach it from outside cannot be seen from here`;
    return { of, state: 'ok', text };
  }
  const why =
    trouble === 'EADDRINUSE'
      ? 'is in use: end what listens there'
      : trouble === 'EACCES'
        ? 'is for root alone: take one from 1024 on'
        : `cannot be listened on (${trouble}): free it`;
  return { of, state: 'fix', text: `port ${port} ${why}, or name another with --axon.port` };
}

/** A journal between two snapshots, a pool of leads, findings of some hours, and what is in the way. */
const LEAST_ROOM = 1_000_000_000;

async function diskLine(clock: Clock, { site, node: { dataDir } }: NodeLooks): Promise<Line> {
  const { path, isNamed } = dataDir;
  const room = await within<Room | undefined>(clock, site.room(path), undefined);
  const wrong = (text: string): Line => ({
    of: 'disk',
    state: isNamed ? 'fix' : 'none',
    text: `${text}, or name another directory with --data-dir`,
  });
  if (room === undefined) return wrong(`${plain(path)} cannot be looked at: make it`);
  const where = plain(room.at === path ? path : `${path} (to be made in ${room.at})`);
  if (!room.isWritable) return wrong(`${where} cannot be written: chown it to who runs the node`);
  const text = `${where} has ${Math.floor(room.bytes / 1_000_000)} MB free`;
  return room.bytes >= LEAST_ROOM
    ? { of: 'disk', state: 'ok', text }
    : wrong(`${text}: free ${LEAST_ROOM / 1_000_000} MB`);
}

/** No chain of this subnet is so old: a machine that lost its battery is. 2025-01-01. */
const LEAST_TIME = 1_735_689_600_000 as Instant;
/** A query is refused 30 s after it was asked, and the line takes its share. */
const MOST_OFF: Duration = seconds(10);
const SET_IT = 'set it by NTP (timedatectl set-ntp true)';

async function clockLine(clock: Clock, { site, timeHosts }: NodeLooks): Promise<Line> {
  const of = 'clock';
  const now = clock.now();
  if (now < LEAST_TIME) {
    return {
      of,
      state: 'fix',
      text: `it is not ${new Date(now).toISOString().slice(0, 10)}: ${SET_IT}`,
    };
  }
  for (const host of timeHosts.slice(0, MOST_ASKED)) {
    const theirs = await within(clock, site.timeAt(host, REACH_TIME), undefined);
    if (theirs === undefined) continue;
    const off = clock.now() - theirs;
    const text = `${Math.round(Math.abs(off) / 1_000)} s ${off < 0 ? 'behind' : 'ahead of'} that of ${host}`;
    return Math.abs(off) <= MOST_OFF
      ? { of, state: 'ok', text: `within ${MOST_OFF / 1_000} s of that of ${host}` }
      : { of, state: 'fix', text: `${text}: ${SET_IT}; a query 30 s off is refused` };
  }
  return {
    of,
    state: 'none',
    text: 'nobody was there to compare it with; a query 30 s off is refused',
  };
}
/** One has the time; two more in case it does not answer. */
const MOST_ASKED = 2;

/** Some three hundred connections to peers, 64 look-ups of two sockets each, files and pipes. */
const LEAST_DESCRIPTORS = 1_024;

function filesLine(site: Site): Line {
  const of = 'files';
  const found = site.descriptors();
  if (found === undefined)
    return { of, state: 'none', text: 'this system does not say how many files may be open' };
  const text = `${found} files and sockets may be open`;
  return found >= LEAST_DESCRIPTORS
    ? { of, state: 'ok', text }
    : {
        of,
        state: 'fix',
        text: `${text}: raise it to ${LEAST_DESCRIPTORS} (ulimit -n, LimitNOFILE=)`,
      };
}
