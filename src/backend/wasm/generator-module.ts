/** The kernels of a field that make generators, as a WebAssembly module of their own: provers and verifiers may do without. */
import type { PrimeField } from '../../field/field.ts';
import { WasmModule } from './codegen/assembler.ts';
import { describeField } from './codegen/field-description.ts';
import { partKernels, type ModuleKind } from './field-module.ts';
import { mapToCurveKernels } from './kernels/map-to-curve.ts';
import { pairKernels } from './kernels/pairs.ts';
import { MAX_PAGES } from './memory.ts';

/** The name of the part, for {@link FieldModules.ensurePart}. */
export const GENERATORS = 'generators';

/** The module. */
export function generatorModule(F: PrimeField, { shared, lanes }: ModuleKind): Uint8Array<ArrayBuffer> {
  const m = new WasmModule(lanes);
  const field = describeField(F);
  pairKernels(m, field);
  mapToCurveKernels(m, field);
  return m.toBytes({ shared, maximum: MAX_PAGES });
}

/** The name under which hosts know its kernels. */
export function generatorKernels(field: string): string {
  return partKernels(field, GENERATORS);
}
