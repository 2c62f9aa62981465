import type { PrimeField } from '../../../src/field/field.ts';
import { elementsFromBytes, elementsToBytes } from '../../../src/field/bytes.ts';
import { FIELD_BYTES, readInt, viewOf, writeInt } from '../../../src/field/field.ts';
import { WasmModule } from '../../../src/backend/wasm/codegen/assembler.ts';
import {
  describeField,
  LIMB_BITS,
  LIMBS,
  toLimbs,
} from '../../../src/backend/wasm/codegen/field-description.ts';
import { productKernels } from '../../../src/backend/wasm/kernels/products.ts';
import { programKernels } from '../../../src/backend/wasm/kernels/program.ts';
import { scalarKernels } from '../../../src/backend/wasm/kernels/scalar.ts';
import { vectorKernels } from '../../../src/backend/wasm/kernels/vectors.ts';
import type { FieldKernels, KernelHost, Scratch } from '../../../src/backend/wasm/host.ts';
import { randomSource } from './random.ts';

const PAGE = 65536;
const SCRATCH: Scratch = { address: 64, bytes: PAGE };

/** One field's scalar, vector, product and program kernels in a memory of their own: a host for tasks. */
export class Machine implements KernelHost {
  readonly F: PrimeField;
  readonly memory: WebAssembly.Memory;
  readonly scratch: Scratch = SCRATCH;
  readonly k: FieldKernels;
  #end = SCRATCH.address + SCRATCH.bytes;

  constructor(F: PrimeField) {
    this.F = F;
    const m = new WasmModule();
    const K = scalarKernels(m, describeField(F));
    vectorKernels(m, K.S);
    productKernels(m, K.S);
    programKernels(m, K);
    this.memory = new WebAssembly.Memory({ initial: 32, maximum: PAGE });
    const module = new WebAssembly.Module(m.toBytes({ shared: false, maximum: PAGE }));
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.memory } });
    this.k = exports as unknown as FieldKernels;
  }

  get u8(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.memory.buffer as ArrayBuffer);
  }

  get u32(): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.memory.buffer as ArrayBuffer);
  }

  kernels(): FieldKernels {
    return this.k;
  }

  /** Memory that is full of ones: nothing may count on zeros. */
  readonly allocate = (bytes: number): number => {
    const address = this.#end;
    this.#end += Math.ceil(bytes / 64) * 64;
    const missing = this.#end - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    this.u8.fill(0xff, address, this.#end);
    return address;
  };

  /** Forgets what was allocated. */
  reset(): void {
    this.#end = SCRATCH.address + SCRATCH.bytes;
  }

  /** A vector with these elements. */
  vector(xs: readonly bigint[]): number {
    const address = this.allocate(xs.length * FIELD_BYTES);
    this.u8.set(elementsToBytes(this.F, xs), address);
    return address;
  }

  /** A vector's elements, each checked to be canonical. */
  elements(address: number, n: number): bigint[] {
    return elementsFromBytes(this.F, this.u8.slice(address, address + n * FIELD_BYTES));
  }

  /** Writes x, or x + p if `lifted`, as an unpacked element in Montgomery form. */
  put(address: number, x: bigint, lifted = false): void {
    const { R } = describeField(this.F);
    this.putRaw(address, ((x * R) % this.F.p) + (lifted ? this.F.p : 0n));
  }

  /** Writes a number below 2^261 as an unpacked element. */
  putRaw(address: number, x: bigint): void {
    this.u32.set(toLimbs(x).map(Number), address / 4);
  }

  /** The number that an unpacked element's limbs are, without a check. */
  getRaw(address: number): { limbs: number[]; value: bigint } {
    const limbs = Array.from(this.u32.subarray(address / 4, address / 4 + LIMBS));
    const value = limbs.reduceRight((x, limb) => (x << BigInt(LIMB_BITS)) + BigInt(limb), 0n);
    return { limbs, value };
  }

  /** The element at an address, by way of `toWords`. */
  get(address: number): bigint {
    this.k.toWords(SCRATCH.address, address);
    return readInt(viewOf(this.u8), SCRATCH.address, FIELD_BYTES);
  }

  /** Writes 32 bytes. */
  putWords(address: number, x: bigint): void {
    writeInt(viewOf(this.u8), address, FIELD_BYTES, x);
  }
}

const machines = new Map<PrimeField, Machine>();

/** The machine of a field, with nothing allocated in it. */
export function machine(F: PrimeField): Machine {
  let m = machines.get(F);
  if (m === undefined) machines.set(F, (m = new Machine(F)));
  m.reset();
  return m;
}

/** Numbers around which arithmetic in limbs of 29 bits and words of 64 bits goes wrong, all below p. */
export function edges(F: PrimeField): bigint[] {
  const { R, R2 } = describeField(F);
  const near = [...Array(9).keys()]
    .map((k) => 1n << BigInt(LIMB_BITS * k))
    .concat([1n << 64n, 1n << 128n, 1n << 192n]);
  const all = [0n, 1n, 2n, 3n, F.p - 1n, F.p - 2n, F.p >> 1n, (F.p >> 1n) + 1n, R % F.p, R2, F.inv(R % F.p)];
  all.push(...fullLimbs(F));
  for (const x of near) all.push(x - 1n, x, x + 1n, F.p - x);
  return [...new Set(all.map((x) => F.reduce(x)))];
}

/** The number below p with the largest limbs, and the element that has them in Montgomery form. */
export function fullLimbs(F: PrimeField): [standard: bigint, montgomery: bigint] {
  const top = BigInt(LIMB_BITS * (LIMBS - 1));
  const full = ((F.p >> top) << top) - 1n;
  return [full, F.mul(full, F.inv(describeField(F).R % F.p))];
}

/** Random elements; the seed belongs into the messages of the test. */
export function randomElements(F: PrimeField, test: string): { seed: string; next: () => bigint } {
  const { seed, int } = randomSource(`${test} ${F.name}`);
  return { seed, next: () => F.reduce(int(F.bits + 64)) };
}
