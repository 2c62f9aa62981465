/*
 * One measured process of ours, for bench/peer.mjs and bench/compressed.mjs: parameters, a chain of a few steps, then single
 * steps and verifications with the clock running, or, given a `snark`, compressions and their verifications. Takes one JSON
 * argument and prints one JSON object.
 *
 *   node bench/ours.mjs '{"backend":"auto","threads":2,"cycle":"pasta","circuit":"square:0","samples":3,"cacheDir":null}'
 *
 * `cacheDir` null sets the parameters up; a folder that holds them has them loaded. `samples` 0 measures nothing else.
 */
import {
  allowRelaxedSimd,
  builtinCircuit,
  cachedParams,
  CompressedSNARK,
  createBackend,
  nodeGenerators,
  nodeModules,
  RecursiveSNARK,
} from 'nova-webgpu/node';

const {
  backend: name,
  threads,
  cycle,
  circuit: circuitName,
  samples,
  cacheDir,
  snark: finalSnark,
  // steps before the clock starts: as many as nova-interop's bench takes
  first = 3,
} = JSON.parse(process.argv[2]);
const circuit = builtinCircuit(circuitName);

const start = performance.now();
await allowRelaxedSimd();
// the reference engine would take minutes for its generators
const generators = name === 'reference' ? { generators: nodeGenerators({ workers: threads }) } : {};
const modules = nodeModules({ cacheDir });
const backend = await createBackend(name, { threads, modules, ...generators });
const params = await cachedParams(circuit, { cycle, hint: hintOf(finalSnark), backend, cacheDir });
const ready = performance.now();
const result = {
  backend: backend.name,
  /** From the making of the engine. */
  setup_ms: ready - start,
  /** From the start of the process. */
  ready_ms: ready,
};

/** The commitment keys must have room for a SNARK with preprocessing. */
function hintOf(snark) {
  return snark?.startsWith('pp') ? snark : 'default';
}

async function timed(work) {
  const from = performance.now();
  const value = await work();
  return [value, performance.now() - from];
}

/** The state before the clock starts. */
async function chain() {
  const state = await RecursiveSNARK.new(params, circuit.z0, { inputs: circuit.inputsOf?.(0) });
  for (let i = 0; i < first; i++) await state.proveStep(circuit.inputsOf?.(i));
  return state;
}

if (finalSnark !== undefined) {
  const state = await chain();
  const [{ pk, vk }, keys_ms] = await timed(() => CompressedSNARK.setup(params, { snark: finalSnark }));
  const prove_ms = [];
  const verify_ms = [];
  let proof_bytes;
  for (let i = 0; i < samples; i++) {
    const [proof, proving] = await timed(() => CompressedSNARK.prove(pk, state));
    prove_ms.push(proving);
    const [, verifying] = await timed(() => proof.verify(vk, state.numSteps, circuit.z0));
    verify_ms.push(verifying);
    proof_bytes = proof.encode().length;
  }
  state.close();
  pk.close();
  vk.close();
  Object.assign(result, { keys_ms, prove_ms, verify_ms, proof_bytes });
} else if (samples > 0) {
  const snark = await chain();
  const prove_step_ms = [];
  const verify_ms = [];
  for (let i = 0; i < samples; i++) {
    const [, proving] = await timed(() => snark.proveStep(circuit.inputsOf?.(snark.numSteps)));
    prove_step_ms.push(proving);
    const [, verifying] = await timed(() => snark.verify(snark.numSteps, circuit.z0));
    verify_ms.push(verifying);
  }
  const { phases } = snark.lastStep;
  snark.close();
  Object.assign(result, { prove_step_ms, verify_ms, phases });
}
params.close();
await backend.close();
// resourceUsage counts in KiB
console.log(JSON.stringify({ ...result, peak_rss: process.resourceUsage().maxRSS * 1024 }));
