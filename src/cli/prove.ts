import { prepareOutputFolder, removeIfUnused, writeFilesAtomically } from '../node/files.ts';
import {
  insecureSeededRng,
  NovaError,
  RecursiveSNARK,
  stepsOf,
  systemRng,
  type PublicParams,
  type StepReport,
} from '../node/index.ts';
import { compress, type Compression, type CompressionTimes, type NamedBytes } from './compress.ts';
import { sha3 } from './digest.ts';
import { META_FILE, STATE_FILE, type CompressedFacts, type Facts } from './meta.ts';
import { toHex } from './number.ts';
import type { ProveOptions } from './options.ts';
import { formatMs } from './progress.ts';
import {
  paramsFacts,
  printJson,
  setUp,
  warnOfSeed,
  withSession,
  type Ready,
  type Session,
  type Setup,
} from './session.ts';

/** What one step cost, with the names of the JSON fields. */
interface StepFacts {
  readonly ms: number;
  readonly phases: Readonly<Record<string, number>>;
  readonly allocations: number;
  readonly read_backs: number;
  readonly bytes_up: number;
  readonly bytes_down: number;
  readonly live_bytes: number;
}

/** What `prove --json` prints. */
interface ProveResult extends Facts, Partial<CompressedFacts>, Partial<CompressionTimes>, Setup {
  readonly backend: string;
  readonly prove_ms: number;
  readonly verify_ms: number;
  readonly peak_rss: number;
  readonly per_step: readonly StepFacts[];
}

/** A chain in the making: how far it came and what it cost. */
interface Run {
  readonly snark: RecursiveSNARK;
  readonly perStep: StepFacts[];
  /** SHA3-256 of the state after `new` and after every step; only with a seed, otherwise nobody can compare it. */
  readonly stateSha3: string[];
  proveMs: number;
}

/**
 * The `prove` command. Nothing is reported as proved before it was verified. An interrupted proof is saved as far as it
 * came; any other failure leaves no file.
 *
 * @throws {@link NovaError} `FileError` before any work if the folder cannot be written to; `Aborted`; what proving throws
 */
export async function prove(options: ProveOptions, json: boolean): Promise<void> {
  const output = options.out === undefined ? undefined : await prepareOutputFolder(options.out);
  try {
    await withSession(options, async (session) => {
      warnOfSeed(session, options.insecureSeed);
      const ready = await setUp(session, options);
      try {
        await proveWith(ready, session, options, json, output?.path);
      } finally {
        ready.pp.close();
      }
    });
  } catch (error) {
    if (output !== undefined) await removeIfUnused(output);
    throw error;
  }
}

async function proveWith(
  { pp, setup }: Ready,
  session: Session,
  options: ProveOptions,
  json: boolean,
  folder: string | undefined,
): Promise<void> {
  const { progress, signal, backend } = session;
  const { circuit, steps, z0 } = options;
  const rng = options.insecureSeed === undefined ? systemRng : insecureSeededRng(options.insecureSeed);
  const control = { signal, onProgress: progress.onProgress };

  progress.begin(`step 1 of ${steps}`);
  const start = performance.now();
  const snark = await RecursiveSNARK.new(pp, z0, { rng, inputs: circuit.inputsOf?.(0), ...control });
  const run: Run = { snark, perStep: [], stateSha3: [], proveMs: performance.now() - start };
  try {
    try {
      await takeSteps(run, options, session);
      progress.begin(`verifying ${steps} steps`);
      const verifyStart = performance.now();
      await snark.verify(steps, z0, control);
      const verifyMs = performance.now() - verifyStart;

      const compression =
        options.snark === 'none' ? undefined : await compress(session, pp, snark, options.snark);
      const { bytes, facts } = await describe(run, options, pp);
      if (folder !== undefined) await save(folder, bytes, facts, compression);
      progress.end();
      report(json, folder, {
        ...facts,
        ...compression?.facts,
        ...compression?.times,
        backend: backend.name,
        ...setup,
        prove_ms: run.proveMs,
        verify_ms: verifyMs,
        // resourceUsage counts in KiB
        peak_rss: process.resourceUsage().maxRSS * 1024,
        per_step: run.perStep,
      });
    } catch (error) {
      throw isAborted(error) ? await saveInterrupted(run, options, pp, folder) : error;
    }
  } finally {
    snark.close();
  }
}

async function takeSteps(
  run: Run,
  { circuit, steps, insecureSeed }: ProveOptions,
  session: Session,
): Promise<void> {
  const { progress, signal } = session;
  const { snark } = run;
  const seeded = insecureSeed !== undefined;
  if (seeded) run.stateSha3.push(sha3(await snark.encode()));
  progress.begin(`step 1 of ${steps}`);
  for await (const step of snark.proveSteps(stepsOf(circuit, steps), {
    signal,
    onProgress: progress.onProgress,
  })) {
    run.proveMs += step.ms;
    run.perStep.push(stepFacts(step));
    if (seeded) run.stateSha3.push(sha3(await snark.encode()));
    const i = snark.numSteps;
    if (i < steps) progress.begin(`step ${i + 1} of ${steps}, ${formatMs(run.proveMs / i)} a step`);
  }
}

function stepFacts(step: StepReport): StepFacts {
  return {
    ms: step.ms,
    phases: step.phases,
    allocations: step.allocations,
    read_backs: step.readBacks,
    bytes_up: step.bytesUp,
    bytes_down: step.bytesDown,
    live_bytes: step.liveBytes,
  };
}

/** The state's bytes and what `meta.json` says of it. */
async function describe(
  { snark, stateSha3 }: Run,
  { circuit, cycle, hint, z0 }: ProveOptions,
  pp: PublicParams,
): Promise<{ bytes: Uint8Array; facts: Facts }> {
  const bytes = await snark.encode();
  const facts: Facts = {
    circuit: circuit.name,
    cycle: cycle.name,
    hint,
    ...paramsFacts(pp),
    steps: snark.numSteps,
    z0: z0.map(toHex),
    zn: snark.outputs.map(toHex),
    recursive_bytes: bytes.length,
    recursive_sha3: sha3(bytes),
    state_sha3: stateSha3,
  };
  return { bytes, facts };
}

async function save(
  folder: string,
  state: Uint8Array,
  facts: Facts,
  compression?: Compression,
): Promise<void> {
  const all = { ...facts, ...compression?.facts };
  const meta: NamedBytes = {
    name: META_FILE,
    bytes: new TextEncoder().encode(`${JSON.stringify(all, null, 2)}\n`),
  };
  const files = [{ name: STATE_FILE, bytes: state }, ...(compression?.files ?? []), meta];
  await writeFilesAtomically(folder, files);
}

/** Saves what an interrupted proof has; returns the error that ends the command. */
async function saveInterrupted(
  run: Run,
  options: ProveOptions,
  pp: PublicParams,
  folder: string | undefined,
): Promise<NovaError> {
  const done = run.snark.numSteps;
  const stopped = `interrupted after ${done} of ${options.steps} steps`;
  if (folder === undefined)
    return new NovaError('Aborted', `${stopped}; nothing saved: give --out DIR to keep a state`);
  if (done === 0) return new NovaError('Aborted', `${stopped}; there is no state to save yet`);
  const { bytes, facts } = await describe(run, options, pp);
  await save(folder, bytes, facts);
  return new NovaError('Aborted', `${stopped}; their state is saved, not verified yet, in ${folder}`);
}

function report(json: boolean, folder: string | undefined, result: ProveResult): void {
  if (json) return printJson(result);
  const lines = [
    `proved ${result.steps} steps of ${result.circuit} over ${result.cycle} in ${formatMs(result.prove_ms)}, ` +
      `verified in ${formatMs(result.verify_ms)} (setup ${formatMs(result.setup_ms)}` +
      `${result.setup_cached ? ' from the cache' : ''}, ${result.backend} engine)`,
    `digest  ${result.digest}`,
    ...result.z0.map((z, i) => `z0[${i}]   ${z}`),
    ...result.zn.map((z, i) => `zn[${i}]   ${z}`),
    `state   ${result.recursive_bytes} bytes, contains the witness, SHA3-256 ${result.recursive_sha3}`,
    ...compressionLines(result),
    folder === undefined ? 'not saved: give --out DIR to keep it' : `saved   ${folder}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function isAborted(error: unknown): boolean {
  return error instanceof NovaError && error.code === 'Aborted';
}

function compressionLines(result: ProveResult): string[] {
  const { snark, compress_ms: ms } = result;
  if (snark === undefined || ms === undefined) return [];
  return [
    `proof   ${result.compressed_bytes} bytes, SHA3-256 ${result.compressed_sha3}, made with ${snark} in ${formatMs(ms)}`,
    `key     ${result.vk_bytes} bytes, SHA3-256 ${result.vk_sha3}`,
  ];
}
