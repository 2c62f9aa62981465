/** Encodings that were changed: every value of them, one run spliced into another, and bytes that encode nothing. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NovaError, PublicParams, RecursiveSNARK, type Backend } from '../../src/index.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf, novaError } from '../support/error.ts';
import { RootCircuit, Run, sha3 } from './chain.ts';
import {
  claiming,
  ELEMENT,
  itemOf,
  leavesOf,
  plusOne,
  replace,
  resized,
  valueOf,
  type Leaf,
} from './layout.ts';

const STEPS = 2;
const Z0 = [2n];

let backend: Backend;
let pp: PublicParams;
let run: Run;
/** From the same z0, with as many steps, but with other private inputs and blinds. */
let other: Run;
let bytes: Uint8Array;
let leaves: Leaf[];

beforeAll(async () => {
  backend = await testBackend();
  pp = await PublicParams.setup(new RootCircuit(), { backend });
  run = await new Run(pp, Z0, 'tampering', (i) => ({ add: [BigInt(i + 1)] })).record(STEPS);
  other = await new Run(pp, Z0, 'another run', (i) => ({ add: [BigInt(i + 5)] })).record(STEPS);
  bytes = run.states[STEPS];
  leaves = leavesOf(pp.cycle, bytes);
});
afterAll(() => backend?.close());

function leafOf(path: string): Leaf {
  const leaf = leaves.find((l) => l.path === path);
  if (leaf === undefined) throw new Error(`no leaf ${path}`);
  return leaf;
}

/** Decodes and verifies; the outputs, if the proof is accepted. */
async function check(encoded: Uint8Array): Promise<readonly bigint[]> {
  const snark = await RecursiveSNARK.decode(pp, encoded);
  try {
    return await snark.verify(STEPS, Z0);
  } finally {
    snark.close();
  }
}

const STEPS_OR_INPUTS = /^Invalid number of steps or inputs/;
const OUTPUT_HASH = /^Invalid output hash/;
const COMMITMENTS = /^Invalid commitments/;
const CONSTRAINT = /^constraint \d+ of the/;

/** What nova-snark answers, by leaf: where the value is one higher, and where a vector has another length. */
const expected: Record<string, { value: [string, RegExp]; length?: [string, RegExp] }> = (() => {
  const proof = (message: RegExp): [string, RegExp] => ['ProofVerifyError', message];
  const unsat = (message: RegExp): [string, RegExp] => ['UnSat', message];
  const length = proof(STEPS_OR_INPUTS);
  const witness: [string, RegExp] = ['InvalidWitnessLength', /elements; this circuit's has/];
  const strand = (side: string) => ({
    [`r_W_${side}.W`]: { value: unsat(CONSTRAINT), length: witness },
    [`r_W_${side}.r_W`]: { value: unsat(COMMITMENTS) },
    [`r_W_${side}.E`]: { value: unsat(CONSTRAINT), length: witness },
    [`r_W_${side}.r_E`]: { value: unsat(COMMITMENTS) },
    [`r_U_${side}.comm_W`]: { value: proof(OUTPUT_HASH) },
    [`r_U_${side}.comm_E`]: { value: proof(OUTPUT_HASH) },
    [`r_U_${side}.X`]: { value: proof(OUTPUT_HASH), length },
    [`r_U_${side}.u`]: { value: proof(OUTPUT_HASH) },
    [`ri_${side}`]: { value: proof(OUTPUT_HASH) },
  });
  return {
    z0: { value: proof(STEPS_OR_INPUTS), length },
    ...strand('primary'),
    ...strand('secondary'),
    'l_w_secondary.W': { value: unsat(CONSTRAINT), length: witness },
    'l_w_secondary.r_W': { value: unsat(COMMITMENTS) },
    'l_u_secondary.comm_W': { value: unsat(COMMITMENTS) },
    'l_u_secondary.X': { value: proof(OUTPUT_HASH), length },
    i: { value: proof(STEPS_OR_INPUTS) },
    zi: { value: proof(OUTPUT_HASH), length },
  };
})();
const paths = Object.keys(expected);
const vectors = paths.filter((path) => expected[path].length);

describe('a changed value', () => {
  it('is tried for every one of the 25 in an encoding, which is accepted as it is', async () => {
    expect(leaves.map(({ path }) => path)).toEqual(paths);
    expect(paths).toHaveLength(25);
    expect(await check(bytes)).toEqual(run.outputs[STEPS]);
  });

  it.each(paths)('%s: is refused with the right error', async (path) => {
    const error = await novaError(() => check(plusOne(bytes, leafOf(path))));
    const [code, message] = expected[path].value;
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
  });

  it.each(['r_U_primary.X', 'r_U_secondary.X', 'l_u_secondary.X'])('%s: the second one too', async (path) => {
    const error = await novaError(() => check(plusOne(bytes, leafOf(path), 1)));
    expect([error.code, error.message]).toEqual(['ProofVerifyError', expect.stringMatching(OUTPUT_HASH)]);
  });

  it.each(vectors)('%s: is refused with another length', async (path) => {
    const [code, message] = expected[path].length!;
    for (const by of [1, -1] as const) {
      const error = await novaError(() => check(resized(bytes, leafOf(path), by)));
      expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
    }
  });

  it('is refused where a step is claimed that was not made', async () => {
    const more = plusOne(bytes, leafOf('i'));
    const snark = await RecursiveSNARK.decode(pp, more);
    const error = await novaError(() => snark.verify(STEPS + 1, Z0));
    expect([error.code, error.message]).toEqual(['ProofVerifyError', expect.stringMatching(OUTPUT_HASH)]);
    snark.close();
  });

  it('is refused where another start is claimed', async () => {
    const snark = await RecursiveSNARK.decode(pp, plusOne(bytes, leafOf('z0')));
    const error = await novaError(() => snark.verify(STEPS, [Z0[0] + 1n]));
    expect([error.code, error.message]).toEqual(['ProofVerifyError', expect.stringMatching(OUTPUT_HASH)]);
    snark.close();
  });

  it('is refused where there are more steps than can be counted', async () => {
    const huge = replace(bytes, leafOf('i'), new Uint8Array(8).fill(0xff));
    expect(await codeOf(() => check(huge))).toBe('ProofVerifyError');
  });
});

/**
 * The attack of Nguyen, Boneh and Setty (https://eprint.iacr.org/2023/969): parts of two honest runs, each valid alone, must
 * not pass for one.
 */
describe('parts of one run in another', () => {
  const groups: Record<string, RegExp> = {
    'primary strand': /^r_[WU]_primary/,
    'secondary strand': /^r_[WU]_secondary/,
    blinds: /^ri_/,
    'last instance': /^l_[wu]_secondary/,
    zi: /^zi$/,
  };
  const names = Object.keys(groups);
  const spliced = (subset: readonly string[]) => {
    const from = other.states[STEPS];
    return leaves
      .filter(({ path }) => subset.some((name) => groups[name].test(path)))
      .reduce((mixed, leaf) => replace(mixed, leaf, valueOf(from, leaf)), bytes);
  };
  const subsets = Array.from({ length: 2 ** names.length - 2 }, (_, k) =>
    names.filter((_name, bit) => ((k + 1) >> bit) & 1),
  );

  it.each(subsets.map((subset) => [subset.join(', '), subset] as const))('%s', async (_, subset) => {
    const error = await novaError(() => check(spliced(subset)));
    expect([error.code, error.message]).toEqual(['ProofVerifyError', expect.stringMatching(OUTPUT_HASH)]);
  });

  it('all of them are the other run, which is accepted', async () => {
    expect(subsets).toHaveLength(30);
    expect(sha3(spliced(names))).toBe(sha3(other.states[STEPS]));
    expect(await check(spliced(names))).toEqual(other.outputs[STEPS]);
  });
});

describe('bytes that encode no state', () => {
  /** Refuses with this code, and leaves no vector behind. */
  const refused = async (encoded: Uint8Array, code: string, what: string) => {
    const live = backend.counters().liveBytes;
    expect(await codeOf(() => RecursiveSNARK.decode(pp, encoded)), what).toBe(code);
    expect(backend.counters().liveBytes, what).toBe(live);
  };

  it('are refused: truncated anywhere', async () => {
    const cuts = leaves.flatMap(({ start, end }) => [start, start + 1, (start + end) >> 1, end - 1]);
    for (const cut of new Set(cuts)) await refused(bytes.slice(0, cut), 'InvalidEncoding', `cut at ${cut}`);
  });

  it('are refused: with something behind', async () => {
    for (const tail of [[0], [1, 2, 3], new Uint8Array(ELEMENT)]) {
      await refused(Uint8Array.from([...bytes, ...tail]), 'InvalidEncoding', `${tail.length} more`);
    }
  });

  it('are refused: with lengths that nothing holds, before any memory is taken for them', async () => {
    const start = performance.now();
    for (const leaf of leaves.filter(({ kind }) => kind === 'elements')) {
      for (const n of [2n ** 64n - 1n, 2n ** 63n, 2n ** 59n, 2n ** 53n, 2n ** 32n, 2n ** 20n]) {
        await refused(claiming(bytes, leaf, n), 'InvalidEncoding', `${leaf.path} claims ${n}`);
      }
    }
    expect(performance.now() - start).toBeLessThan(30_000);
  });

  it('are refused: with elements that are not canonical', async () => {
    for (const leaf of leaves) {
      if (!leaf.field) continue;
      const p = leaf.field.p;
      const places = leaf.kind === 'elements' ? [itemOf(leaf, 0), itemOf(leaf, -1)] : [leaf];
      for (const place of places) {
        for (const x of [p, p + 1n, 2n ** 256n - 1n]) {
          const raw = Uint8Array.from({ length: ELEMENT }, (_, i) => Number((x >> BigInt(8 * i)) & 0xffn));
          await refused(replace(bytes, place, raw), 'InvalidEncoding', `${leaf.path} has ${x}`);
        }
      }
    }
  });

  it('are refused: with points that are none', async () => {
    const points = leaves.filter(({ kind }) => kind === 'point');
    expect(points).toHaveLength(5);
    for (const leaf of points) {
      const { base } = leaf.curve!;
      // the identity with a sign; a coordinate of the modulus; one that is on no point of the curve
      let x = 1n;
      while (base.isSquare(leaf.curve!.ySquared(x))) x++;
      const signed = new Uint8Array(ELEMENT);
      signed[ELEMENT - 1] = 0x80;
      for (const raw of [signed, base.toBytes(base.p), base.toBytes(x)]) {
        await refused(replace(bytes, leaf, raw), 'InvalidEncoding', leaf.path);
      }
    }
  });

  it('are refused: nothing, noise, other things', async () => {
    for (const junk of [
      new Uint8Array(0),
      new Uint8Array(1 << 16),
      new Uint8Array(1 << 16).fill(255),
      new TextEncoder().encode('{"proof": 1}'),
    ]) {
      const code = await codeOf(() => RecursiveSNARK.decode(pp, junk));
      expect(['InvalidEncoding', 'ProofVerifyError']).toContain(code);
    }
    expect(await codeOf(() => RecursiveSNARK.decode(pp, other.pp.digest as never))).toBe('InvalidEncoding');
  });

  it('are refused on another cycle', async () => {
    const secp = await PublicParams.setup(new RootCircuit(), { backend, cycle: 'bn-ipa' });
    const code = await codeOf(() => RecursiveSNARK.decode(secp, bytes));
    expect(['InvalidEncoding', 'InvalidWitnessLength']).toContain(code);
    secp.close();
  });
});

describe('a flipped bit', () => {
  const flipped = (at: number, bit: number) => {
    const copy = bytes.slice();
    copy[at] ^= 1 << bit;
    return copy;
  };

  it('anywhere: a typed error, or a state that is encoded as the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 7 }), async (at, bit) => {
        const changed = flipped(at, bit);
        let snark: RecursiveSNARK;
        try {
          snark = await RecursiveSNARK.decode(pp, changed);
        } catch (error) {
          expect(error).toBeInstanceOf(NovaError);
          return;
        }
        const again = await snark.encode();
        snark.close();
        expect(sha3(again)).toBe(sha3(changed));
      }),
      { numRuns: 30 },
    );
  });

  it('in what the hashes bind: never accepted', async () => {
    const bound = leaves.filter(({ path }) => expected[path].value[0] === 'ProofVerifyError');
    expect(bound).toHaveLength(14);
    const place = fc
      .constantFrom(...bound)
      .chain(({ start, end }) => fc.integer({ min: start, max: end - 1 }));
    await fc.assert(
      fc.asyncProperty(place, fc.nat({ max: 7 }), async (at, bit) => {
        expect(['InvalidEncoding', 'ProofVerifyError', 'InvalidWitnessLength']).toContain(
          await codeOf(() => check(flipped(at, bit))),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('in a witness: never accepted', async () => {
    const witness = leaves.filter(({ path }) => expected[path].value[0] === 'UnSat');
    expect(witness).toHaveLength(11);
    const place = fc
      .constantFrom(...witness)
      .chain(({ start, end }) => fc.integer({ min: start, max: end - 1 }));
    await fc.assert(
      fc.asyncProperty(place, fc.nat({ max: 7 }), async (at, bit) => {
        expect(['InvalidEncoding', 'UnSat', 'InvalidWitnessLength']).toContain(
          await codeOf(() => check(flipped(at, bit))),
        );
      }),
      { numRuns: 3 },
    );
  });
});
