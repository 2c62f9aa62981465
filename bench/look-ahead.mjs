/*
 * Steps with look-ahead beside steps without, in turns in one process: two chains, each with parameters of its own, for what
 * was computed ahead is kept with these. The steps are the same, so is their work; what look-ahead gains is time in which the
 * threads had to wait for the caller's. Writes bench/results/look-ahead.json.
 *
 *   npm run bench:look-ahead -- [--backend NAME] [--threads N] [--cycle CYCLE] [--circuits A,B] [--rounds N]
 */
import { parseArgs } from 'node:util';
import { availableParallelism, loadavg } from 'node:os';
import { builtinCircuit, cachedParams, createBackend, RecursiveSNARK } from 'nova-webgpu/node';
import { machine, median, version, writeResults } from './results.mjs';

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    threads: { type: 'string', default: '2' },
    cycle: { type: 'string', default: 'pasta' },
    circuits: { type: 'string', default: 'square:0,sha256:64,minroot:1024,square:121087' },
    rounds: { type: 'string', default: '10' },
  },
});
const threads = Number(values.threads);
const rounds = Number(values.rounds);

/** Steps before the clock starts, so that the engine has made the tables it thinks worth their cost. */
const FIRST = 8;

function* allInputs(circuit) {
  for (let i = 0; ; i++) yield circuit.inputsOf?.(i);
}

/** A chain, and how to prove its next step. */
async function chain(params, circuit, lookAhead) {
  const snark = await RecursiveSNARK.new(params, circuit.z0, { inputs: circuit.inputsOf?.(0) });
  const steps = snark.proveSteps(allInputs(circuit));
  const step = () => (lookAhead ? steps.next() : snark.proveStep(circuit.inputsOf?.(snark.numSteps)));
  for (let i = 0; i < FIRST; i++) await step();
  const samples = [];
  const sample = async () => {
    const cpu = process.cpuUsage();
    const start = performance.now();
    await step();
    const ms = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    const { witness = 0, ahead = 0 } = snark.lastStep.phases;
    samples.push({ ms, cpu_ms: (user + system) / 1000, witness_ms: witness, ahead_ms: ahead });
  };
  const close = async () => {
    await steps.return();
    snark.close();
  };
  return { sample, samples, close };
}

const medians = (samples) =>
  Object.fromEntries(
    Object.keys(samples[0]).map((key) => [key, median(samples.map((sample) => sample[key]))]),
  );

const backend = await createBackend(values.backend, { threads });
const rows = [];
for (const name of values.circuits.split(',')) {
  const circuit = builtinCircuit(name);
  const params = [];
  for (let i = 0; i < 2; i++) params.push(await cachedParams(circuit, { cycle: values.cycle, backend }));
  const off = await chain(params[0], circuit, false);
  const on = await chain(params[1], circuit, true);
  const load = loadavg()[0];
  for (let round = 0; round < rounds; round++) {
    // neither is always the first
    for (const { sample } of round % 2 === 0 ? [off, on] : [on, off]) await sample();
  }
  const ratios = off.samples.map(({ ms }, i) => on.samples[i].ms / ms);
  const row = {
    circuit: name,
    constraints: params[0].constraints,
    variables_of_head: params[0].primary.circuit.program.head.variables.reduce(
      (n, [from, to]) => n + to - from,
      0,
    ),
    off: medians(off.samples),
    on: medians(on.samples),
    ratio: median(ratios),
    cpu_ratio: median(off.samples.map(({ cpu_ms }, i) => on.samples[i].cpu_ms / cpu_ms)),
    /** Processes that wanted to run, on how many cores: with more than cores, times are not to be believed, but ratios. */
    load_before: load,
    load_after: loadavg()[0],
  };
  rows.push(row);
  await off.close();
  await on.close();
  for (const one of params) one.close();
  const ms = (x) => x.toFixed(1);
  console.log(
    `${name}: ${ms(row.off.ms)} ms without, ${ms(row.on.ms)} with look-ahead, ratio ${row.ratio.toFixed(3)} ` +
      `(of CPU time ${row.cpu_ratio.toFixed(3)}); witness in the step ${ms(row.off.witness_ms)} and ${ms(row.on.witness_ms)} ms`,
  );
}
await backend.close();
const file = await writeResults('look-ahead', {
  version: await version(),
  date: new Date().toISOString(),
  backend: backend.name,
  threads,
  cores: availableParallelism(),
  cycle: values.cycle,
  rounds,
  machine: machine(),
  rows,
});
console.log(`written to ${file}`);
