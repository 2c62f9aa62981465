import { isConstant, type Operation, type Value } from '../../src/backend/webgpu/codegen/emitter.ts';
import type { FieldFunction } from '../../src/backend/webgpu/codegen/field.ts';

/**
 * Runs a generated function on integers, without a GPU, and throws if any value leaves the interval that the generator
 * claims for it: the proof that no 32-bit word overflows is only as good as these.
 */
export function evaluate(f: FieldFunction, args: readonly bigint[]): bigint {
  const inputs = new Map(f.parameters.map(({ name }, i) => [name, args[i]!]));
  const values: bigint[] = [];
  const valueOf = (x: Value): bigint => {
    const v = isConstant(x) ? x.min : values[x.id!]!;
    if (v < x.min || v > x.max) {
      throw new Error(`${f.name}: ${x.text} = ${v} is outside [${x.min}, ${x.max}] for ${args.join(', ')}`);
    }
    return v;
  };
  for (const operation of f.operations) {
    values.push(result(operation, operation.operands.map(valueOf), inputs));
    valueOf(operation.value);
  }
  return f.words.reduce((sum, word, k) => sum | (valueOf(word) << BigInt(32 * k)), 0n);
}

function result({ kind, text }: Operation, [x, y, z]: bigint[], inputs: ReadonlyMap<string, bigint>): bigint {
  switch (kind) {
    case 'input': {
      const [name, half, component] = text.split('.');
      const word = (half === 'lo' ? 0 : 4) + 'xyzw'.indexOf(component!);
      return BigInt.asUintN(32, inputs.get(name!)! >> BigInt(32 * word));
    }
    case 'add':
      return x! + y!;
    case 'sub':
      return x! - y!;
    case 'mul':
      return x! * y!;
    case 'mulLow':
      return BigInt.asUintN(32, x! * y!);
    case 'shr':
      return x! >> y!;
    case 'shl':
      return BigInt.asUintN(32, x! << y!);
    case 'and':
      return x! & y!;
    case 'or':
      return x! | y!;
    case 'negLow':
      return -x! & y!;
    case 'selectNegative':
      return x! < 0n ? y! : z!;
  }
}
