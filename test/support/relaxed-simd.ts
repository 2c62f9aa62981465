import { setFlagsFromString } from 'node:v8';

/** Switches the relaxed SIMD of this process on, which Node 20 has behind a flag and later versions have anyway. */
export function enableRelaxedSimd(): void {
  setFlagsFromString('--experimental-wasm-relaxed-simd');
}
