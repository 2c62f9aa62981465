/** The package as those see it who import it: its exports, its types, a bundle for browsers, and a circuit of one's own. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as library from '../src/index.ts';
import { createBackend, PublicParams, RecursiveSNARK, type StepCircuit } from '../src/index.ts';
import * as nodeLibrary from '../src/node/index.ts';
import { bundle, consumer } from './support/consumer.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** What one can import. A name that disappears breaks somebody's program; a new one is a promise. */
const VALUES = [
  'BACKENDS',
  'BUILTIN_CIRCUITS',
  'CK_HINTS',
  'CYCLES',
  'CompressedSNARK',
  'ConstraintSystem',
  'DirectSNARK',
  'DirectVerifierKey',
  'FINAL_SNARKS',
  'NovaError',
  'PrimeField',
  'PublicParams',
  'RecursiveSNARK',
  'UnSatError',
  'VerifierKey',
  'builtinCircuit',
  'createBackend',
  'cycleByName',
  'detectFeatures',
  'hintOf',
  'insecurePtau',
  'insecureSeededRng',
  'needsPtau',
  'ptauFrom',
  'stepsOf',
  'systemRng',
];
const TYPES = [
  'AffinePoint',
  'Backend',
  'BackendName',
  'BackendOptions',
  'BuiltinCircuit',
  'CkHint',
  'CompressedSetupOptions',
  'Control',
  'Counters',
  'Curve',
  'Cycle',
  'DecodeDirectKeyOptions',
  'DecodeKeyOptions',
  'DirectProveOptions',
  'DirectProverKey',
  'DirectSetupOptions',
  'DirectSnark',
  'ErrorCode',
  'FinalSnark',
  'GeneratorSource',
  'Hint',
  'LinearCombination',
  'LoadOptions',
  'ModuleStore',
  'NewOptions',
  'Num',
  'Opening',
  'Operand',
  'PrivateInputs',
  'ProgressEvent',
  'ProverKey',
  'PtauFile',
  'PtauSource',
  'Rng',
  'SetupOptions',
  'StepCircuit',
  'StepReport',
  'Steps',
  'TaskOptions',
  'Term',
  'Value',
  'WasmFeatures',
  'WebgpuOptions',
];
const NODE_VALUES = [
  'allowRelaxedSimd',
  'CACHE_VARIABLE',
  'cachedParams',
  'defaultCacheDir',
  'nodeGenerators',
  'nodeGpu',
  'ptauDirectory',
  'nodeModules',
];
const NODE_TYPES = ['CachedParamsOptions', 'NodeGeneratorOptions', 'NodeGpuOptions', 'NodeModuleOptions'];

describe('a circuit of one’s own', () => {
  it('is proved and verified in ten lines', async () => {
    // z' = z^2 + a for a secret a
    const circuit: StepCircuit = {
      arity: 1,
      inputs: { a: 1 },
      synthesize(cs, [z], { a }) {
        return [cs.add('z2 + a', cs.square('z2', z), cs.alloc('a', a[0]))];
      },
    };
    const backend = await createBackend('auto');
    const pp = await PublicParams.setup(circuit, { backend });
    const snark = await RecursiveSNARK.new(pp, [3n], { inputs: { a: [1n] } });
    await snark.proveStep();
    await snark.proveStep({ a: [2n] });
    const zn = await snark.verify(2, [3n]);
    expect(zn).toEqual([(3n ** 2n + 1n) ** 2n + 2n]);
    await backend.close();
  });
});

describe('the names that can be imported', () => {
  const sorted = (names: Iterable<string>) => [...names].sort();
  /** The names in the last `export { ... }` of a file of declarations. */
  const declared = (file: string) => {
    const [, names] = /export \{([^{}]*)\};?\s*(?:\/\/#.*)?\s*$/.exec(readFileSync(file, 'utf8')) ?? [];
    return sorted((names ?? '').split(',').map((name) => name.replace(/^.*\bas\b|\btype\b/g, '').trim()));
  };

  it('are these', () => {
    expect(sorted(Object.keys(library))).toEqual(sorted(VALUES));
    expect(sorted(Object.keys(nodeLibrary))).toEqual(sorted([...VALUES, ...NODE_VALUES]));
  });

  it('have these types beside them, in the built package', () => {
    const common = [...VALUES, ...TYPES];
    expect(declared(join(ROOT, manifest.exports['.'].types))).toEqual(sorted(common));
    expect(declared(join(ROOT, manifest.exports['./node'].types))).toEqual(
      sorted([...common, ...NODE_VALUES, ...NODE_TYPES]),
    );
  });
});

describe('the built package', () => {
  it('has the files that its exports name', () => {
    const files = Object.values<string | Record<string, string>>(manifest.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    );
    expect(Object.keys(manifest.exports)).toEqual(['.', './verify', './node', './package.json']);
    for (const file of [...files, ...Object.values<string>(manifest.bin)]) {
      expect(existsSync(join(ROOT, file)), `${file}: run \`npm run build\``).toBe(true);
    }
  });

  it('can be imported under its names, and under no others', async () => {
    const folder = await consumer({
      'main.mjs': `
        const names = async (path) => Object.keys(await import(path));
        const manifest = await import('nova-webgpu/package.json', { with: { type: 'json' } });
        const deep = await import('nova-webgpu/dist/cli.js').catch((error) => error.code);
        const [main, node] = [await names('nova-webgpu'), await names('nova-webgpu/node')];
        console.log(JSON.stringify({ main, node, version: manifest.default.version, deep }));`,
    });
    const { stdout } = await run(process.execPath, ['--no-warnings', 'main.mjs'], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual({
      main: [...VALUES],
      node: expect.arrayContaining([...VALUES, ...NODE_VALUES]),
      version: manifest.version,
      deep: 'ERR_PACKAGE_PATH_NOT_EXPORTED',
    });
  });

  it('does nothing when it is imported', async () => {
    const folder = await consumer({
      'main.mjs': `
        const before = Reflect.ownKeys(globalThis);
        const values = new Map(before.map((key) => [key, Object.getOwnPropertyDescriptor(globalThis, key)]));
        const used = [];
        for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch', 'MessageChannel'])
          Object.defineProperty(globalThis, name, { value: () => used.push(name), configurable: true });
        // noble's curves ask for a few bytes, and do without: some platforms have none to give while they load a program
        globalThis.crypto.getRandomValues = () => {
          throw new Error('not yet');
        };
        await import('nova-webgpu');
        await import('nova-webgpu/node');
        await import('nova-webgpu/verify');
        const added = Reflect.ownKeys(globalThis).filter((key) => !values.has(key)).map(String);
        process.stdout.write(JSON.stringify({ used, added, active: process.getActiveResourcesInfo() }));`,
    });
    // frozen intrinsics: an import that changes a prototype throws
    const flags = ['--frozen-intrinsics', '--no-warnings'];
    const start = performance.now();
    const { stdout, stderr } = await run(process.execPath, [...flags, 'main.mjs'], { cwd: folder });
    expect(stderr).toBe('');
    const { used, added, active } = JSON.parse(stdout);
    expect({ used, added }).toEqual({ used: [], added: [] });
    expect(active.filter((name: string) => /Timeout|Immediate|Port|Worker|TCP/.test(name))).toEqual([]);
    expect(performance.now() - start).toBeLessThan(20_000); // it ended of itself
  });

  const tsconfig = (types: string[], lib: string[]) =>
    JSON.stringify({
      compilerOptions: {
        module: 'NodeNext',
        target: 'ES2022',
        lib,
        types,
        typeRoots: [join(ROOT, 'node_modules/@types')],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        skipDefaultLibCheck: true,
        noEmit: true,
      },
      files: ['main.mts'],
    });
  const typeCheck = (folder: string) =>
    run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.'], { cwd: folder }).then(
      ({ stdout }) => stdout,
      (error: { stdout: string }) => error.stdout,
    );

  it('has types that hold for a browser project, without those of Node', async () => {
    const folder = await consumer({
      'tsconfig.json': tsconfig([], ['ES2023', 'DOM']),
      'main.mts': `
        import { createBackend, PublicParams, RecursiveSNARK, type StepCircuit } from 'nova-webgpu';
        const circuit: StepCircuit = { arity: 1, synthesize: (cs, [z]) => [cs.square('z2', z!)] };
        const pp = await PublicParams.setup(circuit, { backend: await createBackend('auto') });
        const snark: RecursiveSNARK = await RecursiveSNARK.new(pp, [2n]);
        await snark.proveStep(undefined, { onProgress: ({ phase, share }) => console.log(phase, share) });
        const zn: readonly bigint[] = await snark.verify(1, [2n]);
        console.log(zn);
        // @ts-expect-error z0 is a list of BigInts
        await RecursiveSNARK.new(pp, [2]);`,
    });
    expect(await typeCheck(folder)).toBe('');
  });

  it('has types for Node', async () => {
    const folder = await consumer({
      'tsconfig.json': tsconfig(['node'], ['ES2023', 'DOM']),
      'main.mts': `
        import { createBackend, nodeGenerators, type Backend } from 'nova-webgpu/node';
        const backend: Backend = await createBackend('reference', { generators: nodeGenerators({ workers: 1 }) });
        console.log(backend.counters().liveBytes);`,
    });
    expect(await typeCheck(folder)).toBe('');
  });
});

describe('a bundle for browsers', () => {
  const code = async (source: string) => (await bundle(source)).map((chunk) => chunk.code).join('\n');

  it('is made by vite and contains nothing of Node', async () => {
    const all = await code(`export * from 'nova-webgpu';`);
    expect(all.length).toBeGreaterThan(50_000);
    expect(all).not.toMatch(/node:|__vite-browser-external|\bBuffer\b|\bprocess\.|\brequire\(|\beval\(/);
    // nothing is left to be loaded but the bundle's own parts: the webgpu engine is one, for those who ask for it
    expect(all).not.toMatch(/\bfrom\s*["'](?!\.\/)/);
    expect(all).not.toMatch(/\bimport\(\s*["'](?!\.\/)/);
    for (const name of VALUES) expect(all).toContain(name);
  });

  it('contains what is used: an unused import costs nothing, a small one little', async () => {
    expect((await code(`import 'nova-webgpu'; console.log(1);`)).length).toBeLessThan(1000);
    expect((await code(`export { NovaError } from 'nova-webgpu';`)).length).toBeLessThan(20_000);
  });
});
