import { describe, expect, it } from 'vitest';
import { parseEvents } from '../../runtime/events.ts';
import { eventsDocument } from './events-file.ts';
import { WORLD_SETS, worldOf, type WorldSet } from './worlds.ts';

describe('eventsDocument', () => {
  it('is read as the events that it was made of', () => {
    for (const set of Object.keys(WORLD_SETS) as WorldSet[]) {
      const world = worldOf(set, 1);
      expect(parseEvents(eventsDocument(world, set))).toEqual({
        name: set,
        window: world.window,
        ...world.events,
      });
    }
  });
});
