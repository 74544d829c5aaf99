/**
 * The automated checks of an approved batch as a service. Without the network they take no time;
 * a simulation lets them take as long as they would.
 */
import { defer } from 'rxjs';
import { decodeLeads } from '../../protocols/batch.ts';
import { later, seconds, type Duration } from '../../protocols/units.ts';
import type { Clock, ServicePort } from '../host.ts';
import { offlineChecks } from '../verifiers/offline.ts';
import { after } from './after.ts';

export interface VerifyOptions {
  readonly clock: Clock;
  /** No time at all where absent. */
  readonly simulatedDelay?: Duration;
}

export const verifyPort =
  ({ clock, simulatedDelay = seconds(0) }: VerifyOptions): ServicePort<'verify'> =>
  ({ batch, only }) =>
    defer(() =>
      after(clock, later(clock.now(), simulatedDelay), () =>
        offlineChecks(decodeLeads(batch.leads), only),
      ),
    );
