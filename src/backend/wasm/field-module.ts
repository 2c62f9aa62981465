/**
 * The kernels of a field as WebAssembly modules, generated from the modulus: those of folding and commitments and, in parts, when
 * they are first needed, those of a compressed proof's polynomials (here), of witness programs (`witness-module.ts`) and of making
 * generators (`generator-module.ts`).
 */
import { NovaError } from '../../errors.ts';
import type { PrimeField } from '../../field/field.ts';
import type { ModuleStore } from '../backend.ts';
import { WasmModule } from './codegen/assembler.ts';
import { MADD_BITS, MADD_PAIR_BYTES } from './codegen/double-layout.ts';
import { describeField } from './codegen/field-description.ts';
import type { Lanes } from './codegen/lanes.ts';
import type { MaddField } from './codegen/madd-field.ts';
import { PAIR_BYTES, PairField } from './codegen/pair-field.ts';
import { ScalarField } from './codegen/scalar-field.ts';
import { bucketKernels } from './kernels/buckets.ts';
import { curveCheckKernel } from './kernels/curve-check.ts';
import { fromWordsKernel } from './kernels/from-words.ts';
import { multiplyAddKernel } from './kernels/multiply-add.ts';
import { pairKernels } from './kernels/pairs.ts';
import { pointKernels } from './kernels/points.ts';
import { polynomialKernels } from './kernels/polynomials.ts';
import { productKernels } from './kernels/products.ts';
import { sumKernels } from './kernels/sums.ts';
import { vectorKernels } from './kernels/vectors.ts';
import { MAX_PAGES } from './memory.ts';
import type { Pool } from './pool.ts';

/** What a field's module is made for. */
export interface ModuleKind {
  /** Whether the memory that it will import is shared. */
  readonly shared: boolean;
  /** What stands for vectors of 128 bits where there are none: the same kernels compute lane by lane, more slowly. */
  readonly lanes?: typeof Lanes | undefined;
  /** Arithmetic with the multiply-add of relaxed SIMD, where it is there and fused. */
  readonly doubles?: typeof MaddField | undefined;
}

/** The module of a field. */
export function fieldModule(F: PrimeField, { shared, lanes, doubles }: ModuleKind): Uint8Array<ArrayBuffer> {
  const m = new WasmModule(lanes);
  const field = describeField(F);
  const S = new ScalarField(field);
  fromWordsKernel(m, S);
  vectorKernels(m, S);
  productKernels(m, S);
  curveCheckKernel(m, S);
  const { invertBatch: inversion } = pairKernels(m, field);
  if (doubles && F.bits <= MADD_BITS) {
    multiplyAddKernel(m);
    pointKernels(m, field, { arithmetic: (f) => new doubles(field, f), bytes: MADD_PAIR_BYTES });
  } else {
    pointKernels(m, field, { arithmetic: (f) => new PairField(field, f), bytes: PAIR_BYTES, inversion });
  }
  bucketKernels(m);
  return m.toBytes({ shared, maximum: MAX_PAGES });
}

/** The module of a field with what the compressed proof needs. */
export function proofModule(F: PrimeField, { shared, lanes }: ModuleKind): Uint8Array<ArrayBuffer> {
  const m = new WasmModule(lanes);
  const S = new ScalarField(describeField(F));
  polynomialKernels(m, S);
  sumKernels(m, S);
  return m.toBytes({ shared, maximum: MAX_PAGES });
}

/** The part of {@link proofModule}. */
const POLYNOMIALS = 'polynomials';

/** The name under which hosts know its kernels. */
export function proofKernels(field: string): string {
  return partKernels(field, POLYNOMIALS);
}

/** The name under which hosts know the kernels of a part. */
export function partKernels(field: string, part: string): string {
  return `${field}, ${part}`;
}

/** The modules of an engine: each is generated and compiled when its field is first used, and all threads know it then. */
export class FieldModules {
  readonly #pool: Pool;
  readonly #kind: ModuleKind;
  readonly #store: ModuleStore | undefined;
  readonly #fields = new Map<string, PrimeField>();
  readonly #parts = new Set<string>();

  /**
   * @param kind what the modules are made for
   * @param store where the modules are kept from one engine to the next
   */
  constructor(pool: Pool, kind: ModuleKind, store?: ModuleStore) {
    this.#pool = pool;
    this.#kind = kind;
    this.#store = store;
  }

  /** Makes sure that the kernels of F are there. @throws {@link NovaError} `InvalidArgument` for a modulus beyond 256 bits */
  ensure(F: PrimeField): void {
    const known = this.#fields.get(F.name);
    if (known === F) return;
    if (known !== undefined && known.p !== F.p) {
      throw new NovaError('InvalidArgument', `two fields have the name ${F.name}`);
    }
    if (known === undefined) this.#pool.share(F.name, this.#module(F, '', fieldModule));
    this.#fields.set(F.name, F);
  }

  /** Makes sure that the kernels of the compressed proof are there, for a field that is known. */
  ensureProof(F: PrimeField): void {
    this.ensurePart(F, POLYNOMIALS, proofModule);
  }

  /** Makes sure that a part of the kernels is there, for a field that is known. `generate` makes its module. */
  ensurePart(F: PrimeField, part: string, generate: typeof fieldModule): void {
    const name = partKernels(F.name, part);
    if (this.#parts.has(name)) return;
    this.#pool.share(name, this.#module(F, `-${part}`, generate));
    this.#parts.add(name);
  }

  #module(F: PrimeField, suffix: string, generate: typeof fieldModule): WebAssembly.Module {
    const { shared, lanes, doubles } = this.#kind;
    const kind = `${shared ? '-shared' : ''}${lanes ? '-scalar' : ''}${doubles ? '-madd' : ''}`;
    const name = `${F.p.toString(16)}${suffix}${kind}`;
    const kept = this.#store?.get(name);
    if (kept !== undefined && WebAssembly.validate(kept)) return new WebAssembly.Module(kept);
    const bytes = generate(F, this.#kind);
    this.#store?.put(name, bytes);
    return new WebAssembly.Module(bytes);
  }
}
