import { NovaError } from '../../errors.ts';
import { checkLength } from '../checks.ts';

/**
 * The largest vector, 2^25 elements (1 GiB of raw elements). V8 keeps longer arrays as hash tables, and allocations of a few
 * times this size end the process instead of throwing.
 */
export const MAX_LENGTH: number = 2 ** 25;

/** Zeros. @throws {@link NovaError} `InvalidArgument`, or `OutOfMemory` if there are too many */
export function zeros(length: number, label: string): bigint[] {
  checkLength(length, label);
  if (length > MAX_LENGTH) {
    throw new NovaError(
      'OutOfMemory',
      `vector ${label}: ${length} elements are more than the ${MAX_LENGTH} that the reference engine keeps in one vector`,
    );
  }
  // oxlint-disable-next-line no-new-array -- ten times as fast as Array.from
  return new Array<bigint>(length).fill(0n);
}
