/**
 * An IPA opening on pallas with the `wasm` engine: generators folded as the engine chooses, every four rounds, and never, in turns.
 * Prints the least processor time of each, which a busy machine changes less than the time that passes.
 *
 *   npx vitest bench --run bench/opening.bench.ts
 *   NOVA_BENCH_LOG=17 NOVA_BENCH_SAMPLES=2 npx vitest bench --run bench/opening.bench.ts
 */
import { bench } from 'vitest';
import { createWasmBackend } from '../src/backend/wasm/open.ts';
import { pallas } from '../src/curve/curves.ts';
import { elementsToBytes } from '../src/field/bytes.ts';
import { insecureSeededRng, randomElement } from '../src/field/random.ts';
import { KeccakTranscript } from '../src/hash/transcript.ts';
import { ipa } from '../src/pcs/ipa.ts';
import { CK_LABEL } from '../src/pcs/pedersen.ts';

const LOG = Number(process.env.NOVA_BENCH_LOG ?? 14);
const SAMPLES = Number(process.env.NOVA_BENCH_SAMPLES ?? 4);

bench(
  `openings of 2^${LOG} values`,
  async () => {
    const engine = await createWasmBackend({ threads: 2 });
    const n = 2 ** LOG;
    const F = pallas.scalar;
    const rng = insecureSeededRng('opening');
    const bases = await engine.bases(pallas, CK_LABEL, n);
    const { pk } = await ipa.setup(engine, { bases }, n);
    const poly = engine.vector(F, n, 'polynomial');
    const values = Array.from({ length: n }, () => randomElement(F, rng));
    engine.upload(poly, elementsToBytes(F, values));
    const [comm] = await engine.read([engine.commit(bases, poly, 0n)]);
    const point = Array.from({ length: LOG }, () => randomElement(F, rng));
    const { openings } = engine;
    const chosen = openings.roundsPerFold.bind(openings);
    const ways: Record<string, (m: number) => number> = {
      never: () => Infinity,
      'as chosen': chosen,
      'every four rounds': (m) => Math.max(chosen(m), 4),
    };
    const least: Record<string, number> = {};
    // the first sample makes the tables of the key
    for (let i = 0; i <= SAMPLES; i++) {
      for (const [name, roundsPerFold] of Object.entries(ways)) {
        openings.roundsPerFold = roundsPerFold;
        const start = process.cpuUsage();
        // an argument is made whether or not the value is right
        await ipa.prove(pk, new KeccakTranscript(F, 'bench'), { comm, point, value: 0n }, poly);
        const { user, system } = process.cpuUsage(start);
        if (i > 0) least[name] = Math.min(least[name] ?? Infinity, (user + system) / 1000);
      }
    }
    for (const [name, ms] of Object.entries(least)) {
      console.log(`generators folded ${name}: ${ms.toFixed(0)} ms of processor time`);
    }
    pk.close();
    await engine.close();
  },
  { iterations: 1, time: 0, warmupIterations: 0, warmupTime: 0 },
);
