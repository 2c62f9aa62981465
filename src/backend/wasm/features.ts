import { NovaError } from '../../errors.ts';
import { MAX_OWNER } from './claims.ts';
import { f64x2, i32, load, op, WasmModule, type Expr } from './codegen/assembler.ts';
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
  /** Relaxed vector instructions with a multiply-add that rounds once. Reported, not used yet. */
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
  return {
    wasm: (await run(probe((x) => x, false))) !== undefined,
    simd: hasSimd(),
    relaxedSimd: await multiplyAddIsFused(),
    threads: why === undefined ? (threads ?? Math.min(DEFAULT_THREADS, hardwareThreads())) : 0,
    ...(why !== undefined && { whyNoThreads: why }),
  };
}

/** Whether modules may use vectors of 128 bits. */
export function hasSimd(): boolean {
  return WebAssembly.validate(probe((x) => op('i64x2.extmul_low_i32x4_u', x, x)));
}

/** A module whose function `probe` tells whether a value computed from the doubles at address 0, 1 + 2^-30 twice, has a bit set. */
function probe(build: (x: Expr) => Expr, simd = true): Uint8Array<ArrayBuffer> {
  const m = new WasmModule({ simd });
  m.func('probe', [], ['i32'], (f) => f.return(op('v128.any_true', build(load('v128.load', i32(0))))));
  return m.toBytes({ shared: false, maximum: MAX_PAGES });
}

/** Whether the multiply-add of relaxed SIMD exists and keeps the whole product: (1 + 2^-30)^2 - (1 + 2^-29) is 2^-60 then, else 0. */
async function multiplyAddIsFused(): Promise<boolean> {
  return (await run(probe((x) => op('f64x2.relaxed_madd', x, x, f64x2(-(1 + 2 ** -29)))))) === 1;
}

/** What a probe returns; undefined where its instructions are unknown or a page's Content-Security-Policy forbids WebAssembly. */
async function run(bytes: Uint8Array<ArrayBuffer>): Promise<number | undefined> {
  if (!WebAssembly.validate(bytes)) return undefined;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  new Float64Array(memory.buffer).fill(1 + 2 ** -30, 0, 2);
  try {
    const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
    return (instance.exports.probe as () => number)();
  } catch {
    // that policy lets modules be validated, but not compiled
    return undefined;
  }
}
