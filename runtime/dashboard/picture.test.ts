import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Picture } from './picture.ts';

describe('a picture', () => {
  it('gives who has never looked all parts, and later what has changed', () => {
    const picture = new Picture();
    picture.put('pool', () => ({ leads: 1 }));
    picture.put('time', () => 5);
    const first = picture.since(0);
    expect(first).toMatchObject({
      isWhole: true,
      parts: [
        ['pool', '{"leads":1}'],
        ['time', '5'],
      ],
    });

    picture.put('time', () => 6);
    picture.drop('pool');
    const then = picture.since(first.version);
    expect(then).toMatchObject({ isWhole: false, parts: [['time', '6']], gone: ['pool'] });
    expect(picture.since(then.version)).toMatchObject({ parts: [], gone: [] });
  });

  it('makes a part once between two looks, however often it is put, and not again for the same', () => {
    const picture = new Picture();
    let made = 0;
    const put = (): void => picture.put('walk', () => (made++, 'x'));
    for (let n = 0; n < 1_000; n++) put();
    const { version } = picture.since(0);
    picture.since(0);
    expect(made).toBe(1);
    put();
    expect(picture.since(version).parts).toEqual([]);
    expect(picture.since(0).parts).toEqual([['walk', '"x"']]);
  });

  it('leads everybody to the same, whenever they looked', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const picture = new Picture();
        const often = onlooker(picture);
        const seldom = onlooker(picture);
        for (const [name, value, isLooked] of acts) {
          if (value === undefined) picture.drop(name);
          else picture.put(name, () => value);
          often.look();
          if (isLooked) seldom.look();
        }
        seldom.look();
        const late = onlooker(picture);
        late.look();
        expect(often.sees()).toEqual(late.sees());
        expect(seldom.sees()).toEqual(late.sees());
      }),
    );
  });

  it('gives the whole to who was away for more than it remembers, or comes from another one', () => {
    const picture = new Picture();
    picture.put('stays', () => 1);
    const { version } = picture.since(0);
    for (let n = 0; n < 300; n++) {
      picture.put(`walk ${n}`, () => n);
      picture.drop(`walk ${n}`);
    }
    expect(picture.since(version)).toMatchObject({ isWhole: true, parts: [['stays', '1']] });
    expect(picture.since(1_000_000)).toMatchObject({ isWhole: true });
  });
});

const act = fc.tuple(
  fc.constantFrom('a', 'b', 'c'),
  fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
  fc.boolean(),
);

/** A page: what it knows after all that it was told. */
function onlooker(picture: Picture) {
  const known = new Map<string, string>();
  let version = 0;
  return {
    look() {
      const change = picture.since(version);
      version = change.version;
      if (change.isWhole) known.clear();
      for (const [name, json] of change.parts) known.set(name, json);
      for (const name of change.gone) known.delete(name);
    },
    sees: () => Object.fromEntries(known),
  };
}
