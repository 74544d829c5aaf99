/**
 * Strangers' hosts on loopback, in a process of their own: a name server and websites that are as
 * slow as their names say.
 *
 *     n50w20i7.com   its name server takes 50 ms, its website 20 ms; 7 tells it from others
 *     nxw20i8.com    its name server never answers; `wx`: its website does not
 *
 *     node bench/peers/internet.ts        prints its ports, and ends when its stdin does
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decode, encode, type Answer } from 'dns-packet';

/** Of one address a client has 28 000 ports, each of which rests for a minute. */
const ADDRESSES = 8;

/** Absent where it never answers. */
export const slownessOf = (name: string, of: 'n' | 'w'): number | undefined => {
  const found = new RegExp(`${of}(\\d+|x)`).exec(name)?.[1];
  return found === undefined || found === 'x' ? undefined : Number(found);
};

const addressOf = (name: string): string => {
  const number = Number(/i(\d+)/.exec(name)?.[1] ?? 0);
  return `127.0.0.${1 + (number % ADDRESSES)}`;
};

if (process.argv[1] === import.meta.filename) {
  const names = createSocket('udp4');
  names.on('message', (bytes, { port, address }) => {
    const { id, questions = [] } = decode(bytes);
    const [question] = questions;
    const wait = slownessOf(question?.name ?? '', 'n');
    if (question === undefined || wait === undefined) return;
    const answers: Answer[] =
      question.type === 'MX'
        ? [{ type: 'MX', name: question.name, data: { exchange: question.name, preference: 1 } }]
        : question.type === 'A'
          ? [{ type: 'A', name: question.name, data: addressOf(question.name) }]
          : [];
    // AA: it is the one that knows.
    const reply = encode({ id: id ?? 0, type: 'response', flags: 0x0400, questions, answers });
    setTimeout(() => names.send(reply, port, address), wait);
  });
  names.bind(0, '127.0.0.1');
  await once(names, 'listening');

  const port = await listening(0, 1);
  for (let address = 2; address <= ADDRESSES; address++) await listening(port, address);
  console.log(JSON.stringify({ names: names.address().port, web: port }));
  process.stdin.resume().on('end', () => process.exit(0));
}

async function listening(port: number, address: number): Promise<number> {
  const server: Server = createServer((request, response) => {
    const wait = slownessOf(request.headers.host ?? '', 'w');
    if (wait !== undefined) setTimeout(() => response.end(), wait);
  });
  server.listen(port, `127.0.0.${address}`, 1_024);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
