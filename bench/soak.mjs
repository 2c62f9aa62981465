/*
 * A long chain: after the first step nothing may be allocated in the engine any more, every step reads back twice and uploads
 * its witnesses alone, and resident memory must stay where it is. Writes bench/results/soak.json, for a GPU
 * bench/results/soak-webgpu.json, and fails if a step does anything else or memory grows.
 *
 *   npm run bench:soak -- [--backend NAME] [--adapter NAME|software] [--check-every N] [--threads N] [--cycle CYCLE]
 *     [--circuit C] [--steps N]
 */
import { parseArgs } from 'node:util';
import { builtinCircuit, cachedParams, RecursiveSNARK } from 'nova-webgpu/node';
import { ENGINE_OPTIONS, openEngine } from './engine.mjs';
import { machine, median, version, writeResults } from './results.mjs';

/** Most that resident memory may grow from the first window of steps to the last. */
const MAX_DRIFT = 0.01;

const { values } = parseArgs({
  options: {
    ...ENGINE_OPTIONS,
    'check-every': { type: 'string' },
    threads: { type: 'string', default: '2' },
    cycle: { type: 'string', default: 'pasta' },
    circuit: { type: 'string', default: 'square:0' },
    steps: { type: 'string', default: '200' },
  },
});
const steps = Number(values.steps);
if (!(steps >= 10)) throw new Error('--steps must be at least 10');
/** Steps before memory is taken for settled, and the length of both windows. */
const window = Math.floor(steps / 10);

const circuit = builtinCircuit(values.circuit);
const { 'check-every': checkEvery } = values;
const backend = await openEngine(values, {
  threads: Number(values.threads),
  webgpu: checkEvery === undefined ? {} : { checkEvery: Number(checkEvery) },
});
const params = await cachedParams(circuit, { cycle: values.cycle, backend });
const snark = await RecursiveSNARK.new(params, circuit.z0);
const rss = [];
const ms = [];
const readBacks = new Set();
const bytesUp = new Set();
const checks = [];
let allocations = 0;
let liveBytes;
let grown = 0;
/** Step 1 counts what `new` has done; the one after it is the first that folds into both instances. */
const FIRST = 2;
for (let i = 1; i <= steps; i++) {
  const checked = snark.lastCheck;
  await snark.proveStep();
  const { lastStep, lastCheck } = snark;
  if (i > FIRST) {
    allocations += lastStep.allocations;
    grown = Math.max(grown, lastStep.liveBytes - liveBytes);
    readBacks.add(lastStep.readBacks);
    bytesUp.add(lastStep.bytesUp);
  }
  if (i === FIRST) {
    liveBytes = lastStep.liveBytes;
    // an engine that is not believed is checked on another one, which takes its memory at the first check
    await snark.encode();
  }
  // what checks on the CPU ask of a GPU is counted apart
  if (lastCheck !== checked)
    checks.push({ step: i, read_backs: lastCheck.readBacks, bytes_up: lastCheck.bytesUp });
  ms.push(lastStep.ms);
  globalThis.gc?.();
  rss.push(process.memoryUsage.rss());
  if (i % window === 0) {
    const mib = (rss.at(-1) / 2 ** 20).toFixed(0);
    process.stderr.write(`step ${i} of ${steps}: ${median(ms.slice(-window)).toFixed(0)} ms, ${mib} MiB\n`);
  }
}
await snark.verify(steps, circuit.z0);
snark.close();
params.close();
await backend.close();

const before = median(rss.slice(window, 2 * window));
const after = median(rss.slice(-window));
const drift = after / before - 1;
const witnessBytes = 32 * params.variables.reduce((sum, n) => sum + n, 0);
const sameSteps = [...readBacks].join() === '2' && [...bytesUp].join() === String(witnessBytes);
const ok = allocations === 0 && grown <= 0 && sameSteps && drift <= MAX_DRIFT;
const result = {
  work: `${values.cycle} ${values.circuit}`,
  steps,
  allocations_after_first_step: allocations,
  live_bytes: liveBytes,
  live_bytes_grown: grown,
  read_backs_per_step: [...readBacks],
  bytes_up_per_step: [...bytesUp],
  witness_bytes: witnessBytes,
  ...(checks.length > 0 && { checks }),
  rss_before: before,
  rss_after: after,
  rss_drift: drift,
  step_ms_before: median(ms.slice(window, 2 * window)),
  step_ms_after: median(ms.slice(-window)),
  ok,
};
console.log(JSON.stringify(result, null, 2));
if (globalThis.gc === undefined) console.log('without --expose-gc resident memory includes garbage');
const file = await writeResults(backend.name === 'webgpu' ? 'soak-webgpu' : 'soak', {
  version: await version(),
  date: new Date().toISOString(),
  backend: backend.name,
  ...backend.facts,
  threads: Number(values.threads),
  machine: machine(),
  ...result,
});
console.log(`written to ${file}`);
process.exitCode = ok ? 0 : 1;
