import { sha3_256 } from '@noble/hashes/sha3.js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { digest, hashSections, NUM_HASH_BITS } from '../../src/hash/digest.ts';
import { bytesToInt } from '../../src/field/field.ts';

const sections = [0, 1, 135, 136, 137, 3 << 20].map((n) => Uint8Array.from({ length: n }, (_, i) => i * n));
const whole = Uint8Array.from(sections.flatMap((section) => [...section]));

afterEach(() => vi.restoreAllMocks());

describe('a digest of sections', () => {
  const expected = sha3_256(whole);

  it('is SHA3-256 of all of them, and its low bits as a number', async () => {
    expect(Buffer.from(await hashSections(sections))).toEqual(Buffer.from(expected));
    expect(await digest(sections)).toBe(BigInt.asUintN(NUM_HASH_BITS, bytesToInt(expected)));
  });

  it.each([
    ['Node has no modules to offer', undefined],
    ["Node's crypto does not know SHA3", { getHashes: () => ['sha256'] }],
  ])('is the same where %s', async (_, found) => {
    const asked = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(found as unknown as object);
    expect(Buffer.from(await hashSections(sections))).toEqual(Buffer.from(expected));
    expect(asked).toHaveBeenCalled();
  });

  it('ends when it is aborted', async () => {
    const signal = AbortSignal.abort();
    await expect(hashSections(sections, { signal })).rejects.toMatchObject({ code: 'Aborted' });
  });
});
