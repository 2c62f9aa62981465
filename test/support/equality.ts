/** Vectors that are equal, told quickly: `toEqual` takes microseconds for each byte and each element. */

type Tester = (a: unknown, b: unknown) => true | undefined;

/** True for arrays of the same primitives, undefined for all else: what differs is left to `toEqual`, which says where. */
const sameItems: Tester = (a, b) => {
  if (!isVector(a) || !isVector(b) || a.constructor !== b.constructor || a.length !== b.length) return;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return;
  return true;
};

function isVector(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);
}

let known = false;

/** Makes `toEqual` take that way; once, for test files that share a process. */
export function compareQuickly(add: (testers: Tester[]) => void): void {
  if (!known) add([sameItems]);
  known = true;
}
