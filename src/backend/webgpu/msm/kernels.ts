/** The kernels of multi-scalar multiplications, `shaders/msm`. They depend on the curve and the layout of limbs, on no size. */
import affineText from '../../../../shaders/msm/affine.wgsl';
import countText from '../../../../shaders/msm/count.wgsl';
import digitsText from '../../../../shaders/msm/digits.wgsl';
import dispatchesText from '../../../../shaders/msm/dispatches.wgsl';
import foldText from '../../../../shaders/msm/fold.wgsl';
import gatherText from '../../../../shaders/msm/gather.wgsl';
import levelsText from '../../../../shaders/msm/levels.wgsl';
import pairSumsText from '../../../../shaders/msm/pair-sums.wgsl';
import planText from '../../../../shaders/msm/plan.wgsl';
import projectiveText from '../../../../shaders/msm/projective.wgsl';
import resultsText from '../../../../shaders/msm/results.wgsl';
import scanBlocksText from '../../../../shaders/msm/scan-blocks.wgsl';
import scanCountsText from '../../../../shaders/msm/scan-counts.wgsl';
import scanStartsText from '../../../../shaders/msm/scan-starts.wgsl';
import scanTotalsText from '../../../../shaders/msm/scan-totals.wgsl';
import scanText from '../../../../shaders/msm/scan.wgsl';
import scatterText from '../../../../shaders/msm/scatter.wgsl';
import sizesText from '../../../../shaders/msm/sizes.wgsl';
import toMontgomeryText from '../../../../shaders/msm/to-montgomery.wgsl';
import type { Curve } from '../../../curve/curve.ts';
import { fieldLibrary } from '../codegen/field.ts';
import type { Layout } from '../codegen/layout.ts';
import type { BindingKind, GpuContext, Kernel, KernelSource } from '../device.ts';
import { kernelHead } from '../kernel-head.ts';

/** Invocations of a workgroup of all kernels here. */
export const WORKGROUP = 64;

/** Counts that a workgroup of the prefix sums takes (`BLOCK` in scan.wgsl). */
export const SCAN_BLOCK = 1024;

/** Levels that the trees can have (`LEVELS` in levels.wgsl): enough for 2^28 slots in a bucket. */
export const LEVELS = 28;

/** What `pairSums` adds (`PairSums` in pair-sums.wgsl). */
export const PairMode: Readonly<Record<'Fetch' | 'Tree' | 'Double', number>> = {
  Fetch: 0,
  Tree: 1,
  Double: 2,
};

/** Where the number of slots is in the state (`SLOTS` in levels.wgsl): behind the levels' numbers of pairs. */
export const SLOTS_COUNTER: number = LEVELS;

/** Names of the kernels. */
export type MsmKernelName =
  | 'count'
  | 'scanBlocks'
  | 'scanTotals'
  | 'scanStarts'
  | 'scatter'
  | 'plan'
  | 'sizes'
  | 'pairSums'
  | 'gather'
  | 'fold'
  | 'results'
  | 'toMontgomery';

/** The text of each kernel, and its bindings: u for uniform, r for read, w for write. */
const TEXTS: Readonly<Record<MsmKernelName, readonly [texts: readonly string[], bindings: string]>> = {
  count: [[digitsText, countText], 'urw'],
  scanBlocks: [[scanText, scanCountsText, scanBlocksText], 'urw'],
  scanTotals: [[scanText, dispatchesText, levelsText, scanTotalsText], 'uwww'],
  scanStarts: [[scanText, scanCountsText, scanStartsText], 'urrww'],
  scatter: [[digitsText, scatterText], 'urrwww'],
  plan: [[levelsText, planText], 'urww'],
  sizes: [[dispatchesText, levelsText, sizesText], 'urw'],
  pairSums: [[affineText, pairSumsText], 'urrrww'],
  gather: [[projectiveText, gatherText], 'urrw'],
  fold: [[projectiveText, foldText], 'uw'],
  results: [[projectiveText, resultsText], 'urw'],
  toMontgomery: [[toMontgomeryText], 'uw'],
};

const BINDINGS: Readonly<Record<string, BindingKind>> = { u: 'uniform', r: 'read', w: 'write' };

/** A kernel over a curve as text. */
export function msmSource(curve: Curve, layout: Layout, name: MsmKernelName): KernelSource {
  const [texts, bindings] = TEXTS[name];
  const text = [kernelHead(WORKGROUP), ...texts].join('\n');
  const usesField = /\bFe\b/.test(text);
  return {
    label: usesField ? `msm ${name} ${curve.name} ${layout.name}` : `msm ${name}`,
    code: usesField ? `${fieldLibrary(curve.base, layout, { text, b3: tripleB(curve) })}\n${text}` : text,
    bindings: [...bindings].map((kind) => BINDINGS[kind]!),
    workgroup: WORKGROUP,
  };
}

/** 3b of y^2 = x^3 + b, as a small integer of either sign. */
export function tripleB({ base, b }: Curve): number {
  return Number(2n * b > base.p ? b - base.p : b) * 3;
}

/** The kernels of a curve, compiled. */
export class MsmKernels {
  readonly context: GpuContext;
  readonly curve: Curve;
  readonly layout: Layout;
  readonly #kernels: ReadonlyMap<MsmKernelName, Kernel>;

  private constructor(
    context: GpuContext,
    curve: Curve,
    layout: Layout,
    kernels: ReadonlyMap<MsmKernelName, Kernel>,
  ) {
    this.context = context;
    this.curve = curve;
    this.layout = layout;
    this.#kernels = kernels;
  }

  /** @throws {@link NovaError} `DeviceFault`, `DeviceLost` */
  static async compile(context: GpuContext, curve: Curve, layout: Layout): Promise<MsmKernels> {
    const names = Object.keys(TEXTS) as MsmKernelName[];
    const kernels = await Promise.all(names.map((name) => context.pipeline(msmSource(curve, layout, name))));
    return new MsmKernels(context, curve, layout, new Map(names.map((name, i) => [name, kernels[i]!])));
  }

  get(name: MsmKernelName): Kernel {
    return this.#kernels.get(name)!;
  }
}
