/*
 * This library against nova-snark 0.76.0 in Rust (test/interop), on the same machine in the same run with the same number of
 * threads, in turns: ours, theirs, ours again with kept parameters, and so on. Every number is a median over the rounds.
 * Prints both sides and the ratio (below 1: ours is faster or smaller), and writes bench/results/peer.json.
 *
 *   NOVA_INTEROP_BIN=path npm run bench:peer -- [options]
 *
 *   --backend NAME   our engine (default auto)
 *   --threads N      threads of both sides (default 2)
 *   --rounds N       how often each work is measured, at least 5 for a result to keep (default 5)
 *   --samples N      steps and verifications timed in each process (default 5)
 *   --only WORD      works whose name contains the word; nothing is written then
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { novaInterop, printComparison, run } from './comparison.mjs';
import { machine, median, version, writeResults } from './results.mjs';

/**
 * What is measured, and at most which ratio each number may have. `kept`: loading kept parameters is measured too. `first`:
 * our steps before the clock starts; with some 60 the tables of shifted generators are there, which a short proof does without.
 */
const WORKS = [
  { cycle: 'pasta', circuit: 'square:0', atMost: { step: 1.2, verify: 1.2, setup: 2 }, kept: true },
  { cycle: 'pasta', circuit: 'square:0', first: 60, atMost: { step: 1.2, verify: 1.2 } },
  { cycle: 'pasta', circuit: 'square:121087', atMost: { step: 1.2, verify: 1.2, rss: 3 }, kept: true },
  { cycle: 'bn-ipa', circuit: 'square:22783', atMost: { step: 1.3, verify: 1.2 } },
  { cycle: 'pasta', circuit: 'minroot:4096', atMost: { step: 1.2, verify: 1.2 } },
];

/** Steps with loaded parameters may take this share of those with fresh ones. */
const LOADED_AT_MOST = 1.02;

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'auto' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '5' },
    samples: { type: 'string', default: '5' },
    only: { type: 'string' },
  },
});
const [threads, rounds, samples] = [values.threads, values.rounds, values.samples].map(Number);
const peer = novaInterop();

function theirs({ cycle, circuit }) {
  const args = ['bench', '--cycle', cycle, '--circuit', circuit, '--samples', String(samples)];
  return run(peer, args, { RAYON_NUM_THREADS: String(threads) });
}

function ours({ cycle, circuit, first }, cacheDir, count = samples) {
  const task = { backend: values.backend, threads, cycle, circuit, first, samples: count, cacheDir };
  return run(process.execPath, [fileURLToPath(new URL('ours.mjs', import.meta.url)), JSON.stringify(task)]);
}

/** All rounds of one work. */
async function measure(work, cacheDir) {
  const all = { ours: [], theirs: [], kept: [] };
  // fills the cache
  if (work.kept) await ours(work, cacheDir, 0);
  for (let i = 1; i <= rounds; i++) {
    process.stderr.write(`${nameOf(work)}: round ${i} of ${rounds}\n`);
    all.ours.push(await ours(work, null));
    all.theirs.push(await theirs(work));
    if (work.kept) all.kept.push(await ours(work, cacheDir));
  }
  return all;
}

const nameOf = ({ cycle, circuit, first }) => `${cycle} ${circuit}${first ? `, after ${first} steps` : ''}`;

/** The rows of one work. */
function rowsOf(work, all) {
  const of = (runs, key) => median(runs.flatMap((one) => one[key]));
  const row = (what, unit, own, other, atMost) => ({
    work: nameOf(work),
    what,
    unit,
    ours: own,
    theirs: other,
    ratio: own / other,
    at_most: atMost ?? null,
    ok: atMost === undefined || own / other <= atMost,
  });
  const { atMost } = work;
  const compared = (what, unit, key, limit) => {
    return row(what, unit, of(all.ours, key), of(all.theirs, key), limit);
  };
  const rows = [
    compared('proveStep', 'ms', 'prove_step_ms', atMost.step),
    compared('verify', 'ms', 'verify_ms', atMost.verify),
    compared('set-up', 'ms', 'setup_ms', atMost.setup),
    compared('peak memory', 'bytes', 'peak_rss', atMost.rss),
  ];
  if (all.kept.length > 0) {
    const step = of(all.ours, 'prove_step_ms');
    // ours against theirs is, in the two rows below, ours against a limit in ms and against our own fresh parameters
    rows.push(
      row('load (against set-up)', 'ms', of(all.kept, 'setup_ms'), of(all.theirs, 'setup_ms')),
      row(
        'process start to loaded (against the limit)',
        'ms',
        of(all.kept, 'ready_ms'),
        loadLimit(work, step),
        1,
      ),
      row('proveStep, loaded (against fresh)', 'ms', of(all.kept, 'prove_step_ms'), step, LOADED_AT_MOST),
    );
  }
  return rows;
}

/** A load may take half a second, and for large circuits as long as a step. */
function loadLimit({ circuit }, step) {
  return circuit === 'square:0' ? 500 : Math.max(500, step);
}

const cacheDir = await mkdtemp(join(tmpdir(), 'nova-webgpu-bench-'));
const rows = [];
const runs = {};
let backend;
try {
  const chosen = WORKS.filter((work) => values.only === undefined || nameOf(work).includes(values.only));
  for (const work of chosen) {
    const all = await measure(work, cacheDir);
    backend = all.ours[0].backend;
    runs[nameOf(work)] = all;
    rows.push(...rowsOf(work, all));
  }
} finally {
  await rm(cacheDir, { recursive: true, force: true });
}

printComparison(rows, backend);

if (values.only === undefined) {
  const file = await writeResults('peer', {
    version: await version(),
    peer: 'nova-snark 0.76.0',
    date: new Date().toISOString(),
    backend,
    threads,
    rounds,
    samples,
    machine: machine(),
    rows,
    runs,
  });
  console.log(`written to ${file}`);
}
process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
