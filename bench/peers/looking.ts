/**
 * The least that looks names up and visits websites: nothing here judges an address, so it is for
 * loopback alone. It stands where `runtime/verifiers/names.ts` and `web.ts` will.
 */
import { Resolver } from 'node:dns/promises';
import { Agent, request } from 'node:http';
import type { MailFound, Names, Web, WebFound } from '../../runtime/verifiers/looking.ts';

export function openNames({ servers }: { readonly servers: readonly string[] }): Names {
  const resolver = new Resolver({ timeout: 10_000, tries: 1 });
  resolver.setServers(servers);
  return {
    addresses: async (host, signal) => {
      const found = await orAborted(resolver.resolve4(host), signal);
      return found === undefined ? { is: 'silent' } : { is: 'found', addresses: found };
    },
    mail: async (domain, signal): Promise<MailFound> =>
      (await orAborted(resolver.resolveMx(domain), signal)) === undefined ? 'silent' : 'accepts',
  };
}

export function openWeb({ names }: { readonly names: Names }): Web {
  const agent = new Agent({ keepAlive: false });
  return {
    visit: async (url, signal) => {
      const { hostname, port, host } = new URL(url);
      const found = await names.addresses(hostname, signal);
      if (found.is !== 'found') return 'silent';
      return new Promise<WebFound>((resolve) => {
        const head = { method: 'HEAD', host: found.addresses[0], port, headers: { host } };
        const asking = request({ ...head, agent, signal });
        asking.on('response', (response) => {
          response.resume();
          resolve('there');
        });
        asking.on('error', () => resolve('gone'));
        asking.end();
      });
    },
    close: () => Promise.resolve(agent.destroy()),
  };
}

/** Absent where it was refused, or told to end. */
function orAborted<T>(wanted: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve) => {
    const leave = (): void => resolve(undefined);
    signal.addEventListener('abort', leave, { once: true });
    wanted.then(resolve, leave).finally(() => signal.removeEventListener('abort', leave));
  });
}
