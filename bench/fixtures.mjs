/*
 * Proves every case of test/fixtures/recursive.json and test/fixtures/direct.json, and sets up every case of
 * test/fixtures/params.json, with the built library, and compares all facts with those of nova-snark: digest, counts, the state's
 * SHA3-256 after every step, outputs, the compressed or direct proof and its verifier key.
 * Prints a line per case; a run of all cases writes bench/results/fixtures.json. Takes many minutes with the reference engine.
 * On webgpu, where a software adapter takes most of an hour for a compressed proof, every case that ends is written to
 * bench/results/fixtures-webgpu.json, in place of what was there of it.
 *
 *   npm run fixtures                    every case
 *   npm run fixtures -- pasta secp      the cases whose names contain one of the words
 *   npm run fixtures -- --backend NAME [--adapter NAME|software]    another engine
 *   npm run fixtures -- --recursive     recursive cases without their compressed proofs
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import {
  builtinCircuit,
  CompressedSNARK,
  cycleByName,
  DirectSNARK,
  insecurePtau,
  insecureSeededRng,
  needsPtau,
  nodeGenerators,
  ptauFrom,
  PublicParams,
  RecursiveSNARK,
} from 'nova-webgpu/node';
import { ENGINE_OPTIONS, openEngine } from './engine.mjs';
import { machine, readResults, version, writeResults } from './results.mjs';

const readJson = async (path) => JSON.parse(await readFile(new URL(path, import.meta.url), 'utf8'));
const sha3 = (bytes) => createHash('sha3-256').update(bytes).digest('hex');
const hex = (x) => `0x${x.toString(16).padStart(64, '0')}`;

/** Runs `action`; returns its value and its time in ms. */
async function timed(action) {
  const start = performance.now();
  const value = await action();
  return [value, Math.round(performance.now() - start)];
}

const paramsFacts = (pp) => ({
  digest: hex(pp.digest),
  constraints: pp.constraints,
  variables: pp.variables,
});

/** The tau of the fixtures' powers: everybody knows it. */
const TAU = 0x1f3c9b7e5a6d4c2b1a09f8e7d6c5b4a3928170615243342516070f0e0d0c0b0an;
const insecurePowers = async (points) => ptauFrom(await insecurePtau(TAU, Math.log2(points)))(points);

/** Makes parameters and does one more thing with them, which returns facts and times. */
async function withParams(backend, { circuit, cycle, hint }, work = () => ({ facts: {} })) {
  const ptau = needsPtau(cycleByName(cycle)) ? insecurePowers : undefined;
  const [pp, setup_ms] = await timed(() =>
    PublicParams.setup(builtinCircuit(circuit), { cycle, hint, ptau, backend }),
  );
  try {
    const { facts, ...times } = await work(pp);
    return { facts: { ...paramsFacts(pp), ...facts }, setup_ms, ...times };
  } finally {
    pp.close();
  }
}

/** Proves one case, and compresses it unless told not to; the facts have the names of recursive.json. */
async function prove(pp, { circuit: circuitName, seed, steps, z0: start, snark: name }, compress) {
  const circuit = builtinCircuit(circuitName);
  const z0 = start.map(BigInt);
  const states = [];
  const step_ms = [];
  const [snark, new_ms] = await timed(() =>
    RecursiveSNARK.new(pp, z0, { rng: insecureSeededRng(seed), inputs: circuit.inputsOf?.(0) }),
  );
  try {
    let bytes = await snark.encode();
    states.push(sha3(bytes));
    for (let i = 0; i < steps; i++) {
      const [, ms] = await timed(() => snark.proveStep(circuit.inputsOf?.(i)));
      step_ms.push(ms);
      bytes = await snark.encode();
      states.push(sha3(bytes));
    }
    const [zn, verify_ms] = await timed(() => snark.verify(steps, z0));
    const recursive = {
      zn: zn.map(hex),
      recursive_bytes: bytes.length,
      recursive_sha3: states.at(-1),
      state_sha3: states,
    };
    if (!compress) return { facts: recursive, new_ms, step_ms, verify_ms };
    const [{ pk, vk }, keys_ms] = await timed(() => CompressedSNARK.setup(pp, { snark: name }));
    const [proof, compress_ms] = await timed(() => CompressedSNARK.prove(pk, snark));
    const [compressed, key] = [proof.encode(), await vk.encode()];
    pk.close();
    vk.close();
    const facts = {
      ...recursive,
      compressed_bytes: compressed.length,
      compressed_sha3: sha3(compressed),
      vk_bytes: key.length,
      vk_sha3: sha3(key),
    };
    return { facts, new_ms, step_ms, verify_ms, keys_ms, compress_ms };
  } finally {
    snark.close();
  }
}

/** Proves one case without recursion; the facts have the names of direct.json. */
async function proveDirectly(backend, { circuit: name, cycle, snark, seed, z0 }) {
  const circuit = builtinCircuit(name);
  const [{ pk, vk }, keys_ms] = await timed(() => DirectSNARK.setup(circuit, { cycle, snark, backend }));
  try {
    const options = { rng: insecureSeededRng(seed), inputs: circuit.inputsOf?.(0) };
    const [{ proof, zNext }, prove_ms] = await timed(() => DirectSNARK.prove(pk, z0.map(BigInt), options));
    const [bytes, key] = [proof.encode(), await vk.encode()];
    const facts = {
      zn: zNext.map(hex),
      direct_bytes: bytes.length,
      direct_sha3: sha3(bytes),
      vk_bytes: key.length,
      vk_sha3: sha3(key),
    };
    return { facts, keys_ms, prove_ms };
  } finally {
    pk.close();
    vk.close();
  }
}

const { values, positionals: words } = parseArgs({
  options: { ...ENGINE_OPTIONS, recursive: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const cases = [
  ...(await readJson('../test/fixtures/params.json')).map((expected) => ({
    name: `params ${expected.cycle} ${expected.circuit} ${expected.hint}`,
    expected,
    work: (engine, facts) => withParams(engine, facts),
  })),
  ...(await readJson('../test/fixtures/recursive.json')).map((expected) => ({
    name: expected.name,
    expected,
    work: (engine, facts) => withParams(engine, facts, (pp) => prove(pp, facts, !values.recursive)),
  })),
  ...(await readJson('../test/fixtures/direct.json')).map((expected) => ({
    name: expected.name,
    expected,
    work: proveDirectly,
  })),
];

const chosen = cases.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
const backend = await openEngine(values, { generators: nodeGenerators({ onWarning: console.warn }) });

/** Writes these cases, in the order of all of them. */
async function record(file, done) {
  const known = new Map(done.map((result) => [result.name, result]));
  const outcome = { version: await version(), backend: backend.name, ...backend.facts, machine: machine() };
  await writeResults(file, { ...outcome, results: cases.flatMap(({ name }) => known.get(name) ?? []) });
}

/** What is recorded case by case, and what was by earlier runs. */
const CASE_BY_CASE = 'fixtures-webgpu';
const before = backend.name === 'webgpu' ? ((await readResults(CASE_BY_CASE))?.results ?? []) : undefined;

const results = [];
for (const { name, expected, work } of chosen) {
  let result;
  try {
    const { facts, ...times } = await work(backend, expected);
    const differing = Object.keys(facts).filter((fact) => !isDeepStrictEqual(facts[fact], expected[fact]));
    result = { name, ok: differing.length === 0, compared: Object.keys(facts), differing, ...times };
  } catch (error) {
    result = { name, ok: false, error: `${error.code ?? error.name}: ${error.message}` };
  }
  results.push(result);
  if (before !== undefined) await record(CASE_BY_CASE, [...before, ...results]);
  const { ok, differing, ...rest } = result;
  console.log(
    `${ok ? 'ok    ' : 'FAILED'} ${name} ${JSON.stringify({ ...rest, name: undefined, compared: undefined, ...(!ok && { differing }) })}`,
  );
}
await backend.close();

if (words.length === 0 && before === undefined && !values.recursive) await record('fixtures', results);
const failed = results.filter(({ ok }) => !ok).length;
console.log(`${results.length - failed} of ${results.length} cases agree with nova-snark`);
process.exitCode = failed === 0 && results.length > 0 ? 0 : 1;
