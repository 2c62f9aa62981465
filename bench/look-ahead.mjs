/*
 * Steps with look-ahead beside steps without, in turns in one process: two chains, each with parameters of its own, for what
 * was computed ahead is kept with these. The steps are the same, so is their work; what look-ahead gains is time in which the
 * threads had to wait for the caller's. With fewer threads than cores the caller's has one of its own, as beside a GPU. Writes bench/results/look-ahead.json.
 *
 *   npm run bench:look-ahead -- [--backend NAME] [--threads 1,2] [--cycle CYCLE] [--circuits A,B] [--rounds N]
 */
import { parseArgs } from 'node:util';
import { loadavg } from 'node:os';
import { builtinCircuit, cachedParams, createBackend, RecursiveSNARK } from 'nova-webgpu/node';
import { machine, median, version, writeResults } from './results.mjs';

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    threads: { type: 'string', default: '1,2' },
    cycle: { type: 'string', default: 'pasta' },
    circuits: { type: 'string', default: 'square:0,sha256:64,minroot:1024,square:121087' },
    rounds: { type: 'string', default: '10' },
  },
});
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

/** Measures a circuit on an engine. */
async function measure(backend, threads, name) {
  const circuit = builtinCircuit(name);
  const params = [];
  for (let i = 0; i < 2; i++) params.push(await cachedParams(circuit, { cycle: values.cycle, backend }));
  const off = await chain(params[0], circuit, false);
  const on = await chain(params[1], circuit, true);
  const load = [loadavg()[0]];
  for (let round = 0; round < rounds; round++) {
    // neither is always the first
    for (const { sample } of round % 2 === 0 ? [off, on] : [on, off]) await sample();
  }
  load.push(loadavg()[0]);
  const [{ constraints, primary }] = params;
  const ratio = (key) => median(off.samples.map((sample, i) => on.samples[i][key] / sample[key]));
  const row = {
    circuit: name,
    threads,
    constraints,
    variables_of_head: primary.circuit.program.head.variables.reduce((n, [from, to]) => n + to - from, 0),
    off: medians(off.samples),
    on: medians(on.samples),
    ratio: ratio('ms'),
    cpu_ratio: ratio('cpu_ms'),
    /** Threads that wanted to run, before and after: if there are more than cores, believe ratios alone. */
    load,
  };
  await off.close();
  await on.close();
  for (const one of params) one.close();
  const ms = (x) => x.toFixed(1);
  console.log(
    `${name}, threads ${threads}: ${ms(row.off.ms)} ms without, ${ms(row.on.ms)} with look-ahead, ratio ${row.ratio.toFixed(3)} ` +
      `(of CPU time ${row.cpu_ratio.toFixed(3)}); witnesses in the step ${ms(row.off.witness_ms)} and ${ms(row.on.witness_ms)} ms`,
  );
  return row;
}

const rows = [];
let engine;
for (const threads of values.threads.split(',').map(Number)) {
  const backend = await createBackend(values.backend, { threads });
  engine = backend.name;
  for (const name of values.circuits.split(',')) rows.push(await measure(backend, threads, name));
  await backend.close();
}
const file = await writeResults('look-ahead', {
  version: await version(),
  date: new Date().toISOString(),
  backend: engine,
  cycle: values.cycle,
  rounds,
  machine: machine(),
  rows,
});
console.log(`written to ${file}`);
