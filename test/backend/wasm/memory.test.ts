import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heap } from '../../../src/backend/wasm/memory.ts';
import { novaError } from '../../support/error.ts';

const heap = (maximumPages?: number) =>
  new Heap({ shared: false, ...(maximumPages !== undefined && { maximumPages }) });

describe('the memory of the wasm engine', () => {
  it('gives out aligned blocks that do not overlap, whatever is freed in between, and joins what is freed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(200_000), fc.nat(100), fc.boolean()), { maxLength: 60 }),
        (actions) => {
          const memory = heap();
          const live: { start: number; end: number }[] = [];
          for (const [bytes, pick, free] of actions) {
            if (free && live.length > 0) {
              const [block] = live.splice(pick % live.length, 1);
              memory.free(block.start);
              continue;
            }
            const start = memory.allocate(bytes, 'block');
            const end = start + bytes;
            expect(start % 64).toBe(0);
            expect(start).toBeGreaterThan(0);
            expect(end).toBeLessThanOrEqual(memory.memory.buffer.byteLength);
            for (const other of live) {
              expect(end <= other.start || other.end <= start).toBe(true);
              expect(start).not.toBe(other.start);
            }
            live.push({ start, end });
          }
          const size = memory.memory.buffer.byteLength;
          for (const { start } of live) memory.free(start);
          expect(memory.usedBytes).toBe(0);
          // one free range again: the largest block that there can be fits without growth
          memory.allocate(size - 64, 'all');
          expect(memory.memory.buffer.byteLength).toBe(size);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('gives out zeros where a block was used before', () => {
    const memory = heap();
    const a = memory.allocate(1000, 'a');
    new Uint8Array(memory.memory.buffer, a, 1000).fill(7);
    memory.free(a);
    // the first half of it was used, the second was not
    const b = memory.allocateZeros(2000, 'b');
    expect(b).toBe(a);
    expect(new Uint8Array(memory.memory.buffer, b, 2000).every((byte) => byte === 0)).toBe(true);
  });

  it('grows when it must, and knows what is used for what', () => {
    const memory = heap();
    const before = memory.memory.buffer.byteLength;
    memory.allocate(3 * before, 'large');
    memory.allocate(100, 'small');
    memory.allocate(10, 'small');
    expect(memory.memory.buffer.byteLength).toBeGreaterThan(3 * before);
    expect(memory.usage()).toEqual({ large: 3 * before, small: 128 + 64 });
    expect(memory.usedBytes).toBe(3 * before + 192);
  });

  it('takes the last page that is allowed', () => {
    const memory = heap(20);
    expect(memory.allocate(20 * 65536 - 64, 'all')).toBe(64);
    expect(memory.memory.buffer.byteLength).toBe(20 * 65536);
  });

  it('refuses with OutOfMemory, which names the block and its size, and is as before', async () => {
    const memory = heap(32);
    const a = memory.allocate(100_000, 'first');
    const error = await novaError(() => memory.allocate(2 ** 21, 'the error vector E'));
    expect(error.code).toBe('OutOfMemory');
    expect(error.message).toContain('the error vector E: 2.0 MiB (2097152 bytes)');
    expect((await novaError(() => memory.allocate(2 ** 45, 'x'))).code).toBe('OutOfMemory');
    expect(memory.usage()).toEqual({ first: 100_032 });
    memory.free(a);
    expect(memory.allocate(1_000_000, 'second')).toBe(a);
  });

  it('refuses to free what is no block', async () => {
    const memory = heap();
    const a = memory.allocate(10, 'a');
    memory.free(a);
    for (const address of [a, a + 64, 0])
      expect((await novaError(() => memory.free(address))).code).toBe('InvalidArgument');
  });
});
