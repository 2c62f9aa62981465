import type { AffinePoint, Curve } from '../../../src/curve/curve.ts';
import { POINT_BYTES } from '../../../src/curve/curve.ts';
import { FIELD_BYTES } from '../../../src/field/field.ts';
import { elementsToBytes } from '../../../src/field/bytes.ts';
import { type Func, WasmModule } from '../../../src/backend/wasm/codegen/assembler.ts';
import { MADD_PAIR_BYTES } from '../../../src/backend/wasm/codegen/double-layout.ts';
import { describeField } from '../../../src/backend/wasm/codegen/field-description.ts';
import { Lanes } from '../../../src/backend/wasm/codegen/lanes.ts';
import { MaddField } from '../../../src/backend/wasm/codegen/madd-field.ts';
import { PAIR_BYTES, PairField } from '../../../src/backend/wasm/codegen/pair-field.ts';
import { type Geometry, tableBytes } from '../../../src/backend/wasm/geometry.ts';
import { Host, SCRATCH_BYTES } from '../../../src/backend/wasm/host.ts';
import { bucketKernels } from '../../../src/backend/wasm/kernels/buckets.ts';
import { pairKernels } from '../../../src/backend/wasm/kernels/pairs.ts';
import { pointKernels } from '../../../src/backend/wasm/kernels/points.ts';
import { combine, msmChunk, type MsmJob, type Table } from '../../../src/backend/wasm/msm.ts';
import { buildTable } from '../../../src/backend/wasm/table.ts';

const PAGE = 65536;

/** How an {@link MsmBench} is made. */
export interface MsmBenchOptions {
  readonly scratchBytes?: number;
  /** What points are computed with: integers in vectors, integers lane by lane, doubles with multiply-add. */
  readonly form?: 'integers' | 'lanes' | 'doubles';
}

/** The kernels of one curve, a memory that grows, and scratch: what the engine gives to tasks. */
export class MsmBench {
  readonly curve: Curve;
  readonly host: Host;
  readonly #memory: WebAssembly.Memory;
  #end: number;

  constructor(curve: Curve, { scratchBytes = SCRATCH_BYTES, form = 'integers' }: MsmBenchOptions = {}) {
    const m = new WasmModule(form === 'lanes' ? Lanes : undefined);
    const field = describeField(curve.base);
    const { invertBatch: inversion } = pairKernels(m, field);
    const integers = { arithmetic: (f: Func) => new PairField(field, f), bytes: PAIR_BYTES, inversion };
    const doubles = { arithmetic: (f: Func) => new MaddField(field, f), bytes: MADD_PAIR_BYTES };
    pointKernels(m, field, form === 'doubles' ? doubles : integers);
    bucketKernels(m);
    this.curve = curve;
    this.#memory = new WebAssembly.Memory({ initial: 1, maximum: PAGE });
    this.#end = PAGE;
    const address = this.take(scratchBytes);
    this.host = new Host(this.#memory, () => ({ address, bytes: scratchBytes }));
    const module = new WebAssembly.Module(m.toBytes({ shared: false, maximum: PAGE }));
    this.host.add(curve.base.name, module);
  }

  /** The address of so many bytes more. */
  take(bytes: number): number {
    const address = this.#end;
    this.#end += Math.ceil(bytes / 64) * 64;
    const pages = Math.ceil(this.#end / PAGE) - this.#memory.buffer.byteLength / PAGE;
    if (pages > 0) this.#memory.grow(pages);
    return address;
  }

  /** Tables of the points, h first. */
  table(points: readonly AffinePoint[] | Uint8Array, geometry: Geometry): Table {
    const bytes =
      points instanceof Uint8Array ? points : Uint8Array.from(points.flatMap((P) => [...this.curve.toXY(P)]));
    const bases = bytes.length / POINT_BYTES;
    const at = this.take(bytes.length);
    this.host.u8.set(bytes, at);
    const address = this.take(tableBytes(geometry, bases));
    const table = { ...geometry, curve: this.curve.name, address, bases };
    buildTable(this.host, { table, points: at, from: 0, to: bases });
    return table;
  }

  vector(scalars: readonly bigint[]): number {
    const at = this.take(scalars.length * FIELD_BYTES);
    this.host.u8.set(elementsToBytes(this.curve.scalar, scalars), at);
    return at;
  }

  /** The sum, in parts that end at the given places, each of them in parts whose sets of buckets end at the given ones. */
  msm(
    table: Table,
    scalars: readonly bigint[],
    blind: bigint,
    cuts: readonly number[] = [],
    { setCuts = [], ...options }: Pick<MsmJob, 'batch' | 'segment'> & { setCuts?: readonly number[] } = {},
  ): AffinePoint {
    const vector = this.vector(scalars);
    const pieces = (ends: readonly number[]) =>
      ends.map((end, i) => [i === 0 ? 0 : ends[i - 1], end] as const);
    const parts = pieces([...cuts, scalars.length]).flatMap(([from, to], i) =>
      pieces([...setCuts, table.stride]).map((sets) =>
        msmChunk(this.host, {
          table,
          scalars: vector,
          sets,
          from,
          to,
          ...(i === 0 ? { blind: this.curve.scalar.toBytes(blind) } : {}),
          ...options,
        }),
      ),
    );
    return combine(this.curve, parts);
  }
}
