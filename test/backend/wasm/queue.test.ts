import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Queue, Resident, type Recording } from '../../../src/backend/wasm/queue.ts';
import { NovaError } from '../../../src/errors.ts';
import { codeOf } from '../../support/error.ts';

/** A promise and what settles it. */
function deferred() {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}

const fault = () => new NovaError('EngineFault', 'broken');

describe('the queue of the wasm engine', () => {
  it('keeps the order of operations on the same data, whatever each of them waits for', async () => {
    const operation = fc.record({
      reads: fc.uniqueArray(fc.nat(3), { maxLength: 2 }),
      writes: fc.uniqueArray(fc.nat(3), { maxLength: 2 }),
      turns: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
        // every operation adds its number to what it writes, along with what it has read
        const cells = [[0], [0], [0], [0]];
        const expected = structuredClone(cells);
        const queue = new Queue();
        const residents = cells.map(() => new Resident());
        const apply = (on: number[][], k: number, from: number[]) => on[k].push(...from);
        operations.forEach(({ reads, writes, turns }, i) => {
          const values = (of: number[][]) => [i, ...reads.map((k) => of[k].length)];
          const before = values(expected);
          for (const k of writes) apply(expected, k, before);
          queue.record({
            reads: reads.map((k) => residents[k]),
            writes: writes.map((k) => residents[k]),
            run: async () => {
              const seen = values(cells);
              for (let t = 0; t < turns; t++) await Promise.resolve();
              for (const k of writes) apply(cells, k, seen);
            },
          });
        });
        await queue.drain();
        expect(cells).toEqual(expected);
      }),
    );
  });

  it('runs side by side what does not touch the same data', async () => {
    const queue = new Queue();
    const [a, b] = [new Resident(), new Resident()];
    const gate = deferred();
    const done: string[] = [];
    const note = (name: string, wait?: Promise<void>) => async () => {
      await wait;
      done.push(name);
    };
    queue.record({ reads: [], writes: [a], run: note('a', gate.promise) });
    queue.record({ reads: [], writes: [b], run: note('b') });
    queue.record({ reads: [a], writes: [], run: note('reads a') });
    queue.record({ reads: [b], writes: [], run: note('reads b') });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(done).toEqual(['b', 'reads b']);
    gate.resolve();
    await queue.drain();
    expect(done).toEqual(['b', 'reads b', 'a', 'reads a']);
  });

  it('reports a failure at the next drain, drops what had not started, and works again', async () => {
    const queue = new Queue();
    const a = new Resident();
    const ran: string[] = [];
    const record = (name: string, more: Partial<Recording<string>> = {}) =>
      queue.record({ reads: [], writes: [a], run: () => (ran.push(name), name), ...more });
    const first = record('first', {
      run: async () => {
        await Promise.resolve();
        throw fault();
      },
    });
    const second = record('second');
    await new Promise((resolve) => setTimeout(resolve, 5));
    const third = record('third', { writes: [] });
    expect(await codeOf(() => queue.drain())).toBe('EngineFault');
    for (const pending of [first, second, third])
      expect(await codeOf(() => queue.take(pending))).toBe('EngineFault');
    expect(ran).toEqual([]);
    const last = record('last');
    await queue.drain();
    expect(queue.take(last).value).toBe('last');
    expect(ran).toEqual(['last']);
  });

  it('waits for all that runs before it reports a failure', async () => {
    const queue = new Queue();
    const gate = deferred();
    let over = false;
    queue.record({ reads: [], writes: [], run: () => gate.promise.then(() => void (over = true)) });
    queue.record({ reads: [], writes: [], run: () => Promise.reject(fault()) });
    setTimeout(gate.resolve, 10);
    expect(await codeOf(() => queue.drain())).toBe('EngineFault');
    expect(over).toBe(true);
  });

  it('stops on a signal what is under way', async () => {
    const queue = new Queue();
    const controller = new AbortController();
    let stopped: unknown;
    queue.record({
      reads: [],
      writes: [],
      run: (stop) =>
        new Promise<void>((resolve) => {
          stop.onFire(() => {
            stopped = stop.error;
            setTimeout(resolve, 5);
          });
        }),
    });
    const drained = queue.drain({ signal: controller.signal });
    controller.abort();
    expect(await codeOf(() => drained)).toBe('Aborted');
    expect(stopped).toMatchObject({ code: 'Aborted' });
    await queue.drain();
  });

  it('does in its place what stands apart, though others fail, and keeps its error to the caller', async () => {
    const queue = new Queue();
    const a = new Resident();
    const done: string[] = [];
    queue.record({
      reads: [],
      writes: [a],
      run: async () => {
        await Promise.resolve();
        done.push('written');
        throw fault();
      },
    });
    expect(queue.isFree(a)).toBe(false);
    const apart = queue.apart({ reads: [], writes: [a], run: () => done.push('apart') });
    const failing = queue.apart({
      reads: [],
      writes: [a],
      run: () => {
        throw new NovaError('StepCircuitError', 'a hint');
      },
    });
    expect(await codeOf(() => queue.drain())).toBe('EngineFault');
    expect(await apart).toBe(2);
    expect(done).toEqual(['written', 'apart']);
    expect(await codeOf(() => failing)).toBe('StepCircuitError');
    await queue.drain();
    expect(queue.isFree(a)).toBe(true);
  });

  it('fails with what the progress callback throws, and works again', async () => {
    const queue = new Queue();
    const a = new Resident();
    const pendings = [1, 2, 3].map((i) => queue.record({ reads: [], writes: [a], run: async () => i }));
    const onProgress = () => {
      throw new RangeError('user code');
    };
    await expect(queue.drain({ onProgress })).rejects.toThrow('user code');
    expect(queue.take(pendings[0]).value).toBe(1);
    expect(() => queue.take(pendings[2])).toThrow('user code');
    await expect(queue.drain({ onProgress })).rejects.toThrow('user code');
    await queue.drain();
  });

  it('reports progress that rises to 1', async () => {
    const queue = new Queue();
    const a = new Resident();
    for (let i = 0; i < 5; i++) queue.record({ reads: [], writes: [a], run: async () => i });
    const shares: number[] = [];
    await queue.drain({ onProgress: (share) => void shares.push(share) });
    expect(shares.length).toBeGreaterThan(2);
    expect(shares).toEqual(shares.toSorted((x, y) => x - y));
    expect(shares.at(-1)).toBe(1);
  });
});
