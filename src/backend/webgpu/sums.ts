/**
 * Sums over the elements of tables, as the rounds of sum-checks ask for them, over the kernels in `shaders/sumcheck`: the tables stay
 * where they are, workgroups add up shares of them, one more dispatch adds up the workgroups, and the host reads the totals.
 */
import partialSumsCode from '../../../shaders/sumcheck/partial-sums.wgsl';
import totalCode from '../../../shaders/sumcheck/total.wgsl';
import treeCode from '../../../shaders/sumcheck/tree.wgsl';
import { FIELD_BYTES, type PrimeField, readInt, viewOf } from '../../field/field.ts';
import { type CommandBatch, faultError } from './batch.ts';
import type { BufferSlice } from './bind-groups.ts';
import { type Layout, montgomeryRadix } from './codegen/layout.ts';
import type { GpuContext, KernelSource } from './device.ts';
import { bindingKinds, FieldKernels, fieldKernel, WORKGROUP } from './field-kernels.ts';
import { STORAGE } from './usage.ts';
import { type DeviceVector, upperWindowOf, windowOf, windows } from './windows.ts';

/** What a kernel adds up. */
export interface SumKind {
  /** The kernel's own text. */
  readonly text: string;
  /** Its tables in the order of its bindings: whether it takes the upper half of each too, in the binding after. */
  readonly halves: readonly boolean[];
  /** How many sums it makes. */
  readonly count: number;
  /** How many times they come out divided by R. */
  readonly divisions: number;
  /** Field multiplications an element. */
  readonly cost: number;
}

/** What is to be added up over elements 0 .. n - 1 of the tables, or of their halves. */
export interface SumJob<K extends string> {
  readonly kind: K;
  readonly n: number;
  /** As the kind says; fewer if its kernel knows to do without the last ones. */
  readonly tables: readonly DeviceVector[];
}

/** Workgroups that share a sum, at most: enough to keep a large device busy, few enough for one more dispatch to add up. */
const MOST_GROUPS = 1024;

/** Totals that wait to be read back together. */
const TOTALS = 64;

/** The sums that a kernel makes, at most (`Sums` in partial-sums.wgsl). */
const MOST_SUMS = 3;

/** The kernels, as text. */
export function sumSource(F: PrimeField, layout: Layout, label: string, kind: SumKind): KernelSource {
  const tables = kind.halves.reduce((n, both) => n + (both ? 2 : 1), 0);
  return fieldKernel(F, layout, {
    label,
    text: [treeCode, partialSumsCode, kind.text].join('\n'),
    constants: `const SUMS = ${kind.count}u;\n`,
    bindings: ['uniform', 'write', ...Array<'read'>(tables).fill('read')],
  });
}

/** The kernel that ends every sum, as text. */
export function totalSource(F: PrimeField, layout: Layout): KernelSource {
  const text = [treeCode, totalCode].join('\n');
  return fieldKernel(F, layout, { label: 'total', text, bindings: bindingKinds(1, 1) });
}

/** The kernels of a field for sums of these kinds. */
export class SumKernels<K extends string> {
  readonly kinds: Readonly<Record<K, SumKind>>;
  readonly kernels: FieldKernels<K | 'total'>;

  private constructor(kinds: Readonly<Record<K, SumKind>>, kernels: FieldKernels<K | 'total'>) {
    this.kinds = kinds;
    this.kernels = kernels;
  }

  /** Compiles the kernels. @throws {@link NovaError} `DeviceFault`, `DeviceLost` */
  static async create<K extends string>(
    context: GpuContext,
    F: PrimeField,
    layout: Layout,
    kinds: Readonly<Record<K, SumKind>>,
  ): Promise<SumKernels<K>> {
    const names = Object.keys(kinds) as K[];
    const sources = names.map((name) => [name, sumSource(F, layout, name, kinds[name])]);
    const all = Object.fromEntries([...sources, ['total', totalSource(F, layout)]]);
    return new SumKernels(kinds, await FieldKernels.compile<K | 'total'>(context, F, layout, all));
  }
}

/** What a batch will read back of the sums that were recorded in it. */
interface Waiting {
  readonly batch: CommandBatch;
  /** Totals that were recorded. */
  used: number;
  /** Where they are in what the batch reads back, once that was recorded. */
  at: number;
}

/** Computes sums. Those that are recorded in one batch are read back together. */
export class Sums {
  readonly #context: GpuContext;
  readonly #partials: GPUBuffer;
  readonly #totals: GPUBuffer;
  #waiting: Waiting | undefined;

  constructor(context: GpuContext) {
    this.#context = context;
    const { maxStorageBufferBindingSize } = context.limits;
    const partials = Math.min(FIELD_BYTES * MOST_SUMS * MOST_GROUPS, maxStorageBufferBindingSize);
    this.#partials = context.buffer(partials, STORAGE, 'sums of workgroups');
    this.#totals = context.buffer(FIELD_BYTES * TOTALS, STORAGE, 'sums');
  }

  /** Records the sums of a kind. @returns how to have them from what was read back */
  record<K extends string>(
    batch: CommandBatch,
    { kinds, kernels }: SumKernels<K>,
    { kind, n, tables }: SumJob<K>,
  ): (results: Uint8Array) => bigint[] {
    const { F, layout } = kernels;
    const { halves, count, divisions, cost } = kinds[kind];
    const { limits } = this.#context;
    const parts = windows(n, limits, cost);
    const most = Math.min(MOST_GROUPS, Math.floor(this.#partials.size / (FIELD_BYTES * count)));
    const groups = Math.min(most, Math.ceil((parts[0]?.to ?? 0) / WORKGROUP));
    parts.forEach((part, k) => {
      let upper = 0;
      const slices = halves.flatMap((both, t) => {
        const v = tables[t] ?? tables[0];
        const lower = windowOf(v, part);
        if (!both) return [lower];
        const { slice, first } = upperWindowOf(v, n, part, limits);
        upper = first;
        return [lower, slice];
      });
      const params = Uint32Array.of(part.to - part.from, groups, upper, k === 0 ? 0 : 1, tables.length);
      batch.dispatch(kernels.get(kind), [params, this.#partials, ...slices], groups * WORKGROUP);
    });
    const factor = F.pow(F.reduce(montgomeryRadix(layout)), BigInt(divisions));
    return this.#total(batch, kernels, this.#partials, { factor, groups, count });
  }

  /** Has an element, <= B, read back with the sums. @returns how to have it from what was read back */
  read<K extends string>(
    batch: CommandBatch,
    { kernels }: SumKernels<K>,
    element: BufferSlice,
  ): (results: Uint8Array) => bigint {
    const decode = this.#total(batch, kernels, element, { factor: 1n, groups: 1, count: 1 });
    return (results) => decode(results)[0];
  }

  /** Frees everything. Commands that were recorded must have been submitted, or given up. */
  close(): void {
    this.#context.arena.release(this.#partials, this.#totals);
  }

  /** Records `factor` times the totals of `partials`, see `total.wgsl`. */
  #total<K extends string>(
    batch: CommandBatch,
    kernels: FieldKernels<K | 'total'>,
    partials: GPUBuffer | BufferSlice,
    { factor, groups, count }: { factor: bigint; groups: number; count: number },
  ): (results: Uint8Array) => bigint[] {
    const waiting = this.#reserve(batch, count);
    const first = waiting.used;
    waiting.used += count;
    const params = Uint32Array.of(...kernels.montgomery(factor), groups, count, first);
    batch.dispatch(kernels.get('total'), [params, partials, this.#totals], count * WORKGROUP);
    return (results) =>
      Array.from({ length: count }, (_, k) => readTotal(kernels.F, results, waiting.at, first + k));
  }

  /** Has a batch read back what waits, with room for so many totals more. */
  #reserve(batch: CommandBatch, count: number): Waiting {
    const known = this.#waiting;
    if (known?.batch === batch && known.at === NOWHERE) {
      if (known.used + count <= TOTALS) return known;
      this.#readBack(known);
    }
    const waiting = { batch, used: 0, at: NOWHERE };
    this.#waiting = waiting;
    batch.clear(this.#totals);
    batch.beforeSubmit(() => this.#readBack(waiting));
    return waiting;
  }

  #readBack(waiting: Waiting): void {
    if (waiting.at !== NOWHERE) return;
    waiting.at = waiting.batch.readback(this.#totals, 0, FIELD_BYTES * waiting.used);
  }
}

/** Of totals that were not read back yet. */
const NOWHERE = -1;

/** A total as `total.wgsl` left it. @throws {@link NovaError} `DeviceFault` */
function readTotal(F: PrimeField, results: Uint8Array, at: number, place: number): bigint {
  const complement = readInt(viewOf(results), at + FIELD_BYTES * place, FIELD_BYTES);
  const total = (1n << BigInt(8 * FIELD_BYTES)) - 1n - complement;
  if (!F.isCanonical(total)) throw faultError('a sum that it computed is not canonical');
  return total;
}
