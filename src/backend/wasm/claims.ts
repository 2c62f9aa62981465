/**
 * Which thread runs which task. The main thread sends every task to all workers, and the first to claim it runs it, so
 * that no worker waits for the main thread between two tasks. The main thread cancels a task by claiming it.
 *
 * A table of {@link SLOTS} words; the word of task `id`, at `id mod SLOTS`, is `id 2^OWNER_BITS + owner` once it is claimed
 * and until then that of task `id - SLOTS`. So task `id` must not be sent before task `id - SLOTS` has ended.
 */

/** Tasks that may be under way at once. */
export const SLOTS = 1024;

const OWNER_BITS = 6;

/** The largest number of a thread; 0 is the main thread. */
export const MAX_OWNER: number = 2 ** OWNER_BITS - 1;

/** Numbers of tasks wrap around here. */
const IDS = 2 ** (32 - OWNER_BITS);

/** The owner who is the main thread. */
export const MAIN = 0;

/** A table in which tasks from number 0 on are unclaimed. */
export function makeClaims(shared: boolean): Int32Array {
  const bytes = SLOTS * Int32Array.BYTES_PER_ELEMENT;
  const claims = new Int32Array(shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
  for (let slot = 0; slot < SLOTS; slot++) claims[slot] = word(before(slot), MAIN);
  return claims;
}

/** The number after `id`. */
export function next(id: number): number {
  return (id + 1) % IDS;
}

/** The task that has the same word as `id` and comes before it. */
export function before(id: number): number {
  return (id + IDS - SLOTS) % IDS;
}

/** Whether `owner` may run task `id` because nobody else has claimed it. */
export function claim(claims: Int32Array, id: number, owner: number): boolean {
  const slot = id % SLOTS;
  const found = Atomics.load(claims, slot);
  return (
    idOf(found) === before(id) && Atomics.compareExchange(claims, slot, found, word(id, owner)) === found
  );
}

/** Who claimed task `id`; undefined if nobody did. */
export function ownerOf(claims: Int32Array, id: number): number | undefined {
  const found = Atomics.load(claims, id % SLOTS);
  return idOf(found) === id ? found & MAX_OWNER : undefined;
}

function word(id: number, owner: number): number {
  return (id << OWNER_BITS) | owner;
}

function idOf(claimed: number): number {
  return claimed >>> OWNER_BITS;
}
