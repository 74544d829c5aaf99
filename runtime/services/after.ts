/**
 * What a service finds, once an instant is there. Where finding throws, the answer is that error.
 */
import { map, Observable } from 'rxjs';
import type { Instant } from '../../protocols/units.ts';
import type { Clock } from '../host.ts';

export const after = <T>(clock: Clock, instant: Instant, find: () => T): Observable<T> =>
  new Observable<void>((subscriber) =>
    clock.at(instant, () => {
      subscriber.next();
      subscriber.complete();
    }),
  ).pipe(map(find));
