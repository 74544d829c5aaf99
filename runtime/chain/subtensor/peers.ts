/**
 * Who is where: axons, which come with each block, and certificates, which are read where an axon was
 * announced anew.
 *
 * Anybody can announce another's peer key. Nobody gains by a key that is not his, for a connection
 * proves it, and a peer is known by what its own hotkey has announced (`transport/greeting.ts`). Whose
 * a key is by itself is a guess: it stays with the hotkey that we saw it with; and where two had it
 * before we looked, it is that of the axon announced first.
 */
import type { Neuron } from '../../../protocols/metagraph.ts';
import type { Hotkey } from '../../../protocols/units.ts';
import type { Endpoint, PeerDirectory } from '../../live.ts';
import { endpointFrom, peerKeyOf, rolesOf, type ChainAxon } from './axon.ts';
import type { Hex, Session } from './session.ts';

interface Certificate {
  /** Of the axon that it came with. */
  readonly block: number;
  /** Undefined where there is none, or none of ours. */
  readonly peerKey: Uint8Array | undefined;
}

export class Peers implements PeerDirectory {
  #certificates: ReadonlyMap<Hotkey, Certificate> = new Map();
  #endpoints: ReadonlyMap<Hotkey, Endpoint> = new Map();
  #hotkeys: ReadonlyMap<string, Hotkey> = new Map();

  endpointOf(hotkey: Hotkey): Endpoint | undefined {
    return this.#endpoints.get(hotkey);
  }

  hotkeyOf(peerKey: Uint8Array): Hotkey | undefined {
    return this.#hotkeys.get(nameOf(peerKey));
  }

  /** As of a block. Rejects where the node fails; all stays as it was then. */
  async update(
    session: Pick<Session, 'storageOf'>,
    netuid: number,
    neurons: readonly Neuron[],
    axons: readonly ChainAxon[],
    block: Hex,
  ): Promise<void> {
    const serving = neurons.flatMap(({ hotkey, uid }) => {
      const axon = axons[uid];
      return axon !== undefined && rolesOf(axon).length > 0 ? [{ hotkey, axon }] : [];
    });
    const isKnown = ({ hotkey, axon }: (typeof serving)[number]): boolean =>
      this.#certificates.get(hotkey)?.block === axon.block;
    const fresh = serving.filter((one) => !isKnown(one));
    if (fresh.length === 0 && serving.length === this.#certificates.size) return;

    const read =
      fresh.length === 0
        ? []
        : await session.storageOf(
            'subtensorModule',
            'neuronCertificates',
            fresh.map(({ hotkey }) => [netuid, hotkey]),
            block,
          );
    const found = new Map<Hotkey, Certificate>(
      fresh.map(({ hotkey, axon }, at) => [
        hotkey,
        { block: axon.block, peerKey: keyIn(read[at] as unknown as CertificateStruct | undefined) },
      ]),
    );
    this.#become(serving, found);
  }

  #become(
    serving: readonly { readonly hotkey: Hotkey; readonly axon: ChainAxon }[],
    fresh: ReadonlyMap<Hotkey, Certificate>,
  ): void {
    const certificates = new Map<Hotkey, Certificate>();
    const endpoints = new Map<Hotkey, Endpoint>();
    const hotkeys = new Map<string, Hotkey>();
    for (const { hotkey, axon } of serving.toSorted((a, b) => a.axon.block - b.axon.block)) {
      const certificate = fresh.get(hotkey) ?? this.#certificates.get(hotkey);
      if (certificate === undefined) continue;
      certificates.set(hotkey, certificate);
      const { peerKey } = certificate;
      const endpoint = peerKey && endpointFrom(axon, peerKey);
      if (endpoint === undefined) continue;
      endpoints.set(hotkey, endpoint);
      const name = nameOf(endpoint.peerKey);
      if (!hotkeys.has(name) || this.#hotkeys.get(name) === hotkey) hotkeys.set(name, hotkey);
    }
    this.#certificates = certificates;
    this.#endpoints = endpoints;
    this.#hotkeys = hotkeys;
  }
}

interface CertificateStruct {
  readonly algorithm: { toString(): string };
  readonly publicKey: { toU8a(isBare: boolean): Uint8Array };
}

const keyIn = (certificate: CertificateStruct | undefined): Uint8Array | undefined =>
  certificate &&
  peerKeyOf({
    algorithm: Number(certificate.algorithm.toString()),
    publicKey: Uint8Array.from(certificate.publicKey.toU8a(true)),
  });

const nameOf = (peerKey: Uint8Array): string => Buffer.from(peerKey).toString('latin1');
