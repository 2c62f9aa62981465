/*
 * A long chain: after the first step nothing may be allocated in the engine any more, and resident memory must stay where it
 * is. Writes bench/results/soak.json and fails if either grows.
 *
 *   npm run bench:soak -- [--backend NAME] [--threads N] [--cycle CYCLE] [--circuit C] [--steps N]
 */
import { parseArgs } from 'node:util';
import { builtinCircuit, cachedParams, createBackend, RecursiveSNARK } from 'nova-webgpu/node';
import { machine, median, version, writeResults } from './results.mjs';

/** Most that resident memory may grow from the first window of steps to the last. */
const MAX_DRIFT = 0.01;

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'auto' },
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
const backend = await createBackend(values.backend, { threads: Number(values.threads) });
const params = await cachedParams(circuit, { cycle: values.cycle, backend });
const snark = await RecursiveSNARK.new(params, circuit.z0);
const rss = [];
const ms = [];
let allocations = 0;
let liveBytes;
let grown = 0;
for (let i = 1; i <= steps; i++) {
  await snark.proveStep();
  const { lastStep } = snark;
  if (i > 1) {
    allocations += lastStep.allocations;
    grown = Math.max(grown, lastStep.liveBytes - liveBytes);
  }
  if (i === 1) liveBytes = lastStep.liveBytes;
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
const ok = allocations === 0 && grown <= 0 && drift <= MAX_DRIFT;
const result = {
  work: `${values.cycle} ${values.circuit}`,
  steps,
  allocations_after_first_step: allocations,
  live_bytes: liveBytes,
  live_bytes_grown: grown,
  rss_before: before,
  rss_after: after,
  rss_drift: drift,
  step_ms_before: median(ms.slice(window, 2 * window)),
  step_ms_after: median(ms.slice(-window)),
  ok,
};
console.log(JSON.stringify(result, null, 2));
if (globalThis.gc === undefined) console.log('without --expose-gc resident memory includes garbage');
const file = await writeResults('soak', {
  version: await version(),
  date: new Date().toISOString(),
  backend: backend.name,
  threads: Number(values.threads),
  machine: machine(),
  ...result,
});
console.log(`written to ${file}`);
process.exitCode = ok ? 0 : 1;
