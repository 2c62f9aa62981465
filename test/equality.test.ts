/** `toEqual` as test/support/equality.ts makes it: quick, and as strict as before. */
import { expect, it } from 'vitest';

const bytes = (...xs: number[]) => Uint8Array.from(xs);

it.each<[string, unknown, unknown]>([
  ['another byte', bytes(1, 2, 3), bytes(1, 2, 4)],
  ['a byte more', bytes(1, 2), bytes(1, 2, 0)],
  ['a list of the bytes', bytes(1, 2), [1, 2]],
  ['another element', [1n, 2n], [1n, 3n]],
  ['an element less', [1n, 2n], [1n]],
  ['numbers', [1n, 2n], [1, 2]],
  ['another zero', [0], [-0]],
  ['another element further down', { a: [[1n], [2n]] }, { a: [[1n], [3n]] }],
])('%s is not equal', (_, a, b) => {
  expect(a).not.toEqual(b);
  expect(b).not.toEqual(a);
});

it('equal vectors are equal, matchers in them included, and millions of bytes in no time', () => {
  expect([1n, bytes(7), [2n]]).toEqual([1n, bytes(7), [2n]]);
  expect([1n, 'text']).toEqual([expect.any(BigInt), expect.stringContaining('ex')]);
  const start = performance.now();
  expect(new Uint8Array(2e6)).toEqual(new Uint8Array(2e6));
  expect(performance.now() - start).toBeLessThan(1000);
});
