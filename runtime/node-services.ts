/**
 * What a live node asks of the world, by its role:
 *
 *     miner        source     your own model, the open-source one by Hunter, or made-up leads (mock)
 *     validator    audit      your own model, or the open-source one: on the Internet, offline (mock)
 *     both keepers verify     the automated checks, likewise
 *     of ledgers   collusion  in a thread
 *     everyone     block, stake, setWeights of the chain
 */
import { evaluate } from '../protocols/rules/collusion/evaluate.ts';
import type { IsSuppressed } from '../protocols/rules/suppression.ts';
import type { Duration } from '../protocols/units.ts';
import { blockPort, setWeightsPort, stakePort } from './chain/in-memory.ts';
import { controlHosts } from './cli/control-hosts.ts';
import type { NodeSettings } from './cli/node-settings.ts';
import type { Clock, ServicePort, ServicePorts } from './host.ts';
import type { LiveChain } from './live.ts';
import { auditPort } from './services/audit.ts';
import { collusionPort } from './services/collusion.ts';
import { reachAudit, reachVerify } from './services/reach-ports.ts';
import { sourcePort } from './services/source.ts';
import { verifyPort } from './services/verify.ts';
import { openWorkers } from './services/workers.ts';
import { minerModel, validatorModel } from './sources/model.ts';
import { openSourceModel } from './sources/open-source-model.ts';
import { synthetic } from './sources/synthetic.ts';
import { withoutSuppressed } from './suppression.ts';
import { DEFAULT_CONTROL_HOSTS } from './verifiers/controls.ts';
import { openInternet } from './verifiers/internet.ts';

export interface ServiceParts {
  readonly settings: NodeSettings;
  readonly clock: Clock;
  readonly chain: LiveChain;
  /** The node's own directory. */
  readonly dir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isSuppressed?: IsSuppressed;
  readonly say: (line: string) => void;
}

export interface NodeServices {
  readonly ports: ServicePorts;
  close(): Promise<void>;
}

/** Throws a `UsageError` or `WorldError` where something that was asked for is not there. */
export function openServices(parts: ServiceParts): NodeServices {
  const { settings, chain } = parts;
  const ofChain: ServicePorts = { block: blockPort(chain), stake: stakePort(chain) };
  switch (settings.role) {
    case 'buyer':
      return { ports: ofChain, close: nothingToClose };
    case 'miner':
      return { ports: { ...ofChain, source: sourceOf(parts) }, close: nothingToClose };
    case 'validator':
    case 'pool':
      return keeperServices(parts, { ...ofChain, setWeights: setWeightsPort(chain) });
  }
}

const nothingToClose = (): Promise<void> => Promise.resolve();

/** What looking for made-up leads takes: something, so that it shows. */
const MOCK_SEARCH = { from: 200 as Duration, to: 1_000 as Duration };

function sourceOf(parts: ServiceParts): ServicePort<'source'> {
  const { settings, clock, isSuppressed, say } = parts;
  const source = bareSourceOf(parts);
  if (isSuppressed === undefined) return source;
  return withoutSuppressed(source, isSuppressed, (count) =>
    say(`${count} of the leads found are not to be contacted and were left out`),
  );

  function bareSourceOf({ env }: ServiceParts): ServicePort<'source'> {
    const { minerModel: model, openSourceLeads, businesses } = settings;
    if (model !== undefined) return minerModel({ model, clock });
    if (openSourceLeads) {
      return openSourceModel({ env, clock, say, ...(businesses && { businesses }) });
    }
    return sourcePort({ source: synthetic(), clock, delay: MOCK_SEARCH });
  }
}

function keeperServices(parts: ServiceParts, ofChain: ServicePorts): NodeServices {
  const { settings, clock, env, dir, say } = parts;
  const workers = openWorkers();
  const model =
    settings.validatorModel === undefined
      ? undefined
      : validatorModel({ model: settings.validatorModel, clock });
  const collusion = collusionPort({ evaluate, workers });
  if (settings.network.is === 'mock') {
    const ports: ServicePorts = {
      ...ofChain,
      audit: model ?? auditPort({ workers }),
      verify: verifyPort({ clock }),
      collusion,
    };
    return { ports, close: () => workers.close() };
  }
  const { hosts } = controlHosts(settings.controlHosts, {}, DEFAULT_CONTROL_HOSTS);
  const internet = openInternet({ env, controlHosts: hosts, dataDir: dir, say });
  const ports: ServicePorts = {
    ...ofChain,
    audit: model ?? reachAudit(internet.reach, clock),
    verify: reachVerify(internet.reach, clock),
    collusion,
  };
  return {
    ports,
    close: async () => void (await Promise.all([workers.close(), internet.close()])),
  };
}
