import { ConstraintSystem, type CompiledCircuit } from '../../src/circuit/constraint-system.ts';
import { AUX } from '../../src/circuit/linear-combination.ts';
import { NovaError } from '../../src/errors.ts';
import { Op, type Hint, type WitnessProgram } from '../../src/field/program.ts';
import { insecureSeededRng, randomElement } from '../../src/field/random.ts';
import { assign, isSatisfied, rowsByColumn } from './satisfied.ts';

/** What `build` returns, with the path of each private variable that it allocates: a compiled circuit keeps no names. */
export function withNames<T>(build: () => T): { result: T; names: string[] } {
  const { alloc, ns } = ConstraintSystem.prototype;
  const names: string[] = [];
  const prefix = new WeakMap<ConstraintSystem, string>();
  const prefixOf = (cs: ConstraintSystem) => prefix.get(cs) ?? '';
  ConstraintSystem.prototype.ns = function (name) {
    const child = ns.call(this, name);
    prefix.set(child, `${prefixOf(this)}${name}/`);
    return child;
  };
  ConstraintSystem.prototype.alloc = function (name, value) {
    const num = alloc.call(this, name, value);
    names[num.variable - AUX] = prefixOf(this) + name;
    return num;
  };
  try {
    return { result: build(), names };
  } finally {
    Object.assign(ConstraintSystem.prototype, { alloc, ns });
  }
}

/** A changed assignment that breaks no constraint. */
export interface Accepted {
  readonly variable: number;
  readonly z: readonly bigint[];
}

/** Replaces each of the variables in turn, by one more and by a random value, and returns what is still satisfied. */
export function acceptedChanges(
  circuit: CompiledCircuit,
  z: readonly bigint[],
  variables: Iterable<number> = Array(circuit.matrices.variables).keys(),
): Accepted[] {
  const touched = rowsByColumn(circuit.matrices);
  const changed = [...z];
  const accepted: Accepted[] = [];
  for (const variable of variables) {
    for (const change of changes(circuit.matrices.field, `${variable}`)) {
      changed[variable] = change(z[variable]);
      if (isSatisfied(circuit, changed, touched[variable])) {
        accepted.push({ variable, z: [...changed] });
      }
    }
    changed[variable] = z[variable];
  }
  return accepted;
}

/**
 * The same, but everything that the program computes after a variable follows from its changed value: a prover that lies
 * once and is consistent from there on. The public inputs stay.
 */
export async function acceptedLies(
  circuit: CompiledCircuit,
  inputs: readonly bigint[],
  z: readonly bigint[],
  variables: Iterable<number> = Array(circuit.matrices.variables).keys(),
): Promise<Accepted[]> {
  const { matrices } = circuit;
  const touched = rowsByColumn(matrices);
  const accepted: Accepted[] = [];
  for (const variable of variables) {
    for (const change of changes(matrices.field, `${variable}`)) {
      const program = patched(circuit.program, [variable], (x) => [change(x)]);
      const lie = await assign({ program, matrices }, inputs).catch((error: unknown) => {
        if (error instanceof NovaError) return undefined; // a quotient that does not fit: no witness follows
        throw error;
      });
      if (lie === undefined) continue;
      const changed = [...lie.z.slice(0, matrices.variables), ...z.slice(matrices.variables)];
      // most lies show at once, in the rows around the variable
      const accept = isSatisfied(circuit, changed, touched[variable]) && isSatisfied(circuit, changed);
      if (accept) accepted.push({ variable, z: changed });
    }
  }
  return accepted;
}

/** x + 1 and a random element other than x. */
function changes(F: ConstraintSystem['field'], seed: string): ((x: bigint) => bigint)[] {
  const random = randomElement(F, insecureSeededRng(`mutation ${seed}`));
  return [(x) => F.add(x, 1n), (x) => (random === x ? F.add(x, 2n) : random)];
}

/** Different numbers below n, the same in every run: all of them if there are no more than `count`. */
export function sample(n: number, count: number, seed: string): number[] {
  if (n <= count) return [...Array(n).keys()];
  const rng = insecureSeededRng(seed);
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(new DataView(rng.bytes(4).slice().buffer).getUint32(0) % n);
  return [...chosen];
}

/** The program with `change` applied to some variables, as soon as the last of them has its value. */
export function patched(program: WitnessProgram, variables: readonly number[], change: Hint): WitnessProgram {
  const missing = new Set(variables);
  for (const { end, writes } of instructions(program.code)) {
    writes.forEach((slot) => missing.delete(slot));
    if (missing.size > 0) continue;
    const n = variables.length;
    const hint = [Op.Hint, program.hints.length, n, ...variables, n, ...variables];
    const code = Uint32Array.from([...program.code.subarray(0, end), ...hint, ...program.code.subarray(end)]);
    return { ...program, code, hints: [...program.hints, change] };
  }
  throw new Error('the program writes no such variables');
}

/** An instruction of a witness program, with the slots that it reads and writes. */
export interface Instruction {
  readonly op: number;
  readonly end: number;
  readonly reads: readonly number[];
  readonly writes: readonly number[];
}

/** Decodes a program after the table in src/field/program.ts. */
export function* instructions(code: Uint32Array): Generator<Instruction> {
  for (let pc = 0; pc < code.length;) {
    const op = code[pc];
    const at = (offset: number, n: number) => [...code.subarray(pc + offset, pc + offset + n)];
    let reads: number[];
    let writes = at(1, 1);
    let length: number;
    if (op === Op.Dot) {
      reads = at(3, 2 * code[pc + 2]);
      length = 3 + reads.length;
    } else if (op === Op.DivMod) {
      const groups: number[][] = [];
      length = 1;
      for (let g = 0; g < 5; g++) {
        groups.push(at(length + 1, code[pc + length]));
        length += 1 + groups[g].length;
      }
      writes = groups.slice(0, 2).flat();
      reads = groups.slice(2).flat();
    } else if (op === Op.Hint) {
      reads = at(3, code[pc + 2]);
      writes = at(4 + reads.length, code[pc + 3 + reads.length]);
      length = 4 + reads.length + writes.length;
    } else {
      const [slots, immediates] = FIXED[op];
      reads = at(2, slots);
      length = 2 + slots + immediates;
    }
    pc += length;
    yield { op, end: pc, reads, writes };
  }
}

/** Slots read and immediates of the instructions `op d ...` of fixed length. */
const FIXED: Readonly<Record<number, readonly [slots: number, immediates: number]>> = {
  [Op.Copy]: [1, 0],
  [Op.Add]: [2, 0],
  [Op.Sub]: [2, 0],
  [Op.Mul]: [2, 0],
  [Op.MulAdd]: [3, 0],
  [Op.Div]: [3, 0],
  [Op.Pow]: [1, 1],
  [Op.Equal]: [2, 0],
  [Op.Select]: [3, 0],
  [Op.Bits]: [1, 2],
};
