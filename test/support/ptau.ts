import { insecurePtau } from '../../src/pcs/insecure-ptau.ts';

/** The tau of the fixtures' powers: everybody knows it. */
export const INSECURE_TAU = 0x1f3c9b7e5a6d4c2b1a09f8e7d6c5b4a3928170615243342516070f0e0d0c0b0an;

const made = new Map<number, Promise<Uint8Array>>();

/** A powers-of-tau file of that tau, made once per process. */
export function testPtau(power: number): Promise<Uint8Array> {
  const bytes = made.get(power) ?? insecurePtau(INSECURE_TAU, power);
  made.set(power, bytes);
  return bytes;
}
