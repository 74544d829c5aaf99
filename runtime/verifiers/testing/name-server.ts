/**
 * A name server for tests, over UDP and TCP, that answers from a table and misbehaves as told. A name
 * that is not in the table does not exist; a record that is not there is no data.
 */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import packet, { type Answer, type DecodedPacket } from 'dns-packet';
import type { Duration } from '../../../protocols/units.ts';
import { OWN_LOOPBACK } from '../../testing/own-loopback.ts';

export interface Records {
  readonly A?: readonly string[];
  readonly AAAA?: readonly string[];
  /** Preference and exchange; `.` is the null MX. */
  readonly MX?: readonly (readonly [number, string])[];
  /** Over UDP only the word that there is more, so that the rest is fetched over TCP. */
  readonly isTruncated?: true;
  /** The answer comes so much later. */
  readonly after?: Duration;
}

/** What is wrong with a name: no answer, an error for an answer, or bytes that are none. */
export type Wrong = 'silent' | 'servfail' | 'refused' | 'garbage' | 'wrong_id';

/** By name; a function is asked each time, with how often the name and type were asked before. */
export type Zone = Readonly<Record<string, Told | ((before: number) => Told)>>;
type Told = Records | Wrong;

export interface NameServer {
  /** `address:port`, as resolvers take it. */
  readonly at: string;
  /** `TYPE name` of each question, in order. */
  readonly asked: readonly string[];
  close(): void;
}

const CODES = { answered: 0, servfail: 2, absent: 3, refused: 5 };

export async function startNameServer(
  zone: Zone,
  address: string = OWN_LOOPBACK,
  port = 0,
): Promise<NameServer> {
  const asked: string[] = [];
  const times = new Map<string, number>();

  async function answer(question: DecodedPacket, isUdp: boolean): Promise<Buffer | undefined> {
    const [{ type, name } = { type: 'A', name: '' }] = question.questions ?? [];
    const key = `${type} ${name.toLowerCase()}`;
    const before = times.get(key) ?? 0;
    times.set(key, before + 1);
    asked.push(key);

    const entry = zone[name.toLowerCase()];
    const told = typeof entry === 'function' ? entry(before) : entry;
    if (told === 'silent') return undefined;
    if (told === 'garbage') return Buffer.alloc(64, 0xff);
    if (told === 'wrong_id') return reply({ ...question, id: (question.id ?? 0) ^ 1 }, 0, []);
    if (typeof told === 'string') return reply(question, CODES[told], []);
    if (told === undefined) return reply(question, CODES.absent, []);

    if (told.after !== undefined) await pause(told.after);
    const isCut = isUdp && told.isTruncated === true;
    const answers = isCut ? [] : answersOf(type, name, told);
    return reply(question, CODES.answered, answers, isCut ? packet.TRUNCATED_RESPONSE : 0);
  }

  // One port for both: at an address of its own it is free over UDP where it was over TCP.
  const overTcp = createServer((socket) => void serve(socket, answer));
  overTcp.listen(port, address);
  await once(overTcp, 'listening');
  const bound = (overTcp.address() as AddressInfo).port;

  const overUdp = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  overUdp.on('message', (message, from: RemoteInfo) => {
    void send(message, from);
  });
  let isOpen = true;
  const send = async (message: Buffer, from: RemoteInfo): Promise<void> => {
    const bytes = await answer(packet.decode(message), true);
    if (bytes !== undefined && isOpen) overUdp.send(bytes, from.port, from.address);
  };
  overUdp.bind(bound, address);
  await once(overUdp, 'listening');

  return {
    at: `${address}:${bound}`,
    asked,
    close: () => {
      isOpen = false;
      overUdp.close();
      overTcp.close();
    },
  };
}

/** One question at a time of a connection, each behind its length. */
async function serve(
  socket: Socket,
  answer: (question: DecodedPacket, isUdp: boolean) => Promise<Buffer | undefined>,
): Promise<void> {
  let held = Buffer.alloc(0);
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      held = Buffer.concat([held, chunk]);
      while (held.length >= 2 && held.length >= 2 + held.readUInt16BE()) {
        const end = 2 + held.readUInt16BE();
        const bytes = await answer(packet.decode(held.subarray(2, end)), false);
        held = held.subarray(end);
        if (bytes === undefined) continue;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(bytes.length);
        socket.write(Buffer.concat([length, bytes]));
      }
    }
  } catch {
    // Whoever asked has hung up.
  }
}

function reply(
  { id = 0, questions = [] }: DecodedPacket,
  code: number,
  answers: Answer[],
  more = 0,
): Buffer {
  const flags = packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE | code | more;
  return packet.encode({ type: 'response', id, flags, questions, answers });
}

function answersOf(type: string, name: string, { A = [], AAAA = [], MX = [] }: Records): Answer[] {
  const ttl = 1;
  if (type === 'A') return A.map((data) => ({ type: 'A', name, ttl, data }));
  if (type === 'AAAA') return AAAA.map((data) => ({ type: 'AAAA', name, ttl, data }));
  if (type !== 'MX') return [];
  return MX.map(([preference, exchange]) => ({
    type: 'MX',
    name,
    ttl,
    data: { preference, exchange },
  }));
}
