/**
 * Work that is done one at a time, in the order in which it was asked for. Who no longer waits
 * loses its turn.
 */
import { Observable, type Subscriber } from 'rxjs';
import { ServiceFault } from '../host.ts';

/** Eight miners' or validators' worth of questions; whoever comes after them would be late anyway. */
export const MAX_WAITING = 16;

/** Each `inTurn()` is a queue of its own. */
export function inTurn(): <T>(work: Observable<T>) => Observable<T> {
  const waiting = new Set<() => void>();
  let isBusy = false;

  function next(): void {
    isBusy = false;
    for (const begin of waiting) {
      waiting.delete(begin);
      begin();
      return;
    }
  }

  return <T>(work: Observable<T>) =>
    new Observable<T>((subscriber: Subscriber<T>) => {
      const begin = (): void => {
        isBusy = true;
        subscriber.add(work.subscribe(subscriber));
        subscriber.add(next);
      };
      if (!isBusy) return begin();
      if (waiting.size >= MAX_WAITING) {
        return subscriber.error(new ServiceFault('refused', 'too many questions are waiting'));
      }
      waiting.add(begin);
      subscriber.add(() => waiting.delete(begin));
    });
}
