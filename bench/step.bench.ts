/**
 * How long a step takes, and each part of it. A sample is a step of a chain that goes on; the parts are those that the
 * engine's counters tell apart (`StepReport.phases`), and the rest is what none of them has booked.
 *
 *   npm run bench                       the reference engine
 *   NOVA_BACKEND=name npm run bench     another engine
 *   NOVA_BENCH_STEPS=10 npm run bench   more steps for each circuit (default 3)
 */
import { bench, describe } from 'vitest';
import {
  builtinCircuit,
  createBackend,
  insecureSeededRng,
  PublicParams,
  RecursiveSNARK,
  type Backend,
  type BackendName,
  type StepReport,
} from '../src/index.ts';
import { nodeGenerators } from '../src/node/generators.ts';

const STEPS = Number(process.env.NOVA_BENCH_STEPS ?? 3);
const BACKEND = (process.env.NOVA_BACKEND ?? 'reference') as BackendName | 'auto';

const median = (xs: readonly number[]) => xs.toSorted((a, b) => a - b)[xs.length >> 1];
const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

describe.each(['square:0', 'minroot:64'])('a step of %s on pasta', (name) => {
  let backend: Backend;
  let pp: PublicParams;
  let snark: RecursiveSNARK;
  let reports: StepReport[] = [];

  // vitest runs no hooks in a bench; `setup` and `teardown` surround the warm-up and the samples, each
  bench(
    'proveStep',
    async () => {
      await snark.proveStep();
      reports.push(snark.lastStep);
    },
    {
      iterations: STEPS,
      time: 0,
      warmupIterations: 1,
      warmupTime: 0,
      async setup(_task, mode) {
        reports = [];
        if (mode === 'run') return;
        const circuit = builtinCircuit(name);
        backend = await createBackend(BACKEND, { generators: nodeGenerators() });
        pp = await PublicParams.setup(circuit, { cycle: 'pasta', backend });
        snark = await RecursiveSNARK.new(pp, circuit.z0, { rng: insecureSeededRng('bench') });
        await snark.proveStep(); // the free first step
      },
      async teardown(_task, mode) {
        if (mode !== 'run') return;
        print(name, pp, backend, reports);
        snark.close();
        pp.close();
        await backend.close();
      },
    },
  );
});

/** The medians over all steps. */
function print(name: string, pp: PublicParams, backend: Backend, reports: readonly StepReport[]): void {
  const total = median(reports.map(({ ms }) => ms));
  const parts = Object.keys(reports[0].phases)
    .map((phase): [string, number] => [phase, median(reports.map(({ phases }) => phases[phase] ?? 0))])
    .toSorted(([, a], [, b]) => b - a);
  const rest = total - parts.reduce((sum, [, ms]) => sum + ms, 0);
  const { allocations, readBacks, bytesUp, bytesDown, liveBytes } = reports[0];
  const row = ([part, ms]: [string, number]) =>
    `  ${part.padEnd(12)}${ms.toFixed(1).padStart(10)} ms${((100 * ms) / total).toFixed(1).padStart(7)} %`;
  const lines = [
    `${name} on pasta, engine ${backend.name}: ${pp.constraints.join(' and ')} constraints, median of ${reports.length} steps`,
    ...parts.map(row),
    row(['the rest', rest]),
    row(['step', total]),
    `  ${allocations} buffers made, ${readBacks} read-backs, ${bytesUp} bytes up, ${bytesDown} down, ${mib(liveBytes)} MiB live`,
  ];
  console.log(`\n${lines.join('\n')}\n`);
}
