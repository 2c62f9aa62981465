import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Queue, Resident } from '../../src/backend/queue.ts';
import { NovaError } from '../../src/errors.ts';
import { codeOf } from '../support/error.ts';

/** A promise and what settles it. */
function deferred() {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}

const fault = () => new NovaError('EngineFault', 'broken');

describe('the queue of an engine', () => {
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
        await queue.drain([]);
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
    await queue.drain([]);
    expect(done).toEqual(['b', 'reads b', 'a', 'reads a']);
  });

  it('holds late operations back until nothing else runs, but for what is done aside', async () => {
    const queue = new Queue();
    const [aside, other] = [deferred(), deferred()];
    const done: string[] = [];
    const record = (name: string, more: object, wait?: Promise<void>) =>
      queue.record({
        reads: [],
        writes: [],
        ...more,
        run: async () => {
          await wait;
          done.push(name);
        },
      });
    record('aside', { aside: true }, aside.promise);
    record('other', {}, other.promise);
    record('late', { late: true });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(done).toEqual([]);
    other.resolve();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(done).toEqual(['other', 'late']);
    aside.resolve();
    await queue.drain([]);
    expect(done).toEqual(['other', 'late', 'aside']);
  });

  it('hands a failure on to whoever reads what should have been written, until it is written anew', async () => {
    const queue = new Queue();
    const [a, b, c] = [new Resident(), new Resident(), new Resident()];
    const ran: string[] = [];
    const record = (name: string, reads: Resident[], writes: Resident[]) =>
      queue.record({ reads, writes, run: () => (ran.push(name), name) });
    queue.record({ reads: [], writes: [a], run: () => Promise.reject(fault()) });
    const readsA = record('reads a', [a], []);
    record('b from a', [a], [b]);
    const readsB = record('reads b', [b], []);
    const readsC = record('reads c', [c], []);
    await queue.drain([]);
    const late = record('late, reads a', [a], []);
    await queue.drain([readsA, readsB, readsC, late]);
    for (const pending of [readsA, readsB, late]) {
      expect(await codeOf(() => queue.take(pending))).toBe('EngineFault');
    }
    expect(queue.take(readsC).value).toBe('reads c');
    expect(ran).toEqual(['reads c']);

    record('a anew', [], [a]);
    const again = record('reads a again', [a], []);
    const still = record('reads b again', [b], []);
    await queue.drain([again, still]);
    expect(queue.take(again).value).toBe('reads a again');
    expect(await codeOf(() => queue.take(still))).toBe('EngineFault');
  });

  it('cancels on an abort what was asked for and nothing else', async () => {
    const queue = new Queue();
    const [a, b] = [new Resident(), new Resident()];
    const gate = deferred();
    const ran: string[] = [];
    queue.record({ reads: [], writes: [a], run: () => gate.promise });
    const mine = queue.record({ reads: [a], writes: [], run: () => ran.push('mine') });
    queue.record({ reads: [a], writes: [b], run: () => ran.push('b from a') });
    const theirs = queue.record({ reads: [b], writes: [], run: () => (ran.push('theirs'), 7) });
    const controller = new AbortController();
    const drained = queue.drain([mine], { signal: controller.signal });
    controller.abort();
    expect(await codeOf(() => drained)).toBe('Aborted');
    expect(await codeOf(() => queue.take(mine))).toBe('Aborted');
    gate.resolve();
    await queue.drain([theirs]);
    expect(queue.take(theirs).value).toBe(7);
    expect(ran).toEqual(['b from a', 'theirs']);
  });

  it('spoils what a dropped operation should have written, also when an earlier one still writes it', async () => {
    const queue = new Queue();
    const a = new Resident();
    const gate = deferred();
    queue.record({ reads: [], writes: [a], run: () => gate.promise });
    queue.record({ reads: [], writes: [a], run: () => {} });
    const reader = queue.record({ reads: [a], writes: [], run: () => 1 });
    queue.drop(fault());
    const after = queue.record({ reads: [a], writes: [], run: () => 2 });
    gate.resolve();
    await queue.idle();
    expect(await codeOf(() => queue.take(reader))).toBe('EngineFault');
    expect(await codeOf(() => queue.take(after))).toBe('EngineFault');
  });

  it('stops on a signal what is under way, and waits until it has ended', async () => {
    const queue = new Queue();
    const controller = new AbortController();
    let ended = false;
    const pending = queue.record({
      reads: [],
      writes: [],
      run: (stop) =>
        new Promise<void>((_, reject) => {
          stop.onFire(() => {
            setTimeout(() => {
              ended = true;
              reject(stop.error as Error);
            }, 5);
          });
        }),
    });
    const drained = queue.drain([pending], { signal: controller.signal });
    controller.abort();
    expect(await codeOf(() => drained)).toBe('Aborted');
    expect(ended).toBe(true);
    await queue.drain([]);
  });

  it('performs in its place in the order, and keeps an error to the caller', async () => {
    const queue = new Queue();
    const a = new Resident();
    const done: string[] = [];
    queue.record({
      reads: [],
      writes: [a],
      run: async () => {
        await Promise.resolve();
        done.push('written');
      },
    });
    expect(queue.isFree(a)).toBe(false);
    const performed = queue.perform({ reads: [], writes: [a], run: () => done.push('performed') });
    const failing = queue.perform({
      reads: [],
      writes: [a],
      run: () => {
        throw new NovaError('StepCircuitError', 'a hint');
      },
    });
    expect(await performed).toBe(2);
    expect(done).toEqual(['written', 'performed']);
    expect(await codeOf(() => failing)).toBe('StepCircuitError');
    expect(queue.isFree(a)).toBe(true);
  });

  it('fails with what the progress callback throws, and works again', async () => {
    const queue = new Queue();
    const a = new Resident();
    const pendings = [1, 2, 3].map((i) => queue.record({ reads: [], writes: [a], run: async () => i }));
    const onProgress = () => {
      throw new RangeError('user code');
    };
    await expect(queue.drain(pendings, { onProgress })).rejects.toThrow('user code');
    expect(queue.take(pendings[0]).value).toBe(1);
    const last = queue.record({ reads: [], writes: [a], run: async () => 4 });
    await queue.drain([last]);
    expect(queue.take(last).value).toBe(4);
  });

  it('reports progress that rises to 1', async () => {
    const queue = new Queue();
    const a = new Resident();
    for (let i = 0; i < 5; i++) queue.record({ reads: [], writes: [a], run: async () => i });
    const shares: number[] = [];
    await queue.drain([], { onProgress: (share) => void shares.push(share) });
    expect(shares.length).toBeGreaterThan(2);
    expect(shares).toEqual(shares.toSorted((x, y) => x - y));
    expect(shares.at(-1)).toBe(1);
  });
});
