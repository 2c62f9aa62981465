/** Proofs of `snark` that were changed: every value and every list, one after the other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { IDENTITY, type AffinePoint, type Curve } from '../../src/curve/curve.ts';
import { bn256, grumpkin } from '../../src/curve/curves.ts';
import { ipa, type InnerProductArgument } from '../../src/pcs/ipa.ts';
import { CK_LABEL } from '../../src/pcs/pedersen.ts';
import type { RelaxedInstance } from '../../src/r1cs/instance.ts';
import { Spartan, type SpartanProof } from '../../src/spartan/snark.ts';
import { ByteReader } from '../../src/wire/reader.ts';
import { ByteWriter } from '../../src/wire/writer.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf } from '../support/error.ts';
import { residentSystem, satisfy } from './satisfied.ts';

type Proof = SpartanProof<InnerProductArgument>;
type Node = bigint | AffinePoint | readonly Node[] | { readonly [key: string]: Node };

const snark = new Spartan(ipa);

let backend: Backend;
beforeAll(async () => {
  backend = await testBackend('reference');
});
afterAll(() => backend?.close());

/** The paths of all lists, elements and points of a proof. */
function paths(node: Node, at: readonly string[] = []): string[][] {
  if (typeof node === 'bigint' || isPoint(node)) return [[...at]];
  const below = Object.entries(node).flatMap(([key, child]) => paths(child, [...at, key]));
  return Array.isArray(node) ? [[...at], ...below] : below;
}

function isPoint(node: Node): node is AffinePoint {
  return typeof node === 'object' && 'infinity' in node;
}

function valueAt(node: Node, path: readonly string[]): Node {
  return path.reduce((inner, key) => (inner as Record<string, Node>)[key], node);
}

function replaceAt(node: Node, [key, ...rest]: readonly string[], value: Node): Node {
  if (key === undefined) return value;
  const child = replaceAt((node as Record<string, Node>)[key], rest, value);
  return Array.isArray(node) ? node.with(Number(key), child) : { ...(node as object), [key]: child };
}

/** Other values in the place of one. */
function mutations(curve: Curve, node: Node): Node[] {
  const F = curve.scalar;
  if (typeof node === 'bigint') return [F.add(node, 1n), F.sub(node, 1n), F.neg(node), 0n, F.sub(0n, 7n)];
  if (isPoint(node)) return [curve.neg(node), curve.add(node, curve.generator), IDENTITY, curve.generator];
  const list = node as readonly Node[];
  const blank: Node = list.length > 0 && isPoint(list[0]) ? IDENTITY : Array.isArray(list[0]) ? [0n, 0n] : 0n;
  return [
    list.slice(1),
    list.slice(0, -1),
    [...list, blank],
    ...list.slice(-1).map((last) => [...list, last]),
    list.toReversed(),
    [],
  ];
}

/** The code of a proof with this part changed. */
function expected(path: readonly string[], before: Node, after: Node): string {
  if (path[0] !== 'evalArg') return 'InvalidSumcheckProof';
  const resized = Array.isArray(before) && before.length !== (after as Node[]).length;
  return resized ? 'InvalidInputLength' : 'InvalidPCS';
}

const text = (node: Node) => JSON.stringify(node, (_, x: unknown) => (typeof x === 'bigint' ? `${x}` : x));

describe.each([bn256, grumpkin])('a changed proof on $name', (curve) => {
  let U: RelaxedInstance;
  let vk: Awaited<ReturnType<typeof snark.setup>>['vk'];
  let proof: Proof;
  beforeAll(async () => {
    const bases = await backend.bases(curve, CK_LABEL, 4);
    const system = satisfy(
      curve,
      { constraints: 4, variables: 4, io: 2 },
      [
        [
          [
            [0, 1n],
            [4, 2n],
          ],
          [[2, 1n]],
          [
            [1, 1n],
            [6, 5n],
          ],
          [[3, 1n]],
        ],
        [
          [[1, 3n]],
          [[4, 1n]],
          [
            [2, 1n],
            [3, 7n],
          ],
          [[3, 1n]],
        ],
        [
          [
            [2, 1n],
            [5, 1n],
          ],
          [[0, 1n]],
          [
            [3, 1n],
            [4, 1n],
          ],
          [[1, 1n]],
        ],
      ],
      [3n, 1n, 4n, 1n],
      5n,
      [9n, 2n],
    );
    const resident = await residentSystem(backend, bases, system);
    const keys = await snark.setup(backend, { bases }, resident.matrices);
    ({ U } = resident);
    ({ vk } = keys);
    proof = await snark.prove(keys.pk, U, resident.W);
  });

  it('has the parts that are changed below', () => {
    const honest = proof as unknown as Node;
    const parts = new Set(
      paths(honest).map((path) => path.map((key) => (/^\d/.test(key) ? '*' : key)).join('.')),
    );
    expect([...parts].sort()).toEqual([
      'batch.evals',
      'batch.evals.*',
      'batch.sumcheck',
      'batch.sumcheck.*',
      'batch.sumcheck.*.*',
      'claimsOuter',
      'claimsOuter.*',
      'evalArg.L',
      'evalArg.L.*',
      'evalArg.R',
      'evalArg.R.*',
      'evalArg.a',
      'evalE',
      'evalW',
      'inner',
      'inner.*',
      'inner.*.*',
      'outer',
      'outer.*',
      'outer.*.*',
    ]);
  });

  it('is refused with the code of its part, wherever it was changed', async () => {
    await snark.verify(vk, U, proof);
    const honest = proof as unknown as Node;
    let cases = 0;
    for (const path of paths(honest)) {
      if (path.join('.') === 'claimsOuter') continue; // always three of them: they are encoded without a length
      const before = valueAt(honest, path);
      for (const after of mutations(curve, before)) {
        if (text(after) === text(before)) continue;
        const changed = replaceAt(honest, path, after) as unknown as Proof;
        const code = await codeOf(() => snark.verify(vk, U, changed));
        expect(`${path.join('.')}: ${code}`).toBe(`${path.join('.')}: ${expected(path, before, after)}`);
        cases++;
      }
    }
    expect(cases).toBeGreaterThan(200);
  });

  it('is refused when parts of it have changed places', async () => {
    const { L, R } = proof.evalArg;
    const swapped: [string, Proof][] = [
      ['InvalidSumcheckProof', { ...proof, outer: proof.outer.toReversed() }],
      ['InvalidSumcheckProof', { ...proof, evalE: proof.evalW, evalW: proof.evalE }],
      [
        'InvalidSumcheckProof',
        { ...proof, inner: proof.batch.sumcheck, batch: { ...proof.batch, sumcheck: proof.inner } },
      ],
      [
        'InvalidSumcheckProof',
        { ...proof, batch: { ...proof.batch, evals: proof.batch.evals.toReversed() } },
      ],
      ['InvalidPCS', { ...proof, evalArg: { ...proof.evalArg, L: R, R: L } }],
    ];
    for (const [code, changed] of swapped)
      expect(await codeOf(() => snark.verify(vk, U, changed))).toBe(code);
  });

  it('is refused when its bytes are cut or changed, and never read as another encoding', async () => {
    const w = new ByteWriter();
    snark.writeProof(w, curve, proof);
    const bytes = w.finish();
    for (let end = 0; end < bytes.length; end += 5) {
      expect(await codeOf(() => snark.readProof(new ByteReader(bytes.subarray(0, end)), curve))).toBe(
        'InvalidEncoding',
      );
    }
    // one bit of every other byte: whatever still can be read is written as these bytes, and refused
    let read = 0;
    for (let i = 0; i < bytes.length; i += 2) {
      const changed = bytes.slice();
      changed[i] ^= 1 << (i % 7);
      let other: Proof;
      const r = new ByteReader(changed);
      try {
        other = snark.readProof(r, curve);
        r.end();
      } catch (error) {
        expect(error).toMatchObject({ code: 'InvalidEncoding' });
        continue;
      }
      const again = new ByteWriter();
      snark.writeProof(again, curve, other);
      expect(again.finish()).toEqual(changed);
      if (read++ % 10 === 0) {
        const code = await codeOf(() => snark.verify(vk, U, other));
        expect(code).toMatch(/^Invalid(SumcheckProof|PCS)$/);
      }
    }
    expect(read).toBeGreaterThan(100);
  });
});
