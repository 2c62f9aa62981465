/** The kernels of a field that run witness programs, as a WebAssembly module of their own: verifiers do without. */
import type { PrimeField } from '../../field/field.ts';
import { WasmModule } from './codegen/assembler.ts';
import { describeField } from './codegen/field-description.ts';
import { partKernels, type ModuleKind } from './field-module.ts';
import { programKernels } from './kernels/program.ts';
import { scalarKernels } from './kernels/scalar.ts';
import { MAX_PAGES } from './memory.ts';

/** The name of the part, for {@link FieldModules.ensurePart}. */
export const WITNESS = 'witness';

/** The module. */
export function witnessModule(F: PrimeField, { shared, lanes }: ModuleKind): Uint8Array<ArrayBuffer> {
  const m = new WasmModule(lanes);
  programKernels(m, scalarKernels(m, describeField(F)));
  return m.toBytes({ shared, maximum: MAX_PAGES });
}

/** The name under which hosts know its kernels. */
export function witnessKernels(field: string): string {
  return partKernels(field, WITNESS);
}
