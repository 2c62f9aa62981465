import { NovaError } from '../../errors.ts';
import { MAX_OWNER } from './claims.ts';
import { i32, load, op, WasmModule } from './codegen/assembler.ts';
import { multiplyAddIsFused, multiplyAddKernel } from './kernels/multiply-add.ts';
import { MAX_PAGES } from './memory.ts';
import { hardwareThreads, threadsMissing } from './threads.ts';

/** Threads that are used unless the caller says otherwise, on machines that have more. */
const DEFAULT_THREADS = 8;

/** What the wasm engine found on this machine. */
export interface WasmFeatures {
  /** WebAssembly itself; the engine needs it. Missing where a page's Content-Security-Policy forbids it. */
  readonly wasm: boolean;
  /** Vectors of 128 bits. Without them the engine works at about half the speed. */
  readonly simd: boolean;
  /** Relaxed vector instructions with a multiply-add that rounds once: commitments are faster with them. */
  readonly relaxedSimd: boolean;
  /** Worker threads that an engine starts; 0 if the calling thread does the work. */
  readonly threads: number;
  /** Why there are no threads. */
  readonly whyNoThreads?: string;
}

/**
 * Looks at what this machine, this runtime and, in a browser, this page have to offer.
 *
 * @param threads how many threads are wanted; default: as many as the machine runs at once, at most 8
 * @throws {@link NovaError} `InvalidArgument` for a number of threads that makes no sense
 * @example
 * const { simd, threads } = await detectFeatures();
 */
export async function detectFeatures(threads?: number): Promise<WasmFeatures> {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 0 && threads <= MAX_OWNER)) {
    throw new NovaError(
      'InvalidArgument',
      `threads must be a whole number from 0 to ${MAX_OWNER}, not ${String(threads)}`,
    );
  }
  if (typeof WebAssembly === 'undefined') {
    return {
      wasm: false,
      simd: false,
      relaxedSimd: false,
      threads: 0,
      whyNoThreads: 'there is no WebAssembly here',
    };
  }
  const why = threads === 0 ? 'none were asked for' : threadsMissing();
  const fused = await exportsOf(multiplyAddKernel);
  return {
    wasm: (await exportsOf(() => {})) !== undefined,
    simd: (await exportsOf(vectors)) !== undefined,
    relaxedSimd: fused !== undefined && multiplyAddIsFused(fused.isFused as (x: number) => number),
    threads: why === undefined ? (threads ?? Math.min(DEFAULT_THREADS, hardwareThreads())) : 0,
    ...(why !== undefined && { whyNoThreads: why }),
  };
}

/** Whether modules may use vectors of 128 bits. */
export function hasSimd(): boolean {
  return WebAssembly.validate(moduleOf(vectors));
}

/** A function that multiplies vectors. */
function vectors(m: WasmModule): void {
  m.func('run', [], [], (f) => {
    const x = f.let(load('v128.load', i32(0)));
    f.store('v128.store', i32(0), op('i64x2.extmul_low_i32x4_u', x, x));
  });
}

function moduleOf(add: (m: WasmModule) => void): Uint8Array<ArrayBuffer> {
  const m = new WasmModule();
  add(m);
  return m.toBytes({ shared: false, maximum: MAX_PAGES });
}

/** The exports of a module; undefined where its instructions are unknown or a page's Content-Security-Policy forbids WebAssembly. */
async function exportsOf(add: (m: WasmModule) => void): Promise<WebAssembly.Exports | undefined> {
  const bytes = moduleOf(add);
  if (!WebAssembly.validate(bytes)) return undefined;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  try {
    return (await WebAssembly.instantiate(bytes, { env: { memory } })).instance.exports;
  } catch {
    // that policy lets modules be validated, but not compiled
    return undefined;
  }
}
