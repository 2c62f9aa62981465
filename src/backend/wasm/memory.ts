import { NovaError } from '../../errors.ts';

/** Bytes of a WebAssembly page. */
const PAGE_BYTES = 65536;

/** The most pages that 32-bit addresses reach: 4 GiB. Every module declares its imported memory with this maximum. */
export const MAX_PAGES = 65536;

/** The smallest maximum that is asked for when larger ones are refused: 64 MiB. */
const LEAST_MAX_PAGES = 1024;

/** Pages that the memory starts with, and grows by at least: 1 MiB. */
const STEP_PAGES = 16;

/** Blocks start at multiples of this: a cache line. Address 0 is never given out. */
const ALIGNMENT = 64;

interface Range {
  start: number;
  end: number;
}

interface Block extends Range {
  readonly label: string;
}

/** How a {@link Heap} is made. */
export interface HeapOptions {
  /** Whether worker threads see the memory. */
  readonly shared: boolean;
  /** The most it may grow to, in pages of 64 KiB. Default: 4 GiB, or less where a page is not allowed as much. */
  readonly maximumPages?: number;
}

/**
 * The one memory of an engine, and who has which part of it. First fit over a list of free ranges: an engine makes a few
 * dozen blocks and keeps them. Only the main thread allocates.
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly #maximum: number;
  /** Free ranges by address; no two touch. */
  readonly #free: Range[] = [];
  readonly #blocks = new Map<number, Block>();
  /** From here on the memory was never given out, so that it is still zero. */
  #untouched = ALIGNMENT;
  #end: number;

  /** @throws {@link NovaError} `OutOfMemory` if not even a small memory can be reserved */
  constructor({ shared, maximumPages = MAX_PAGES }: HeapOptions) {
    const { memory, maximum } = reserve(shared, maximumPages);
    this.memory = memory;
    this.#maximum = maximum * PAGE_BYTES;
    this.#end = memory.buffer.byteLength;
    this.#free.push({ start: ALIGNMENT, end: this.#end });
  }

  /** Bytes in blocks that were not freed. */
  get usedBytes(): number {
    let sum = 0;
    for (const { start, end } of this.#blocks.values()) sum += end - start;
    return sum;
  }

  /** Bytes of blocks that were not freed, by label. */
  usage(): Record<string, number> {
    const usage: Record<string, number> = {};
    for (const { label, start, end } of this.#blocks.values())
      usage[label] = (usage[label] ?? 0) + end - start;
    return usage;
  }

  /**
   * The address of a new block; what is in it is not specified.
   *
   * @param label what the block is for, in messages and {@link Heap.usage}
   * @throws {@link NovaError} `OutOfMemory`
   */
  allocate(bytes: number, label: string): number {
    // an empty block has an address of its own too
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    const range = this.#free.find(({ start, end }) => end - start >= size) ?? this.#grow(size, bytes, label);
    const { start } = range;
    range.start += size;
    if (range.start === range.end) this.#free.splice(this.#free.indexOf(range), 1);
    this.#blocks.set(start, { start, end: start + size, label });
    this.#untouched = Math.max(this.#untouched, start + size);
    return start;
  }

  /** The address of a new block of zeros. @throws {@link NovaError} `OutOfMemory` */
  allocateZeros(bytes: number, label: string): number {
    const untouched = this.#untouched;
    const address = this.allocate(bytes, label);
    const used = Math.min(address + bytes, untouched) - address;
    if (used > 0) new Uint8Array(this.memory.buffer, address, used).fill(0);
    return address;
  }

  /** Takes a block back. */
  free(address: number): void {
    const block = this.#blocks.get(address);
    if (block === undefined) throw new NovaError('InvalidArgument', `no block at address ${address}`);
    this.#blocks.delete(address);
    const { start, end } = block;
    const at = this.#free.findIndex((range) => range.start >= end);
    this.#insert(at === -1 ? this.#free.length : at, { start, end });
  }

  /** Puts a range into the list at its place and joins it with its neighbours. */
  #insert(at: number, range: Range): Range {
    const [before, after] = [this.#free[at - 1], this.#free[at]];
    const joinsBefore = before !== undefined && before.end === range.start;
    const joinsAfter = after !== undefined && after.start === range.end;
    if (joinsBefore) {
      before.end = joinsAfter ? after.end : range.end;
      if (joinsAfter) this.#free.splice(at, 1);
      return before;
    }
    if (joinsAfter) {
      after.start = range.start;
      return after;
    }
    this.#free.splice(at, 0, range);
    return range;
  }

  /** Grows the memory until a block of `size` bytes fits at its end, in one range. */
  #grow(size: number, bytes: number, label: string): Range {
    const last = this.#free.at(-1);
    const tail = last !== undefined && last.end === this.#end ? last.end - last.start : 0;
    const pages = Math.ceil((size - tail) / PAGE_BYTES);
    const grown = [Math.max(pages, STEP_PAGES), pages].some((n) => this.#tryGrow(n));
    if (!grown) {
      const [need, has, most] = [bytes, this.#end, this.#maximum].map(mebibytes);
      throw new NovaError(
        'OutOfMemory',
        `${label}: ${need} (${bytes} bytes) are too much: the engine has ${has}, which cannot grow enough (its limit is ` +
          `${most}). Free handles, close other engines, or make the engine with smaller tableBytes`,
      );
    }
    const end = this.memory.buffer.byteLength;
    const range = { start: this.#end, end };
    this.#end = end;
    return this.#insert(this.#free.length, range);
  }

  #tryGrow(pages: number): boolean {
    if (this.#end + pages * PAGE_BYTES > this.#maximum) return false;
    try {
      this.memory.grow(pages);
      return true;
    } catch {
      return false;
    }
  }
}

/** A memory with the largest maximum that is granted. */
function reserve(shared: boolean, maximumPages: number): { memory: WebAssembly.Memory; maximum: number } {
  for (let maximum = maximumPages; ; maximum = Math.floor(maximum / 2)) {
    try {
      const initial = Math.min(STEP_PAGES, maximum);
      return { memory: new WebAssembly.Memory({ initial, maximum, shared }), maximum };
    } catch (cause) {
      // a shared memory reserves its maximum at once, which small devices refuse
      if (maximum <= LEAST_MAX_PAGES) {
        const asked = mebibytes(maximum * PAGE_BYTES);
        throw new NovaError('OutOfMemory', `a memory of up to ${asked} was refused: close other engines`, {
          cause,
        });
      }
    }
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
