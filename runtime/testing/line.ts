/** A durable line of a test's own: it brings what the test says, and keeps what is sent. */
import { Subject } from 'rxjs';
import type { Address, Envelope } from '../../protocols/messages.ts';
import type { Loss, Outgoing } from '../host.ts';
import type { DurableTransport, Incoming } from '../live.ts';

export class TestLine implements DurableTransport {
  readonly inbox: Subject<Envelope> = new Subject();
  readonly incoming: Subject<Incoming> = new Subject();
  readonly finished: Subject<string> = new Subject();
  readonly lost: Subject<Loss> = new Subject();
  readonly sent: Outgoing[] = [];
  /** Names of messages that need not be brought again. */
  readonly done: string[] = [];
  /** Names of messages of which it was told what they took, not done by then. */
  readonly took: string[] = [];
  readonly opened: Set<Address> = new Set();

  open(address: Address): void {
    this.opened.add(address);
  }

  close(address: Address): void {
    this.opened.delete(address);
  }

  send(envelope: Outgoing): void {
    this.sent.push(envelope);
  }

  bring(envelope: Envelope, name: string): void {
    const done = (): void => void this.done.push(name);
    const took = (ms: number): void => {
      if (ms >= 0 && !this.done.includes(name)) this.took.push(name);
    };
    this.incoming.next({ envelope, name, done, took });
  }
}
