import { chmod, copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { builtinCircuit } from '../../src/circuit/builtin.ts';
import type { StepCircuit } from '../../src/circuit/step-circuit.ts';
import { insecureSeededRng } from '../../src/field/random.ts';
import { loadOrSetUp, type CachedParamsOptions } from '../../src/node/params-cache.ts';
import { PublicParams } from '../../src/nova/params.ts';
import { RecursiveSNARK } from '../../src/nova/recursive-snark.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf } from '../support/error.ts';
import { temporaryFolder } from '../support/folder.ts';

/** Millions of bytes: `toEqual` takes minutes for them. */
const same = isDeepStrictEqual;

const trivial = builtinCircuit('trivial');
let backend: Backend;
let fresh: PublicParams;
const open: PublicParams[] = [];

beforeAll(async () => {
  backend = await testBackend();
  fresh = await PublicParams.setup(trivial, { backend });
});
afterAll(async () => {
  open.forEach((pp) => pp.close());
  fresh.close();
  await backend.close();
});

/** Parameters, whether they were kept, and what was warned of. */
async function get(
  circuit: StepCircuit,
  options: Omit<CachedParamsOptions, 'backend'>,
): Promise<{ pp: PublicParams; cached: boolean; warnings: string[] }> {
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const { params: pp, cached } = await loadOrSetUp(circuit, { backend, onWarning, ...options });
  open.push(pp);
  return { pp, cached, warnings };
}

/** A user's circuit: z' = z + n; counts how often it is synthesised. */
class AddCircuit implements StepCircuit {
  readonly arity = 1;
  readonly name = 'trivial';
  readonly n: bigint;
  synthesised = 0;

  constructor(n: bigint) {
    this.n = n;
  }

  synthesize(...[cs, [z]]: Parameters<StepCircuit['synthesize']>): ReturnType<StepCircuit['synthesize']> {
    this.synthesised++;
    const y = cs.alloc('y', cs.values.add(z, cs.values.constant(this.n)));
    cs.enforce('y = z + n', cs.lc(z).add(cs.one, this.n), cs.one, y);
    return [y];
  }
}

test('the second time the parameters come from the file, and are the same', async () => {
  const cacheDir = await temporaryFolder();
  expect(await get(trivial, { cacheDir })).toMatchObject({ cached: false, warnings: [] });
  expect(await readdir(cacheDir)).toEqual(['params-pasta-default-trivial.bin']);
  const { pp, cached, warnings } = await get(builtinCircuit('trivial'), { cacheDir });
  expect({ cached, warnings }).toEqual({ cached: true, warnings: [] });
  expect(pp.digest).toBe(fresh.digest);
  for (const side of ['primary', 'secondary'] as const) {
    expect(same(pp[side].circuit.matrices, fresh[side].circuit.matrices)).toBe(true);
    expect(same(pp[side].circuit.program, fresh[side].circuit.program)).toBe(true);
    for (const row of [0, 5000, fresh[side].circuit.matrices.constraints - 1]) {
      expect(pp[side].circuit.path(row)).toBe(fresh[side].circuit.path(row));
    }
    const points = (params: PublicParams) => backend.saveBases(params[side].bases);
    expect(same(await points(pp), await points(fresh))).toBe(true);
  }
  const [a, b] = await Promise.all(
    [pp, fresh].map(async (params) => {
      const snark = await RecursiveSNARK.new(params, trivial.z0, { rng: insecureSeededRng('cache') });
      const state = await snark.encode();
      snark.close();
      return state;
    }),
  );
  expect(same(a, b)).toBe(true);
});

test('a file that is damaged, foreign or of another version is reported and rebuilt', async () => {
  const cacheDir = await temporaryFolder();
  await get(trivial, { cacheDir });
  const path = join(cacheDir, 'params-pasta-default-trivial.bin');
  const good = await readFile(path);
  await get(builtinCircuit('cubic'), { cacheDir });
  const foreign = await readFile(join(cacheDir, 'params-pasta-default-cubic.bin'));
  const flipped = Buffer.from(good);
  flipped[good.length >> 1] ^= 1;
  const older = Buffer.from(good);
  older[8] = 0;
  for (const [bytes, why] of [
    [flipped, 'damaged'],
    [good.subarray(0, good.length - 1), 'damaged'],
    [foreign, 'belongs to another circuit'],
    [older, 'version 0'],
    [Buffer.alloc(0), 'no file of parameters'],
  ] as const) {
    await writeFile(path, bytes);
    const { pp, cached, warnings } = await get(trivial, { cacheDir });
    expect({ cached, digest: pp.digest }).toEqual({ cached: false, digest: fresh.digest });
    expect(warnings).toEqual([expect.stringContaining(why)]);
    expect(same(await readFile(path), good)).toBe(true);
  }
  expect((await readdir(cacheDir)).length).toBe(2);
});

test("a user's circuit is synthesised once, and served only to the very same circuit", async () => {
  const cacheDir = await temporaryFolder();
  const first = await get(new AddCircuit(3n), { cacheDir, cacheKey: 'mine' });
  expect(first).toMatchObject({ cached: false, warnings: [] });
  const again = new AddCircuit(3n);
  expect(await get(again, { cacheDir, cacheKey: 'mine' })).toMatchObject({
    cached: true,
    warnings: [],
    pp: { digest: first.pp.digest },
  });
  expect(again.synthesised).toBe(1);
  // a changed circuit replaces the file of its name
  const changed = await get(new AddCircuit(4n), { cacheDir, cacheKey: 'mine' });
  expect(changed).toMatchObject({ cached: false, warnings: [expect.stringContaining('another circuit')] });
  expect(changed.pp.digest).not.toBe(first.pp.digest);
  expect((await get(new AddCircuit(4n), { cacheDir, cacheKey: 'mine' })).cached).toBe(true);
  expect(await readdir(cacheDir)).toHaveLength(1);
  // without a name, the matrices are the name; what else the circuit is called does not matter
  expect((await get(new AddCircuit(5n), { cacheDir })).cached).toBe(false);
  expect((await get(new AddCircuit(6n), { cacheDir })).cached).toBe(false);
  expect((await get(new AddCircuit(5n), { cacheDir })).cached).toBe(true);
  expect(await readdir(cacheDir)).toHaveLength(3);
});

test('a circuit that has the name of a built-in one does not get its parameters', async () => {
  const cacheDir = await temporaryFolder();
  await get(trivial, { cacheDir });
  const impostor = { ...trivial, synthesize: new AddCircuit(1n).synthesize.bind(new AddCircuit(1n)) };
  const { pp, cached } = await get(impostor, { cacheDir });
  expect(cached).toBe(false);
  expect(pp.digest).not.toBe(fresh.digest);
});

test('null keeps nothing, and a folder that cannot be used is no failure', async () => {
  const folder = await temporaryFolder();
  expect(await get(trivial, { cacheDir: null })).toMatchObject({ cached: false, warnings: [] });
  expect(await readdir(folder)).toEqual([]);
  const file = join(folder, 'file');
  await writeFile(file, '');
  const blocked = await get(trivial, { cacheDir: join(file, 'below') });
  expect(blocked).toMatchObject({ cached: false, pp: { digest: fresh.digest } });
  expect(blocked.warnings).toEqual([expect.stringContaining('could not be kept')]);
});

test('an unreadable file is reported', async () => {
  const cacheDir = await temporaryFolder();
  const path = join(cacheDir, 'params-pasta-default-trivial.bin');
  await copyFile(import.meta.filename, path);
  await chmod(path, 0);
  const { cached, warnings } = await get(trivial, { cacheDir });
  expect(cached).toBe(false);
  expect(warnings[0]).toMatch(/permission denied|no file of parameters/); // root may read everything
  expect((await stat(path)).size).toBeGreaterThan(1e6);
});

test('an abort leaves no file, and mistakes are those of set-up', async () => {
  const cacheDir = await temporaryFolder();
  const signal = AbortSignal.abort();
  expect(await codeOf(() => get(trivial, { cacheDir, signal }))).toBe('Aborted');
  expect(await codeOf(() => get(trivial, { cacheDir, cycle: 'bls' }))).toBe('UnknownCycle');
  expect(await codeOf(() => get(trivial, { cacheDir, hint: '../x' as 'default' }))).toBe('InvalidArgument');
  expect(await codeOf(() => get({ arity: 0 } as StepCircuit, { cacheDir }))).toBe('InvalidArgument');
  expect(await readdir(cacheDir)).toEqual([]);
});
