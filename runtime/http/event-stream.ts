/**
 * Server-sent events, written by hand: a head, then `event:` and `data:` lines, and a comment every now
 * and then so that nothing between the two closes what is silent.
 *
 * A reader that does not read is cut off: what it has not taken would lie in memory until it does.
 */
import type { FastifyReply } from 'fastify';

/** A result of a hundred leads is some 100 KB; who has not taken two of them does not read. */
const MOST_WAITING_BYTES = 262_144;
/** Proxies close what says nothing for a minute, some for half of it. */
const HEARTBEAT_MS = 15_000;

export interface Events {
  /** `data` is shown as JSON. */
  send(event: string, data: object): void;
  /** Sends one more, already JSON, and ends. */
  end(event: string, data: string): void;
  /** Ends without a word. */
  cut(): void;
  /** Calls `task` once it is over, whoever ended it. */
  closed(task: () => void): void;
}

/** From here on the reply is ours. */
export function openEvents(reply: FastifyReply): Events {
  const headers = reply.getHeaders();
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // Proxies of one well-known kind would hold it back otherwise.
    'x-accel-buffering': 'no',
  });
  raw.flushHeaders();
  const write = (text: string): void => {
    if (raw.destroyed || raw.writableEnded) return;
    if (raw.writableLength > MOST_WAITING_BYTES) raw.destroy();
    else raw.write(text);
  };
  const beat = setInterval(() => write(':\n\n'), HEARTBEAT_MS);
  raw.once('close', () => clearInterval(beat));
  return {
    send: (event, data) => write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
    end(event, data) {
      write(`event: ${event}\ndata: ${data}\n\n`);
      raw.end();
    },
    cut: () => void raw.destroy(),
    closed: (task) => void raw.once('close', task),
  };
}
