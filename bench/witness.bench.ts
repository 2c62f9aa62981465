/**
 * What a squaring costs in the `wasm` engine's machine for witness programs, its conversion to words included, and what is left of
 * that if the program ran ahead. Processor time; on the calling thread.
 *
 *   npm run bench -- witness
 */
import { bench, describe } from 'vitest';
import type { Vec, Witness } from '../src/backend/backend.ts';
import { pallas } from '../src/curve/curves.ts';
import { Op, type WitnessProgram } from '../src/field/program.ts';
import { createBackend, type Backend } from '../src/index.ts';

const SQUARINGS = 200_000;
const F = pallas.scalar;

/** x, x^2, x^4, ... of the input. */
const program: WitnessProgram = {
  field: F,
  variables: SQUARINGS,
  inputs: 1,
  constants: [],
  slots: SQUARINGS + 1,
  code: Uint32Array.from(
    Array.from({ length: SQUARINGS }, (_, i) => {
      const from = i === 0 ? SQUARINGS : i - 1;
      return [Op.Mul, i, from, from];
    }).flat(),
  ),
  exponents: [],
  hints: [],
  outputs: [],
  head: { inputs: 1, words: 4 * SQUARINGS, variables: [[0, SQUARINGS]] },
};

const median = (xs: readonly number[]) => xs.toSorted((a, b) => a - b)[xs.length >> 1];

describe(`${SQUARINGS} squarings of a witness program`, () => {
  let backend: Backend;
  let witness: Witness;
  let W: Vec;
  let times: number[] = [];

  for (const ahead of [false, true]) {
    bench(
      ahead ? 'after the program ran ahead' : 'all of it',
      async () => {
        if (ahead) await backend.prepare(witness, [3n]);
        const before = process.cpuUsage();
        await backend.generate(witness, [3n], W);
        const { user, system } = process.cpuUsage(before);
        times.push(user + system);
      },
      {
        iterations: 10,
        time: 0,
        warmupIterations: 2,
        warmupTime: 0,
        async setup(_task, mode) {
          times = [];
          if (mode === 'run') return;
          backend = await createBackend('wasm', { threads: 0 });
          witness = await backend.witness(program);
          W = backend.vector(F, SQUARINGS, 'W');
        },
        async teardown(_task, mode) {
          if (mode !== 'run') return;
          const ns = (1000 * median(times)) / SQUARINGS;
          console.log(
            `${ahead ? 'after the program ran ahead' : 'all of it'}: ${ns.toFixed(1)} ns of processor time a squaring`,
          );
          await backend.close();
        },
      },
    );
  }
});
