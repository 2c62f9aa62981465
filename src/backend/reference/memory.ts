import { NovaError } from '../../errors.ts';
import type { Counters } from '../backend.ts';

/**
 * The largest vector, 2^25 elements (1 GiB of raw elements). V8 keeps longer arrays as hash tables, and allocations of a few
 * times this size end the process instead of throwing.
 */
export const MAX_LENGTH: number = 2 ** 25;

/** Kinds of operation whose time is counted apart. */
export type Kind = 'setup' | 'transfer' | 'witness' | 'products' | 'crossTerm' | 'check' | 'fold' | 'commit';

/** What the engine did and holds: the numbers behind `Backend.counters`. */
export class Ledger {
  #liveBytes = 0;
  #peakBytes = 0;
  #allocations = 0;
  readonly #time: Record<Kind, number> = {
    setup: 0,
    transfer: 0,
    witness: 0,
    products: 0,
    crossTerm: 0,
    check: 0,
    fold: 0,
    commit: 0,
  };
  readBacks = 0;
  bytesUp = 0;
  bytesDown = 0;

  allocate(bytes: number): void {
    this.#allocations++;
    this.#liveBytes += bytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
  }

  release(bytes: number): void {
    this.#liveBytes -= bytes;
  }

  addTime(kind: Kind, milliseconds: number): void {
    this.#time[kind] += milliseconds;
  }

  snapshot(): Counters {
    return {
      liveBytes: this.#liveBytes,
      peakBytes: this.#peakBytes,
      allocations: this.#allocations,
      readBacks: this.readBacks,
      bytesUp: this.bytesUp,
      bytesDown: this.bytesDown,
      time: { ...this.#time },
    };
  }
}

/** The live handles of one type, and what each stands for. */
export class Table<H extends object, D> {
  readonly #what: string;
  readonly #ledger: Ledger;
  readonly #entries = new Map<object, { bytes: number; data: D }>();

  /** @param what names the type in messages */
  constructor(what: string, ledger: Ledger) {
    this.#what = what;
    this.#ledger = ledger;
  }

  /** Enters a new handle. @param bytes the size of `data` in raw form */
  add(handle: H, bytes: number, data: D): H {
    this.#ledger.allocate(bytes);
    this.#entries.set(Object.freeze(handle), { bytes, data });
    return handle;
  }

  /** What a handle stands for. @throws {@link NovaError} `ForeignHandle` */
  get(handle: H): D {
    const entry = this.#entries.get(handle);
    if (entry === undefined) {
      throw new NovaError('ForeignHandle', `${this.#what} was freed, or belongs to another engine`);
    }
    return entry.data;
  }

  /** Forgets a handle, if it is here. */
  delete(handle: object): void {
    const entry = this.#entries.get(handle);
    if (entry !== undefined) this.#ledger.release(entry.bytes);
    this.#entries.delete(handle);
  }

  /** Forgets all handles. */
  clear(): void {
    for (const handle of this.#entries.keys()) this.delete(handle);
  }
}

/** Zeros. @throws {@link NovaError} `InvalidArgument`, or `OutOfMemory` if there are too many */
export function zeros(length: number, label: string): bigint[] {
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new NovaError(
      'InvalidArgument',
      `vector ${label}: a length must be an integer from 0, not ${length}`,
    );
  }
  if (length > MAX_LENGTH) {
    throw new NovaError(
      'OutOfMemory',
      `vector ${label}: ${length} elements are more than the ${MAX_LENGTH} that the reference engine keeps in one vector`,
    );
  }
  // oxlint-disable-next-line no-new-array -- ten times as fast as Array.from
  return new Array<bigint>(length).fill(0n);
}
