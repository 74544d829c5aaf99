/**
 * A thread's end of a line, or a port's, in the shape that Comlink speaks through: events with the
 * message in `data`, where Node hands over the message itself.
 */
import type { MessagePort, Transferable, Worker } from 'node:worker_threads';

type Hear = (event: { readonly data: unknown }) => void;
type Listener = Hear | { handleEvent: Hear };

/** What Comlink asks for, without the types of a browser. */
export interface NodeEndpoint {
  postMessage(message: unknown, moved?: readonly Transferable[]): void;
  addEventListener(type: string, listener: Listener): void;
  removeEventListener(type: string, listener: Listener): void;
}

export function nodeEndpoint(port: Worker | MessagePort): NodeEndpoint {
  const heard = new Map<Listener, (data: unknown) => void>();
  return {
    postMessage: (message, moved = []) => port.postMessage(message, moved),
    addEventListener(_type, listener) {
      const hear = (data: unknown): void =>
        typeof listener === 'function' ? listener({ data }) : listener.handleEvent({ data });
      heard.set(listener, hear);
      port.on('message', hear);
    },
    removeEventListener(_type, listener) {
      const hear = heard.get(listener);
      if (hear === undefined) return;
      heard.delete(listener);
      port.off('message', hear);
    },
  };
}
