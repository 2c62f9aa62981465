/*
 * Compressing and verifying beside nova-snark 0.76.0 in Rust (test/interop), on the same machine in the same run with the same
 * number of threads, in turns. Our time of proving includes that the library verifies its proof before handing it out.
 * Prints both sides and the ratio (below 1: ours is faster or smaller), and writes bench/results/compressed.json.
 *
 *   NOVA_INTEROP_BIN=path npm run bench:compressed -- [options]
 *
 *   --backend NAME   our engine (default auto)
 *   --threads N      threads of both sides (default 2)
 *   --only WORD      works whose name contains the word; nothing is written then
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { novaInterop, printComparison, run } from './comparison.mjs';
import { machine, median, version, writeResults } from './results.mjs';

/**
 * What is measured, how often, and at most which ratio each number may have. nova-snark takes about a minute for a proof with
 * preprocessing, so that is made once.
 */
const AT_MOST = { prove: 1, verify: 1, rss: 2 };
const WORKS = [
  { snark: 'snark', circuit: 'square:0', rounds: 5, samples: 2 },
  { snark: 'snark', circuit: 'square:6399', rounds: 5, samples: 2 },
  { snark: 'ppsnark2', circuit: 'square:0', rounds: 1, samples: 1 },
  { snark: 'ppsnark2', circuit: 'square:6399', rounds: 1, samples: 1 },
].map((work) => ({ cycle: 'pasta', ...work }));

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'auto' },
    threads: { type: 'string', default: '2' },
    only: { type: 'string' },
  },
});
const threads = Number(values.threads);
const peer = novaInterop();

const nameOf = ({ cycle, snark, circuit }) => `${cycle} ${snark} ${circuit}`;

function theirs({ cycle, snark, circuit, samples }) {
  const args = ['bench', '--cycle', cycle, '--circuit', circuit, '--snark', snark, '--samples', `${samples}`];
  return run(peer, args, { RAYON_NUM_THREADS: `${threads}` });
}

function ours({ cycle, snark, circuit, samples }) {
  const task = { backend: values.backend, threads, cycle, circuit, snark, samples, cacheDir: null };
  return run(process.execPath, [fileURLToPath(new URL('ours.mjs', import.meta.url)), JSON.stringify(task)]);
}

/** The rows of one work. */
function rowsOf(work, all) {
  const of = (runs, key) => median(runs.flatMap((one) => one[key]));
  const row = (what, unit, key, atMost = null) => {
    const [own, other] = [of(all.ours, key), of(all.theirs, key)];
    const ratio = own / other;
    return {
      work: nameOf(work),
      what,
      unit,
      ours: own,
      theirs: other,
      ratio,
      at_most: atMost,
      ok: atMost === null || ratio <= atMost,
    };
  };
  return [
    row('keys', 'ms', 'keys_ms'),
    row('prove', 'ms', 'prove_ms', AT_MOST.prove),
    row('verify', 'ms', 'verify_ms', AT_MOST.verify),
    row('peak memory', 'bytes', 'peak_rss', AT_MOST.rss),
  ];
}

const rows = [];
const runs = {};
let backend;
for (const work of WORKS.filter((one) => values.only === undefined || nameOf(one).includes(values.only))) {
  const all = { ours: [], theirs: [] };
  for (let i = 1; i <= work.rounds; i++) {
    process.stderr.write(`${nameOf(work)}: round ${i} of ${work.rounds}\n`);
    all.ours.push(await ours(work));
    all.theirs.push(await theirs(work));
  }
  backend = all.ours[0].backend;
  runs[nameOf(work)] = all;
  rows.push(...rowsOf(work, all));
}
printComparison(rows, backend);

if (values.only === undefined) {
  const file = await writeResults('compressed', {
    version: await version(),
    peer: 'nova-snark 0.76.0',
    date: new Date().toISOString(),
    backend,
    threads,
    machine: machine(),
    rows,
    runs,
  });
  console.log(`written to ${file}`);
}
process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
