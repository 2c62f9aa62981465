import { NovaError } from '../errors.ts';
import type { PrimeField } from '../field/field.ts';
import type { ConstraintSystem } from './constraint-system.ts';
import { allocBit, powersOfTwo } from './gadgets/bits.ts';
import { addTruth, literal, truthValue } from './gadgets/boolean.ts';
import { sha256 } from './gadgets/sha256.ts';
import type { Num } from './linear-combination.ts';
import { trivialCircuit, type PrivateInputs, type StepCircuit } from './step-circuit.ts';

/** A step circuit that the library brings along, with the state that its chains start from by default. */
export interface BuiltinCircuit extends StepCircuit {
  /** As on the command line: `cubic`, `minroot:1024`. */
  readonly name: string;
  readonly z0: readonly bigint[];
  /** For a circuit with private inputs: those of step i (from 0) of the chains that the command line and the demo prove. */
  readonly inputsOf?: (step: number) => PrivateInputs;
}

/**
 * What `proveSteps` is given for the first n steps of a built-in circuit's chain: private inputs where it takes some.
 *
 * @example
 * for await (const { ms } of snark.proveSteps(stepsOf(circuit, 10))) console.log(ms);
 */
export function stepsOf({ inputsOf }: BuiltinCircuit, n: number): number | PrivateInputs[] {
  return inputsOf === undefined ? n : Array.from({ length: n }, (_, i) => inputsOf(i));
}

/** What there is to know of a kind before a circuit is made. */
interface Kind {
  readonly about: string;
  /** The sizes there are; a kind that has them is written `kind:N`. What fits in memory ends sooner. */
  readonly sizes?: readonly [least: number, most: number];
  readonly make: (n: number) => Omit<BuiltinCircuit, 'name'>;
}

const ITERATIONS = [0, 1 << 24] as const;
const REGISTERS = [1, 1 << 16] as const;
const MESSAGE_BYTES = [0, 1 << 16] as const;

const KINDS: Readonly<Record<string, Kind>> = {
  trivial: { about: "z' = z", make: () => ({ ...trivialCircuit, z0: [2n] }) },
  cubic: { about: "z' = z^3 + z + 5", make: () => cubic },
  square: { about: 'N squarings', sizes: ITERATIONS, make: square },
  minroot: { about: "N MinRoot iterations: x' = (x + y)^(1/5), y' = x", sizes: ITERATIONS, make: minroot },
  wide: { about: "N registers: z'_i = z_i z_{i+1 mod N} + 1", sizes: REGISTERS, make: wide },
  sha256: { about: "z' = SHA-256 of a private message of N bytes", sizes: MESSAGE_BYTES, make: sha256Step },
};

/** Forms of the names, with what they compute: for help texts. */
export const BUILTIN_CIRCUITS: readonly { readonly form: string; readonly about: string }[] = Object.entries(
  KINDS,
).map(([kind, { sizes, about }]) => ({ form: sizes ? `${kind}:N` : kind, about }));

/**
 * The built-in circuit of that name.
 *
 * @throws {@link NovaError} `UnknownCircuit` (the message lists the names), `InvalidArgument` for a size out of range
 * @example
 * const circuit = builtinCircuit('minroot:1024');
 * const pp = await PublicParams.setup(circuit, { backend });
 */
export function builtinCircuit(name: string): BuiltinCircuit {
  const [, kind = '', size] = /^([a-z0-9]{1,20})(?::([0-9]{1,10}))?$/.exec(name) ?? [];
  const entry = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (entry === undefined || (entry.sizes === undefined) !== (size === undefined)) {
    const forms = BUILTIN_CIRCUITS.map((c) => c.form).join(', ');
    throw new NovaError(
      'UnknownCircuit',
      `no circuit ${JSON.stringify(name.slice(0, 40))}; there are ${forms}`,
    );
  }
  const n = Number(size ?? 0);
  const [least, most] = entry.sizes ?? [0, 0];
  if (n < least || n > most) {
    throw new NovaError('InvalidArgument', `the size of ${kind} must be from ${least} to ${most}`);
  }
  const circuit = { name: entry.sizes ? `${kind}:${n}` : kind, ...entry.make(n) };
  made.add(circuit);
  return circuit;
}

/** The circuits that `builtinCircuit` returned: a name alone proves nothing, anybody's circuit can have one. */
const made: WeakSet<StepCircuit> = /* @__PURE__ */ new WeakSet();

/** Whether a step circuit is one of the library's own, so that its name says all about it. */
export function isBuiltinCircuit(circuit: StepCircuit): circuit is BuiltinCircuit {
  return made.has(circuit);
}

/** z' = z^3 + z + 5, three constraints. */
const cubic: Omit<BuiltinCircuit, 'name'> = {
  arity: 1,
  z0: [2n],
  synthesize(cs, [x]) {
    const { values: v } = cs;
    const x2 = cs.square('x2', x);
    const x3 = cs.mul('x3', x2, x);
    const y = cs.alloc('y', v.add(v.add(x3, x), v.constant(5n)));
    cs.enforce('y = x3 + x + 5', cs.lc(x3).add(x).add(cs.one, 5n), cs.one, y);
    return [y];
  },
};

/** n squarings in a row, one constraint each: the circuit of nova-snark's own benches. */
function square(n: number): Omit<BuiltinCircuit, 'name'> {
  return {
    arity: 1,
    z0: [2n],
    synthesize(cs, [z]) {
      let x = z;
      for (let i = 0; i < n; i++) x = cs.square(`sq ${i}`, x);
      return [x];
    },
  };
}

/** n iterations of MinRoot (https://eprint.iacr.org/2022/1626), three constraints each. */
function minroot(n: number): Omit<BuiltinCircuit, 'name'> {
  return {
    arity: 2,
    z0: [0n, 1n],
    synthesize(cs, z) {
      const exponent = fifthRootExponent(cs.field);
      let [x, y] = z;
      for (let i = 0; i < n; i++) [x, y] = [minrootIteration(cs.ns(`iteration ${i}`), x, y, exponent), x];
      return [x, y];
    },
  };
}

function minrootIteration(cs: ConstraintSystem, x: Num, y: Num, exponent: bigint): Num {
  const { values: v } = cs;
  const r = cs.alloc('root', v.pow(v.add(x, y), exponent));
  const r2 = cs.square('r2', r);
  const r4 = cs.square('r4', r2);
  cs.enforce('r4 * r = x + y', r4, r, cs.lc(x).add(y));
  return r;
}

/** 1/5 mod p - 1: raising to it takes fifth roots, since 5 does not divide p - 1 for any field here. */
function fifthRootExponent(F: PrimeField): bigint {
  const order = F.p - 1n;
  for (let k = 1n; k <= 5n; k++) {
    if ((k * order + 1n) % 5n === 0n) return (k * order + 1n) / 5n;
  }
  throw new NovaError('SynthesisError', `fifth roots are not unique in ${F.name}: 5 divides p - 1`);
}

/** n registers, one constraint each. */
function wide(n: number): Omit<BuiltinCircuit, 'name'> {
  return {
    arity: n,
    z0: Array.from({ length: n }, (_, i) => BigInt(i + 1)),
    synthesize(cs, z) {
      const { values: v } = cs;
      return z.map((a, i) => {
        const b = z[(i + 1) % n];
        const out = cs.alloc(`out ${i}`, v.mulAdd(a, b, v.constant(1n)));
        cs.enforce(`a * b = out - 1 ${i}`, a, b, cs.lc(out).sub(cs.one));
        return out;
      });
    },
  };
}

/**
 * The hash of a private message of n bytes: bit i of the hash, in the hash's order, weighs 2^i in z' (mod p). z is not used.
 * The circuit of nova-snark's sha256 bench; in the chains, byte j of the message of step i is i + j mod 256.
 */
function sha256Step(n: number): Omit<BuiltinCircuit, 'name'> {
  return {
    arity: 1,
    z0: [2n],
    inputs: { message: n },
    inputsOf: (step) => ({ message: Array.from({ length: n }, (_, j) => BigInt((step + j) % 256)) }),
    synthesize(cs, _z, { message }) {
      const { values: v } = cs;
      const bits = message.flatMap((byte, j) =>
        // the first takes all that is left, so that nothing but a byte has eight bits
        [cs.field.bits - 7, 1, 1, 1, 1, 1, 1, 1].map((width, i) =>
          literal(allocBit(cs, `bit ${i} of byte ${j}`, v.bits(byte, 7 - i, width))),
        ),
      );
      const hash = sha256(cs.ns('sha256'), bits);
      const weights = powersOfTwo(cs.field.p, hash.length);
      const value = v.dot(
        hash.map((bit) => truthValue(cs, bit)),
        weights.map((weight) => v.constant(weight)),
      );
      const out = cs.alloc('hash', value);
      const sum = cs.lc();
      hash.forEach((bit, i) => addTruth(sum, cs, bit, weights[i]));
      cs.enforce('packing', sum, cs.one, out);
      return [out];
    },
  };
}
