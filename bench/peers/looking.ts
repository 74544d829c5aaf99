/**
 * The least that looks names up and visits websites: nothing here judges an address, so it is for
 * loopback alone. It stands where `runtime/verifiers/names.ts` and `web.ts` will.
 */
import { Resolver } from 'node:dns/promises';
import { Agent, request } from 'node:http';
import type { MailFound, Names, Web, WebFound } from '../../runtime/verifiers/looking.ts';

export function openNames({ servers }: { readonly servers: readonly string[] }): Names {
  return {
    addresses: async (host, signal) => {
      const found = await asked(servers, (resolver) => resolver.resolve4(host), signal);
      return found === undefined ? { is: 'silent' } : { is: 'found', addresses: found };
    },
    mail: async (domain, signal): Promise<MailFound> => {
      const found = await asked(servers, (resolver) => resolver.resolveMx(domain), signal);
      return found === undefined ? 'silent' : 'accepts';
    },
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

/**
 * Absent where it was refused, or told to end. A resolver for each question: one that has learned how
 * fast its server is gives up on a slow answer after some five times that, whatever its `timeout`.
 */
function asked<T>(
  servers: readonly string[],
  question: (resolver: Resolver) => Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  const resolver = new Resolver({ timeout: 20_000, tries: 1 });
  resolver.setServers(servers);
  const leave = (): void => resolver.cancel();
  signal.addEventListener('abort', leave, { once: true });
  return question(resolver)
    .catch(() => undefined)
    .finally(() => signal.removeEventListener('abort', leave));
}
