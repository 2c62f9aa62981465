/** Powers of tau protect by nobody's knowing tau: whoever does forges any value, so the forger of these tests is a real one. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Backend } from '../../src/index.ts';
import { testBackend } from '../support/backend.ts';
import { forgeryWithTau } from './hostile-evaluations.ts';

let backend: Backend;
beforeAll(async () => {
  backend = await testBackend();
});
afterAll(() => backend?.close());

it('an argument of a false value is accepted from somebody who knows tau', async () => {
  await expect(forgeryWithTau(backend)).resolves.toBeUndefined();
});
