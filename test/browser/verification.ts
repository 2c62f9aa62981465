/** What runs in the page of somebody who verifies proofs with the package. Bundled by vite, never run by Node. */
import type * as Library from '../../src/verify.ts';
import { GapMeter } from './gap-meter.ts';

/** What came of a proof in the page. */
export interface Verification {
  /** What verification returned. */
  readonly outputs: readonly bigint[];
  /** The codes of the errors of proofs with one bit changed, and of the right proof about another start. */
  readonly refused: readonly string[];
  /** The longest time in milliseconds that a timer of 10 ms had to wait, by what was done. */
  readonly gaps: Readonly<Record<string, number>>;
}

/** Fetches `key.bin` and `proof.bin`, of `pasta` with `snark`, and verifies with the key that has the digest. */
export async function verification(
  { createBackend, VerifierKey, verifyProof }: typeof Library,
  digest: string,
  steps: number,
  z0: readonly bigint[],
): Promise<Verification> {
  const gaps: Record<string, number> = {};
  const watched = async <T>(what: string, action: () => Promise<T>): Promise<T> => {
    const meter = new GapMeter();
    try {
      return await action();
    } finally {
      gaps[what] = meter.stop();
    }
  };
  const [key, proof] = await Promise.all(['key.bin', 'proof.bin'].map(download));
  const backend = await createBackend();
  const options = { cycle: 'pasta', snark: 'snark', backend, digest } as const;
  const vk = await watched('key', () => VerifierKey.decode(key, options));
  const outputs = await watched('proof', () => verifyProof(vk, proof, steps, z0));
  const refused: string[] = [];
  const attempt = async (what: string, bytes: Uint8Array, start: readonly bigint[]) => {
    const verdict = watched(what, () => verifyProof(vk, bytes, steps, start));
    refused.push(await verdict.then(() => 'accepted', codeOf));
  };
  for (const i of [40, proof.length >> 1, proof.length - 1]) {
    const changed = proof.slice();
    changed[i] ^= 1;
    await attempt(`proof with another byte ${i}`, changed, z0);
  }
  await attempt('proof from another start', proof, [z0[0] + 1n]);
  vk.close();
  await backend.close();
  return { outputs, refused, gaps };
}

async function download(name: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(name)).arrayBuffer());
}

function codeOf(error: unknown): string {
  return (error as Partial<Library.NovaError>).code ?? String(error);
}
