import { PRODUCTS_PER_REDUCTION } from './codegen/lazy-sum.ts';

/**
 * Elements of which a task takes at least so many (some 0.1 ms), and at most so many: 5 ms, or 20 ms of the most costly
 * operations, and no more than sums of products take without a reduction.
 */
const LEAST = 2048;
const MOST = PRODUCTS_PER_REDUCTION;

/** Cuts 0 .. length - 1 into equal ranges: one for each thread, if there is enough to do. */
export function ranges(length: number, threads: number): { from: number; to: number }[] {
  const wanted = Math.min(threads, Math.floor(length / LEAST));
  const count = Math.max(1, wanted, Math.ceil(length / MOST));
  return Array.from({ length: count }, (_, i) => ({
    from: Math.floor((length * i) / count),
    to: Math.floor((length * (i + 1)) / count),
  }));
}
