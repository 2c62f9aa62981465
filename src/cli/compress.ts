import { CompressedSNARK, type FinalSnark, type PublicParams, type RecursiveSNARK } from '../node/index.ts';
import { sha3, sha3Hash } from './digest.ts';
import { COMPRESSED_FILE, VERIFIER_KEY_FILE, type CompressedFacts } from './meta.ts';
import type { Session } from './session.ts';

/** A file to write. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What the compression took, with the names of the JSON fields. */
export interface CompressionTimes {
  /** Milliseconds for the keys of prover and verifier. */
  readonly keys_ms: number;
  /** Milliseconds for the proof, its verification included. */
  readonly compress_ms: number;
}

/** A compressed proof and its verifier key, as files and as facts. */
export interface Compression {
  readonly files: readonly NamedBytes[];
  readonly facts: CompressedFacts;
  readonly times: CompressionTimes;
}

/** Compresses a recursive proof; the library verifies the result. @throws {@link NovaError} `Aborted`, what compressing throws */
export async function compress(
  { progress, signal }: Session,
  pp: PublicParams,
  recursive: RecursiveSNARK,
  snark: FinalSnark,
): Promise<Compression> {
  const control = { signal, onProgress: progress.onProgress };
  progress.begin(`keys of ${snark}`);
  const start = performance.now();
  const { pk, vk } = await CompressedSNARK.setup(pp, { snark, sha3: sha3Hash, ...control });
  const keysDone = performance.now();
  try {
    progress.begin('compressing');
    const proof = await CompressedSNARK.prove(pk, recursive, control);
    const done = performance.now();
    const compressed = { name: COMPRESSED_FILE, bytes: proof.encode() };
    const key = { name: VERIFIER_KEY_FILE, bytes: await vk.encode() };
    return {
      files: [compressed, key],
      facts: {
        snark,
        compressed_bytes: compressed.bytes.length,
        compressed_sha3: sha3(compressed.bytes),
        vk_bytes: key.bytes.length,
        vk_sha3: sha3(key.bytes),
      },
      times: { keys_ms: keysDone - start, compress_ms: done - keysDone },
    };
  } finally {
    pk.close();
    vk.close();
  }
}
