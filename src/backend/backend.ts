/**
 * The contract between protocol and device. The prover is written against this file alone, and every engine
 * (`reference`, later `wasm` and `webgpu`) implements it and passes the same suite (`test/backend`).
 *
 * - Data lives with the engine behind handles (`Vec`, `Bases`, `Matrices`, `Witness`); handles are made once and
 *   kept. The host sees field elements only at the edges: challenges, points, public inputs.
 * - Operations that return nothing, or a `Pending`, are *recorded*: they take effect in the order of their calls,
 *   start at the engine's leisure, and do not block. `read` is the one wait: it hands back the values of the given
 *   pendings, all of them in one read-back.
 * - Field elements cross as canonical BigInts, vectors as 32 canonical little-endian bytes an element, points as
 *   x then y, 64 bytes. Whatever is not canonical is refused with a typed error, never reduced.
 * - An output vector may not be an input of the same operation unless the operation says so.
 * - An operation that fails (out of memory, a lost worker or device) spoils the vectors that it should have written:
 *   whatever reads them fails with the same error, until they are written anew. So an error reaches exactly those who
 *   depend on it, never turns into a wrong result, and the engine can be used again.
 * - Aborting a `read` cancels the values that it asked for; whatever else was recorded still happens.
 * - Nothing per element runs on the host: engines may keep vectors where the host cannot see them.
 */
import type { AffinePoint, Curve } from '../curve/curve.ts';
import type { PrimeField } from '../field/field.ts';
import type { WitnessProgram } from '../field/program.ts';
import type { ConstraintMatrices } from '../field/sparse.ts';
import type { Control } from '../pace.ts';
import type { Indices, OpeningOperations, PolynomialOperations, SumcheckOperations } from './polynomials.ts';

export type { Control };

declare const brand: unique symbol;

/** A vector of field elements, kept by the engine. New vectors are zero. */
export interface Vec {
  readonly [brand]: 'Vec';
  readonly field: PrimeField;
  readonly length: number;
  /** For ledgers and messages. */
  readonly label: string;
}

/** A Pedersen commitment key: the blinding generator h and `length` generators, resident. */
export interface Bases {
  readonly [brand]: 'Bases';
  readonly curve: Curve;
  readonly length: number;
}

/** The matrices A, B, C of one shape, resident. */
export interface Matrices {
  readonly [brand]: 'Matrices';
  readonly shape: ConstraintMatrices;
}

/** A witness program, made ready to run. */
export interface Witness {
  readonly [brand]: 'Witness';
  readonly program: WitnessProgram;
}

/** A value that the engine will have computed by the end of the next `read` it is given to. */
export interface Pending<T> {
  readonly [brand]: 'Pending';
  /** Phantom: the type of the value. */
  readonly value?: T;
}

/** The three products of a constraint system's matrices with z; each has one element per constraint. */
export interface Products {
  readonly AZ: Vec;
  readonly BZ: Vec;
  readonly CZ: Vec;
}

/** What the engine did since it was made. Differences of two snapshots tell what a step cost. */
export interface Counters {
  /** Bytes of all live handles. */
  readonly liveBytes: number;
  /** High-water mark of `liveBytes`. */
  readonly peakBytes: number;
  /** Buffers made. */
  readonly allocations: number;
  /** Waits for the device. */
  readonly readBacks: number;
  /** Bytes moved to the device: uploads and generated witnesses. */
  readonly bytesUp: number;
  /** Bytes moved back to the host. */
  readonly bytesDown: number;
  /** Milliseconds spent, by kind of operation (`commit`, `products`, ...); those of `ahead` pass beside others. */
  readonly time: Readonly<Record<string, number>>;
}

/** How points are loaded. */
export interface LoadControl extends Control {
  /** The points were checked when they were kept, and their keeper found no damage: an engine need not check them again. */
  readonly trusted?: boolean;
}

/**
 * Where an engine takes the generators of a commitment key from: the first n of a label, 64 bytes each, as `fromLabel`
 * (src/curve/generators.ts) makes them. Another source may keep them in a file, or make them in several threads; engines
 * check what it returns.
 */
export type GeneratorSource = (
  curve: Curve,
  label: Uint8Array,
  n: number,
  control?: Control,
) => Promise<Uint8Array>;

/** Keeps the WebAssembly modules that the `wasm` engine generates, by name. Nothing in it may throw. */
export interface ModuleStore {
  /** The bytes that were put under this name by the same build of the library; undefined if there are none. */
  get(name: string): Uint8Array<ArrayBuffer> | undefined;
  put(name: string, module: Uint8Array<ArrayBuffer>): void;
}

/** What the `webgpu` engine can be made with. */
export interface WebgpuOptions {
  /** Where adapters come from. Default: `navigator.gpu`; in Node, see `nodeGpu` (nova-webgpu/node). */
  readonly gpu?: GPU;
  /** A device of the caller's own, used as it is and not destroyed. */
  readonly device?: GPUDevice;
  /** Default: `high-performance`. */
  readonly powerPreference?: GPUPowerPreference;
  /** Part of the adapter's name, or `software` for one that computes on the CPU, which is never taken otherwise. */
  readonly adapter?: string;
  /** Bytes of GPU memory that may be used. Default: what the device gives. */
  readonly gpuMemory?: number;
  /** Bytes that tables of shifted generators may take for each commitment key, itself included. Default: 0, no tables. */
  readonly tableBytes?: number;
  /** How kernels cut field elements into limbs: `14x19`, `13x20` or `15x17+1`. */
  readonly layout?: string;
  /** Milliseconds after which a device that does not answer counts as lost. Default: 30,000, and half an hour for a software adapter. */
  readonly timeoutMs?: number;
  /** Steps after which a proof in progress is checked on the CPU. Default: 256. */
  readonly checkEvery?: number;
}

/** What engines can be made with. An engine passes over what does not concern it. */
export interface BackendOptions {
  /** If it is missing, engines make the generators themselves. */
  readonly generators?: GeneratorSource;
  /** Worker threads of the `wasm` engine, 0 for none. Default: as many as the machine runs at once, at most 8. */
  readonly threads?: number;
  /** Bytes that the `wasm` engine may spend on each commitment key's tables, which make commitments faster. Default: six times the key's. */
  readonly tableBytes?: number;
  /** Where the `wasm` engine keeps its code from one process to the next. Default: it is generated every time. */
  readonly modules?: ModuleStore;
  /** What concerns the `webgpu` engine alone. */
  readonly webgpu?: WebgpuOptions;
  /** Is told, in a sentence, why `auto` does not use a GPU, or not any more. */
  readonly onNotice?: (message: string) => void;
}

/**
 * What an engine asks of a proof that is made with it, because its device may fail or give wrong answers
 * (src/nova/supervisor.ts). Everything that it opens is closed with the engine.
 */
export interface Supervision {
  /** Steps after which the proof is checked; before it is handed out it always is. */
  readonly every: number;
  /** The engine to check with: made at the first call. @throws {@link NovaError} what making it throws */
  checker(): Promise<Backend>;
  /**
   * The engine to go on with when this one has failed.
   *
   * @param cause why it failed
   * @param failures how often what is to be done has failed: another device after the first time; then an engine of another
   * kind, if the choice was left to the library
   * @throws cause if nothing is left to try
   */
  successor(cause: unknown, failures: number): Promise<Backend>;
}

/** The values of a tuple of pendings. */
export type Values<P extends readonly Pending<unknown>[]> = {
  [K in keyof P]: P[K] extends Pending<infer T> ? T : never;
};

/** An engine: keeps data behind handles and works on it, as said above. Whoever makes one closes it. */
export interface Backend {
  readonly name: string;
  /** What the engine has found and chosen (adapter, limits), for people. */
  readonly facts?: Readonly<Record<string, string | number>> | undefined;
  /** Missing if what the engine computes is believed. */
  readonly supervision?: Supervision | undefined;
  /** A snapshot of the counters. */
  counters(): Counters;

  // ---- handles

  /** Makes the generators h, G_1 .. G_n of `fromLabel(label, n + 1)` and keeps them. */
  bases(curve: Curve, label: Uint8Array, n: number, control?: Control): Promise<Bases>;
  /** Keeps the points that `saveBases` returned, after checking each unless told not to; none is the identity. @throws `InvalidCommitmentKey` */
  loadBases(curve: Curve, points: Uint8Array, control?: LoadControl): Promise<Bases>;
  /** h, then the generators: 64 bytes each. */
  saveBases(bases: Bases): Promise<Uint8Array>;
  /** Keeps the matrices of a shape. @throws `InvalidIndex` if they are malformed */
  matrices(shape: ConstraintMatrices): Matrices;
  /** Makes a zero vector. @throws `OutOfMemory` */
  vector(field: PrimeField, length: number, label: string): Vec;
  /** Makes a witness program ready to run. */
  witness(program: WitnessProgram): Promise<Witness>;
  /** Frees handles; what was recorded on them still runs. Freeing one twice does nothing. */
  free(...handles: (Vec | Bases | Matrices | Witness | Indices)[]): void;

  // ---- the edges

  /** Writes all of v. @throws `InvalidWitnessLength` or `InvalidEncoding` at once, before anything is recorded */
  upload(v: Vec, bytes: Uint8Array): void;
  /** All of v, as it is at this place in the order of operations. */
  download(v: Vec): Pending<Uint8Array>;
  /**
   * Waits for the pendings' values; without pendings, for all that was recorded, however it ends. Counted as one read-back.
   *
   * @throws what made an operation fail that one of the values depends on; `Aborted`
   */
  read<const P extends readonly Pending<unknown>[]>(pendings: P, control?: Control): Promise<Values<P>>;

  // ---- witness

  /**
   * Runs a witness program into W (of `program.variables` elements) and resolves to its outputs. W changes in the place of
   * the call in the order of operations; if it rejects, W is as it was. Host work: no read-back.
   *
   * @throws `InvalidInputLength`, `InvalidFieldElement`, `StepCircuitError`, `Aborted`
   */
  generate(witness: Witness, inputs: readonly bigint[], W: Vec, control?: Control): Promise<bigint[]>;
  /**
   * Runs the head of a witness program (`program.head`) ahead of its inputs that are late, beside what was recorded. If the next
   * `generate` of this program has the same early inputs, it goes on from there, else it starts over: no result depends on it.
   *
   * @param inputs those of the head
   * @throws what `generate` throws; nothing is prepared then
   */
  prepare(witness: Witness, inputs: readonly bigint[], control?: Control): Promise<void>;

  // ---- folding (src/nova/nifs.ts)

  /** out = (A z, B z, C z) for z = (W, u, X), which is never built. */
  products(out: Products, M: Matrices, W: Vec, u: bigint, X: readonly bigint[]): void;
  /** T = AZ1 o BZ2 + AZ2 o BZ1 - u1 CZ2 - CZ1, the cross term of a relaxed instance 1 and a plain instance 2. */
  crossTerm(T: Vec, running: Products, u1: bigint, fresh: Products): void;
  /** The first row i where AZ_i BZ_i != u CZ_i + E_i, or -1; without E, E is zero. */
  firstUnsatisfied(p: Products, u: bigint, E?: Vec): Pending<number>;
  /** out = a + r b. */
  addScaled(out: Vec, a: Vec, r: bigint, b: Vec): void;
  /** out = a. */
  copy(out: Vec, a: Vec): void;
  /** out = 0. */
  clear(out: Vec): void;
  /** <v, G> + blind h, over the first `v.length` generators. @throws `InvalidCommitmentKeyLength` */
  commit(bases: Bases, v: Vec, blind: bigint): Pending<AffinePoint>;

  // ---- the compressed proof (polynomials.ts)

  readonly polynomials: PolynomialOperations;
  readonly sumcheck: SumcheckOperations;
  readonly openings: OpeningOperations;

  /** Frees everything; later calls reject with `BackendClosed`, but for `counters` and `free`. Closing twice does nothing. */
  close(): Promise<void>;
}
