/**
 * Arrays that are filled again and again: one of some hundred numbers takes longer to make than to fill.
 */

type Numbers = Float64Array | Int32Array;

/**
 * Gives an array of so many numbers: the same room each time, with whatever is in it. What is to stay
 * has to be copied.
 */
export type Room<Of extends Numbers> = (length: number) => Of;

export const roomForFloats = (): Room<Float64Array> =>
  roomOf((length: number) => new Float64Array(length));
export const roomForWholes = (): Room<Int32Array> =>
  roomOf((length: number) => new Int32Array(length));

function roomOf<Of extends Numbers>(make: (length: number) => Of): Room<Of> {
  let all = make(0);
  let views: Of[] = [];
  return (length) => {
    if (length > all.length) {
      all = make(2 * length);
      views = [];
    }
    return (views[length] ??= all.subarray(0, length) as Of);
  };
}
