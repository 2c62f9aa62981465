/** Recursive and compressed proofs over an {@link OpenCycle}. */
import type { Backend } from '../../src/backend/backend.ts';
import { FINAL_SNARKS, type FinalSnark } from '../../src/nova/final-snark.ts';
import {
  decodeCompressedProof,
  encodeCompressedProof,
  type CompressedProof,
} from '../../src/nova/compressed-proof.ts';
import { verifyCompressed } from '../../src/nova/compressed-verifier.ts';
import { decodeState, encodeState } from '../../src/nova/recursive-state.ts';
import { verifyState } from '../../src/nova/recursive-verifier.ts';
import { ByteWriter } from '../../src/wire/writer.ts';
import { ELEMENT, int, LENGTH, leavesOf, valueOf } from '../nova/layout.ts';
import { compressedManifest, RECURSIVE, type Manifest } from './manifest.ts';
import { curveOfField, OpenCycle, type Statement } from './open-cycle.ts';
import type { Subject } from './subject.ts';
import type { Node } from '../support/parts.ts';

export const STATEMENT: Statement = { steps: 3, z0: [2n], zn: [9n] };
const ANOTHER: Statement = { steps: 3, z0: [5n], zn: [4n] };

export async function compressedSubject(
  backend: Backend,
  cycleName: string,
  snark: FinalSnark,
): Promise<Subject & { readonly manifest: Manifest }> {
  const open = await OpenCycle.open(backend, cycleName, snark);
  const other = await OpenCycle.open(backend, cycleName, snark, { digest: 0x07e4n, twist: 3n });
  const { cycle, vk } = open;
  const prove = async (by: OpenCycle, statement: Statement) =>
    (await by.prove(statement, `${cycleName} ${statement.zn}`)) as unknown as Node;
  const [proof, sibling] = [await prove(open, STATEMENT), await prove(open, ANOTHER)];
  const stranger = await prove(other, STATEMENT);
  other.close();
  return {
    name: `compressed ${cycleName} ${snark}`,
    manifest: compressedManifest(FINAL_SNARKS[snark], cycle.opening),
    proof,
    sibling,
    stranger,
    curveAt: ([field]) => curveOfField(cycle, field),
    encode: (node) => encodeCompressedProof(cycle, vk.verifiers, node as unknown as CompressedProof),
    check: async (bytes) => {
      const decoded = decodeCompressedProof(cycle, vk.verifiers, bytes);
      return verifyCompressed(vk, decoded, STATEMENT.steps, STATEMENT.z0, {});
    },
    close: () => open.close(),
  };
}

/** The fields of a state under nova-snark's names; the number of steps, which is no element, is left to the test. */
export async function recursiveSubject(
  backend: Backend,
  cycleName: string,
): Promise<Subject & { readonly manifest: Manifest }> {
  const open = await OpenCycle.open(backend, cycleName, 'snark');
  const other = await OpenCycle.open(backend, cycleName, 'snark', { digest: 0x07e4n, twist: 3n });
  const { cycle, pp, buffers } = open;
  const bytesOf = async (by: OpenCycle, statement: Statement) =>
    encodeState(by.pp, await by.state(statement, `${cycleName} ${statement.zn}`));
  const honest = await bytesOf(open, STATEMENT);
  const tree = (bytes: Uint8Array): Node =>
    Object.fromEntries(
      leavesOf(cycle, bytes).map((leaf) => {
        const raw = valueOf(bytes, leaf);
        if (leaf.curve) return [leaf.path, leaf.curve.decode(raw)];
        if (leaf.kind !== 'elements') return [leaf.path, int(raw)];
        const n = (raw.length - LENGTH) / ELEMENT;
        const item = (k: number) => int(raw.subarray(LENGTH + k * ELEMENT, LENGTH + (k + 1) * ELEMENT));
        return [leaf.path, Array.from({ length: n }, (_, k) => item(k))];
      }),
    );
  const [sibling, stranger] = [tree(await bytesOf(open, ANOTHER)), tree(await bytesOf(other, STATEMENT))];
  other.close();
  const layout = leavesOf(cycle, honest);
  return {
    name: `recursive ${cycleName}`,
    manifest: RECURSIVE,
    proof: tree(honest),
    sibling,
    stranger,
    curveAt: ([path]) => {
      const { field, curve } = layout.find((leaf) => leaf.path === path)!;
      return curve ?? (field === cycle.primary.scalar ? cycle.primary : cycle.secondary);
    },
    encode: (node) => {
      const w = new ByteWriter();
      for (const { path, kind, field, curve } of layout) {
        const value = (node as Record<string, never>)[path];
        if (kind === 'point') w.point(curve!, value);
        else if (kind === 'elements') w.elements(field!, value);
        else if (kind === 'element') w.element(field!, value);
        else w.u64(value);
      }
      return w.finish();
    },
    check: (bytes) =>
      verifyState(
        pp,
        buffers,
        decodeState(pp, () => buffers, bytes),
        STATEMENT.steps,
        STATEMENT.z0,
        {},
      ),
    close: () => open.close(),
  };
}
