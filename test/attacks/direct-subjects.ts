/** Direct proofs of a small circuit: all of Spartan and of an opening, at a few milliseconds a verification. */
import { insecureSeededRng } from '../../src/field/random.ts';
import { builtinCircuit, DirectSNARK, type Backend, type DirectSnark } from '../../src/index.ts';
import { ByteReader } from '../../src/wire/reader.ts';
import { ByteWriter } from '../../src/wire/writer.ts';
import { needsPtau, cycleByName } from '../../src/curve/cycles.ts';
import { ptauFrom } from '../../src/pcs/ptau.ts';
import { testPtau } from '../support/ptau.ts';
import { directManifest, type Manifest } from './manifest.ts';
import type { Subject } from './subject.ts';
import type { Node } from '../support/parts.ts';

/** x^3 + x + 5 */
const cubic = (x: bigint) => x * x * x + x + 5n;

/** Powers enough for both circuits. */
const PTAU_POWER = 6;

/** A proof that the cubic circuit leads from 2 to 15. */
export async function directSubject(
  backend: Backend,
  cycle: string,
  snark: DirectSnark,
): Promise<Subject & { readonly manifest: Manifest }> {
  const ptau = needsPtau(cycleByName(cycle)) ? ptauFrom(await testPtau(PTAU_POWER)) : undefined;
  const setup = (circuit: string) =>
    DirectSNARK.setup(builtinCircuit(circuit), { backend, cycle, snark, ptau });
  const { pk, vk } = await setup('cubic');
  const other = await setup('square:3');
  const { curve, verifier } = vk;
  const decode = (bytes: Uint8Array): Node => {
    const r = new ByteReader(bytes);
    const commW = r.point(curve);
    const rW = r.element(curve.scalar);
    return { commW, rW, snark: verifier.readProof(r, curve) as Node };
  };
  const prove = async (key: typeof pk, z: bigint) => {
    const rng = insecureSeededRng(`${cycle} ${snark} ${z}`);
    return decode((await DirectSNARK.prove(key, [z], { rng })).proof.encode());
  };
  const [proof, sibling, stranger] = [await prove(pk, 2n), await prove(pk, 7n), await prove(other.pk, 2n)];
  other.pk.close();
  other.vk.close();
  return {
    name: `direct ${cycle} ${snark}`,
    manifest: directManifest(snark === 'ppsnark', vk.cycle.opening ?? 'ipa'),
    proof,
    sibling,
    stranger,
    curveAt: () => curve,
    encode: (node) => {
      const { commW, rW, snark: inner } = node as { commW: never; rW: bigint; snark: unknown };
      const w = new ByteWriter().point(curve, commW).element(curve.scalar, rW);
      verifier.writeProof(w, curve, inner);
      return w.finish();
    },
    check: (bytes) => DirectSNARK.decode(vk, bytes).verify(vk, [2n], [cubic(2n)]),
    close: () => {
      pk.close();
      vk.close();
    },
  };
}
