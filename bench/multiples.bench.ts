/**
 * The sum of 31 multiples of points, as a verifier of an inner-product argument asks for it, in three ways.
 *
 *   npm run bench -- multiples
 */
import { bench, describe } from 'vitest';
import type { Term } from '../src/curve/curve.ts';
import { pallas } from '../src/curve/curves.ts';
import { createBackend, insecureSeededRng } from '../src/index.ts';
import { randomElement } from '../src/field/random.ts';

const rng = insecureSeededRng('multiples');
const random = () => randomElement(pallas.scalar, rng);
const terms = Array.from({ length: 31 }, (): Term => [random(), pallas.mul(random(), pallas.generator)]);
const backend = await createBackend('wasm', { threads: 0 });

describe('the sum of 31 multiples on pallas', () => {
  bench('buckets, by the wasm engine on the calling thread', async () => {
    await backend.read([backend.openings.sumOfMultiples(pallas, terms)]);
  });
  bench('one chain of doublings for all terms', () => {
    pallas.sum(terms);
  });
  bench('one chain of doublings a term', () => {
    terms.map(([k, P]) => pallas.mul(k, P)).reduce((sum, P) => pallas.add(sum, P));
  });
});
