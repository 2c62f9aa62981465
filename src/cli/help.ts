import { BUILTIN_CIRCUITS, CK_HINTS, defaultCacheDir, needsPtau, type Cycle } from '../node/index.ts';
import { backendNames, DEFAULTS, snarkNames } from './options.ts';

export const USAGE: string = `usage:
  nova-webgpu prove  --circuit C --steps N [--cycle CYCLE] [--snark SNARK] [--hint HINT] [--ptau DIR]
                     [--out DIR] [--z0 A,B] [--insecure-seed TEXT] [ENGINE AND CACHE] [--json]
  nova-webgpu verify DIR [--snark SNARK] [--vk-digest HEX] [--ptau DIR] [ENGINE AND CACHE] [--json]
  nova-webgpu direct prove  --circuit C [--cycle CYCLE] [--snark snark|ppsnark] [--ptau DIR] [--out DIR]
                     [--z0 A,B] [--insecure-seed TEXT] [ENGINE AND CACHE] [--json]
  nova-webgpu direct verify DIR [--vk-digest HEX] [--ptau DIR] [ENGINE AND CACHE] [--json]
  nova-webgpu params --circuit C [--cycle CYCLE] [--hint HINT] [--ptau DIR] [ENGINE AND CACHE] [--json]
  nova-webgpu info   [--backend BACKEND] [--threads N] [--adapter NAME] [--json]
  nova-webgpu --help | --version
ENGINE AND CACHE: [--backend BACKEND] [--threads N] [--adapter NAME] [--no-cache | --cache-dir DIR]`;

/** The choices and defaults under the usage lines; built from the lists that the library itself uses. */
export function helpText(cycles: readonly Cycle[]): string {
  const list = (names: readonly string[]): string => names.join(', ');
  const circuits = BUILTIN_CIRCUITS.map(
    ({ form, about }) => `              ${form.padEnd(9)}  ${about}`,
  ).join('\n');
  return `nova-webgpu: Nova folding proofs, byte for byte those of nova-snark

${USAGE}

  C         the computation of one step:
${circuits}
  CYCLE     ${list(cycles.map((c) => c.name))}; default ${DEFAULTS.cycle}
  SNARK     ${list(snarkNames())}: makes the compressed proof: Spartan, with preprocessing on the primary
            curve (ppsnark) or on both; default ${DEFAULTS.snark}; \`verify\` takes the proof that meta.json names
  HINT      ${list(Object.keys(CK_HINTS))}: the SNARK that the commitment key has room for; default: that of --snark
  BACKEND   ${list(backendNames())}; default ${DEFAULTS.backend}
  --steps   how many steps to prove
  --z0      the start values, decimal or 0x-hex, separated by commas; default: the circuit's own
  --ptau    for ${list(cycles.filter(needsPtau).map((c) => c.name))}: the folder of powers-of-tau files, named ppot_pruned_XX.ptau
            or ppot_0080_XX.ptau; security rests on the ceremony that made them
  --out     the folder, made if need be, for meta.json, recursive.bin (the state, contains the witness: keep it to
            yourself), with a SNARK also compressed.bin (the proof for others) and vk.bin (its verifier key), of
            \`direct\` direct.bin and vk.bin; without it nothing is written
  --vk-digest
            the SHA3-256 of the verifier key that is meant: vk.bin is taken if it is that one; without it the key
            is made from the circuit
  --insecure-seed
            for tests: draws all randomness from SHAKE256(TEXT); such a proof hides nothing
  --threads worker threads of the engine, 0 for none; default: as many as the machine runs, at most 8
  --adapter part of the name of the adapter that the engine webgpu uses, or "software" for one that
            computes on the CPU, which is slow; default: the fastest GPU
  --cache-dir
            the folder that keeps generators and parameters; default ${defaultCacheDir()}
  --no-cache
            makes them anew, and keeps nothing
  --json    prints one JSON object on stdout

Exit codes: 0 done or accepted, 1 rejected or failed, 2 wrong use.
Ctrl-C stops a proof and saves its state (with --out; it contains the witness); a second one ends the process at once.`;
}
