import { NovaError } from '../errors.ts';
import type { Counters } from './backend.ts';

/** The kinds of operation that every engine counts the time of. */
export const KINDS = [
  'setup',
  'transfer',
  'witness',
  'ahead',
  'products',
  'crossTerm',
  'check',
  'fold',
  'commit',
  'polynomials',
  'sumcheck',
  'openings',
] as const;

/** A kind of operation whose time is counted apart. */
export type Kind = (typeof KINDS)[number];

/** What an engine did and holds: the numbers behind `Backend.counters`. */
export class Ledger<K extends string = Kind> {
  #liveBytes = 0;
  #peakBytes = 0;
  #allocations = 0;
  readonly #time: Record<string, number>;
  #readBacks = 0;
  bytesUp = 0;
  #bytesDown = 0;

  /** @param kinds the kinds of operation whose time is counted */
  constructor(kinds: readonly K[]) {
    this.#time = Object.fromEntries(kinds.map((kind) => [kind, 0]));
  }

  allocate(bytes: number): void {
    this.#allocations++;
    this.#liveBytes += bytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
  }

  release(bytes: number): void {
    this.#liveBytes -= bytes;
  }

  addTime(kind: K, milliseconds: number): void {
    this.#time[kind] += milliseconds;
  }

  /** Counts one read-back. @returns the values */
  readBack(results: readonly { readonly value: unknown; readonly bytes: number }[]): unknown[] {
    this.#readBacks++;
    for (const { bytes } of results) this.#bytesDown += bytes;
    return results.map(({ value }) => value);
  }

  snapshot(): Counters {
    return {
      liveBytes: this.#liveBytes,
      peakBytes: this.#peakBytes,
      allocations: this.#allocations,
      readBacks: this.#readBacks,
      bytesUp: this.bytesUp,
      bytesDown: this.#bytesDown,
      time: { ...this.#time },
    };
  }
}

/** Where a {@link Table} counts its entries. */
type Count = Pick<Ledger, 'allocate' | 'release'>;

/** What a handle stands for, and how it is counted. */
interface Entry<D> {
  bytes: number;
  readonly data: D;
  /** The handle of which this is a view. */
  readonly of?: object;
  /** The views of it. */
  views?: Set<object>;
}

/** The live handles of one type, and what each stands for. */
export class Table<H extends object, D> {
  readonly #what: string;
  readonly #ledger: Count;
  readonly #release: (data: D) => void;
  readonly #entries = new Map<object, Entry<D>>();

  /**
   * @param what names the type in messages
   * @param release called with what a handle stood for when it is forgotten
   */
  constructor(what: string, ledger: Count, release: (data: D) => void = () => {}) {
    this.#what = what;
    this.#ledger = ledger;
    this.#release = release;
  }

  /** Enters a new handle. @param bytes the size of `data` in raw form */
  add(handle: H, bytes: number, data: D): H {
    this.#ledger.allocate(bytes);
    this.#entries.set(Object.freeze(handle), { bytes, data });
    return handle;
  }

  /**
   * Enters a handle for a part of what another one stands for. It is not counted, and forgotten with the other one at the latest.
   *
   * @throws {@link NovaError} `ForeignHandle`
   */
  addView(handle: H, of: H, data: D): H {
    const owner = this.#entry(of).of ?? of;
    (this.#entry(owner as H).views ??= new Set()).add(handle);
    this.#entries.set(Object.freeze(handle), { bytes: 0, data, of: owner });
    return handle;
  }

  /** Whether a handle is live. */
  has(handle: H): boolean {
    return this.#entries.has(handle);
  }

  /** What a handle stands for. @throws {@link NovaError} `ForeignHandle` */
  get(handle: H): D {
    return this.#entry(handle).data;
  }

  /** Counts more bytes that what a handle stands for has grown by. @throws {@link NovaError} `ForeignHandle` */
  grow(handle: H, bytes: number): void {
    this.#entry(handle).bytes += bytes;
    this.#ledger.allocate(bytes);
  }

  /** Forgets a handle, if it is here, and its views. */
  delete(handle: object): void {
    const entry = this.#entries.get(handle);
    if (entry === undefined) return;
    this.#entries.delete(handle);
    if (entry.of !== undefined) return void this.#entries.get(entry.of)?.views?.delete(handle);
    for (const view of entry.views ?? []) this.#entries.delete(view);
    this.#ledger.release(entry.bytes);
    this.#release(entry.data);
  }

  /** Forgets all handles. */
  clear(): void {
    for (const handle of this.#entries.keys()) this.delete(handle);
  }

  #entry(handle: H): Entry<D> {
    const entry = this.#entries.get(handle);
    if (entry === undefined) {
      throw new NovaError('ForeignHandle', `${this.#what} was freed, or belongs to another engine`);
    }
    return entry;
  }
}
