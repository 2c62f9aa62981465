import { CYCLES, needsPtau, type Cycle } from '../../src/curve/cycles.ts';

/** A cycle for each pair of curves: circuits and folding do not depend on how commitments are opened. */
export const CURVE_PAIRS: readonly Cycle[] = CYCLES.filter((cycle) => !needsPtau(cycle));
