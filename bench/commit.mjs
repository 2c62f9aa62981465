/*
 * Commitments alone: ours beside nova-snark's own multi-scalar multiplication, in turns on the same machine and threads.
 * What making the tables of shifted generators costs is printed too: they are made once per key, within the first
 * commitments, and are not kept on disk. Writes bench/results/commit.json.
 *
 *   NOVA_INTEROP_BIN=path npm run bench:commit -- [--backend NAME] [--threads N] [--rounds N] [--samples N] [--log 14,16]
 */
import { parseArgs } from 'node:util';
import { createBackend, CYCLES, nodeGenerators } from 'nova-webgpu/node';
import { novaInterop, run } from './comparison.mjs';
import { machine, median, version, writeResults } from './results.mjs';

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'auto' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '5' },
    samples: { type: 'string', default: '5' },
    log: { type: 'string', default: '12,14,16' },
    curves: { type: 'string', default: 'pallas,bn256' },
  },
});
const [threads, rounds, samples] = [values.threads, values.rounds, values.samples].map(Number);
const peer = novaInterop();

/** Commitments before the clock starts, so that the engine has made the tables it thinks worth their cost. */
const FIRST = 8;

const curves = CYCLES.flatMap(({ primary, secondary }) => [primary, secondary]);
const curveOf = (name) => {
  const curve = curves.find((one) => one.name === name);
  if (curve === undefined) throw new Error(`no curve ${name}: ${curves.map((c) => c.name).join(', ')}`);
  return curve;
};

/** The scalars of nova-interop's `commit`: the same form, so the same work. */
function scalars({ scalar: F }, kind, n) {
  const bytes = new Uint8Array(32 * n);
  let x = 5n;
  for (let i = 0; i < n; i++) {
    x = kind === 'bits' ? BigInt(i & 1) : F.add(F.sqr(x), BigInt(i));
    bytes.set(F.toBytes(x), 32 * i);
  }
  return bytes;
}

async function theirs(curve, kind, log) {
  const args = ['commit', '--curve', curve, '--log', `${log}`, '--scalars', kind, '--samples', `${samples}`];
  const { commit_ms } = await run(peer, args, { RAYON_NUM_THREADS: `${threads}` });
  return commit_ms;
}

const generators = values.backend === 'reference' ? { generators: nodeGenerators({ workers: threads }) } : {};
const backend = await createBackend(values.backend, { threads, ...generators });
const rows = [];
for (const name of values.curves.split(',')) {
  const curve = curveOf(name);
  for (const log of values.log.split(',').map(Number)) {
    const n = 2 ** log;
    const bases = await backend.bases(curve, new TextEncoder().encode('ck'), n);
    const v = backend.vector(curve.scalar, n, 'v');
    const timed = async () => {
      const start = performance.now();
      await backend.read([backend.commit(bases, v, 0n)]);
      return performance.now() - start;
    };
    const before = backend.counters();
    for (const kind of ['dense', 'bits']) {
      backend.upload(v, scalars(curve, kind, n));
      const first = [];
      for (let i = 0; i < FIRST; i++) first.push(await timed());
      const [own, other] = [[], []];
      for (let round = 0; round < rounds; round++) {
        for (let i = 0; i < samples; i++) own.push(await timed());
        other.push(await theirs(name, kind, log));
      }
      const [ours_ms, theirs_ms] = [median(own), median(other)];
      rows.push({
        curve: name,
        n,
        scalars: kind,
        ours_ms,
        theirs_ms,
        ratio: ours_ms / theirs_ms,
        first_ms: first[0],
      });
    }
    const after = backend.counters();
    const tables_ms = threads * ((after.time.tables ?? 0) - (before.time.tables ?? 0));
    for (const row of rows.slice(-2)) Object.assign(row, { tables_cpu_ms: tables_ms });
    backend.free(bases, v);
  }
}
await backend.close();

console.table(
  rows.map((row) => ({
    ...row,
    ...Object.fromEntries(
      ['ours_ms', 'theirs_ms', 'first_ms', 'tables_cpu_ms'].map((key) => [key, row[key].toFixed(1)]),
    ),
    ratio: row.ratio.toFixed(3),
  })),
);
const file = await writeResults('commit', {
  version: await version(),
  peer: 'nova-snark 0.76.0, its own MSM',
  date: new Date().toISOString(),
  backend: backend.name,
  threads,
  rounds,
  samples,
  machine: machine(),
  rows,
});
console.log(`written to ${file}`);
