import { expect, test } from 'vitest';
import { helpText, USAGE } from '../../src/cli/help.ts';
import { parseCommand } from '../../src/cli/options.ts';
import { BACKENDS, BUILTIN_CIRCUITS, CK_HINTS, CYCLES } from '../../src/index.ts';
import { novaError } from '../support/error.ts';

/** A command line without quoting. */
const parse = (line: string): ReturnType<typeof parseCommand> => parseCommand(line.split(' '));

test('prove has the circuit, the number of steps, and defaults for the rest', () => {
  expect(parse('prove --circuit minroot:16 --steps 10')).toMatchObject({
    name: 'prove',
    json: false,
    options: {
      circuit: { name: 'minroot:16', arity: 2 },
      cycle: { name: 'pasta' },
      hint: 'default',
      backend: 'auto',
      threads: undefined,
      cacheDir: undefined,
      steps: 10,
      z0: [0n, 1n],
      out: undefined,
      insecureSeed: undefined,
    },
  });
});

test('prove takes every option', () => {
  const line =
    'prove --circuit=minroot:16 --cycle secp --hint ppsnark2 --backend reference --steps 0x2 --out dir --z0 7,0xa ' +
    '--insecure-seed text --threads 3 --cache-dir some/where --json';
  expect(parse(line)).toMatchObject({
    json: true,
    options: {
      cycle: { name: 'secp' },
      hint: 'ppsnark2',
      backend: 'reference',
      steps: 2,
      out: 'dir',
      z0: [7n, 10n],
      insecureSeed: 'text',
      threads: 3,
      cacheDir: 'some/where',
    },
  });
});

test('--snark implies the hint, and a hint without room for it is refused', async () => {
  const options = (line: string) => {
    const command = parse(`prove --circuit cubic --steps 1 ${line}`);
    return command.name === 'prove' ? [command.options.snark, command.options.hint] : undefined;
  };
  expect(options('--hint ppsnark')).toEqual(['none', 'ppsnark']);
  expect(options('--snark none')).toEqual(['none', 'default']);
  expect(options('--snark snark')).toEqual(['snark', 'default']);
  expect(options('--snark ppsnark')).toEqual(['ppsnark', 'ppsnark']);
  expect(options('--snark ppsnark2')).toEqual(['ppsnark2', 'ppsnark2']);
  expect(options('--snark snark --hint ppsnark2')).toEqual(['snark', 'ppsnark2']);
  for (const wrong of ['--snark ppsnark --hint default', '--snark ppsnark2 --hint ppsnark', '--snark nark']) {
    expect((await novaError(() => options(wrong))).code).toBe('InvalidArgument');
  }
});

test('direct proofs have commands of their own', async () => {
  expect(parse('direct prove --circuit cubic --snark ppsnark --z0 3')).toMatchObject({
    name: 'direct prove',
    options: { circuit: { name: 'cubic' }, snark: 'ppsnark', z0: [3n] },
  });
  const digest = 'AB'.repeat(32);
  expect(parse(`direct verify some/dir --vk-digest ${digest}`)).toMatchObject({
    name: 'direct verify',
    options: { folder: 'some/dir', vkDigest: digest.toLowerCase() },
  });
  for (const wrong of [
    'direct',
    'direct params',
    'direct prove --circuit cubic --steps 2',
    'direct prove --circuit cubic --snark ppsnark2',
    'direct verify some/dir --vk-digest 12',
    'verify some/dir --snark toString',
  ]) {
    expect((await novaError(() => parse(wrong))).code).toBe('InvalidArgument');
  }
});

test('powers of tau are asked for where the cycle takes them, and refused elsewhere', async () => {
  for (const cycle of ['bn-kzg', 'bn-mercury']) {
    const line = `params --circuit cubic --cycle ${cycle}`;
    expect(parse(`${line} --ptau some/dir`)).toMatchObject({
      options: { cycle: { name: cycle }, ptau: 'some/dir' },
    });
    for (const wrong of [line, `${line} --ptau=`]) {
      const { code, message } = await novaError(() => parse(wrong));
      expect([code, message]).toEqual(['InvalidArgument', expect.stringContaining('--ptau')]);
    }
  }
  const { code } = await novaError(() => parse('prove --circuit cubic --steps 1 --cycle bn-ipa --ptau dir'));
  expect(code).toBe('InvalidArgument');
  expect(parse('verify some/dir --ptau dir')).toMatchObject({ options: { ptau: 'dir' } });
});

test('the other commands', () => {
  expect(parse('verify some/dir --json')).toEqual({
    name: 'verify',
    json: true,
    options: { folder: 'some/dir', backend: 'auto', threads: undefined, cacheDir: undefined },
  });
  expect(parse('verify some/dir --no-cache --threads 0')).toMatchObject({
    options: { threads: 0, cacheDir: null },
  });
  for (const backend of BACKENDS) {
    expect(parse(`params --circuit cubic --backend ${backend}`)).toMatchObject({ options: { backend } });
  }
  expect(parse('verify some/dir --backend webgpu --adapter software')).toMatchObject({
    options: { backend: 'webgpu', adapter: 'software' },
  });
  expect(parse('params --circuit trivial --cycle bn-ipa')).toMatchObject({ name: 'params', json: false });
  const engine = { backend: 'auto', threads: undefined, adapter: undefined };
  expect(parse('info --json')).toEqual({ name: 'info', json: true, engine });
  expect(parse('info --threads 2')).toEqual({ name: 'info', json: false, engine: { ...engine, threads: 2 } });
  for (const line of ['--help', '-h', 'help', 'prove --help', 'verify -h'])
    expect(parse(line)).toEqual({ name: 'help' });
  expect(parse('--version')).toEqual({ name: 'version' });
});

test.each([
  ['InvalidArgument', ''],
  ['InvalidArgument', 'frobnicate'],
  ['InvalidArgument', 'constructor'],
  ['InvalidArgument', '--json'],
  ['InvalidArgument', 'prove --circuit cubic'],
  ['InvalidArgument', 'verify some/dir --adapter software'],
  ['InvalidArgument', 'verify some/dir --backend wasm --adapter software'],
  ['InvalidArgument', 'prove --steps 3'],
  ['InvalidArgument', 'prove --circuit cubic --steps 3 --colour'],
  ['InvalidArgument', 'prove --circuit cubic --steps 3 extra'],
  ['InvalidArgument', 'prove --circuit cubic --steps'],
  ['InvalidArgument', 'prove --circuit cubic --steps 3 --steps 4'],
  ['InvalidArgument', 'prove --circuit cubic --steps 3 --json=yes'],
  ['InvalidArgument', 'prove --circuit cubic --steps 3 --hint ppsnark3'],
  ['InvalidArgument', 'prove --circuit cubic --steps 3 --hint toString'],
  ['InvalidArgument', 'prove --circuit cubic --steps 3 --out='],
  ['InvalidArgument', 'prove --circuit cubic --steps 3 --insecure-seed='],
  ['InvalidArgument', 'prove --circuit square:99999999 --steps 3'],
  ['InvalidArgument', 'verify'],
  ['InvalidArgument', 'verify a b'],
  ['InvalidArgument', 'verify --circuit cubic'],
  ['InvalidArgument', 'params'],
  ['InvalidArgument', 'params --circuit trivial --steps 3'],
  ['InvalidArgument', 'info --circuit trivial'],
  ['InvalidArgument', 'prove --circuit cubic --steps 3 --threads'],
  ['InvalidArgument', 'prove --circuit cubic --steps 3 --threads two'],
  ['InvalidArgument', 'prove --circuit cubic --steps 3 --threads=-1'],
  ['InvalidArgument', 'prove --circuit cubic --steps 3 --threads 1.5'],
  ['InvalidArgument', 'prove --circuit cubic --steps 3 --threads 1000'],
  ['InvalidArgument', 'prove --circuit cubic --steps 3 --threads='],
  ['InvalidArgument', 'prove --circuit cubic --steps 3 --cache-dir='],
  ['InvalidArgument', 'prove --circuit cubic --steps 3 --no-cache=yes'],
  ['InvalidArgument', 'prove --circuit cubic --steps 3 --cache-dir dir --no-cache'],
  ['InvalidArgument', 'info --no-cache'],
  ['UnknownCircuit', 'prove --circuit quartic --steps 3'],
  ['UnknownCircuit', 'prove --circuit cubic:3 --steps 3'],
  ['UnknownCircuit', 'prove --circuit minroot --steps 3'],
  ['UnknownCircuit', 'prove --circuit minroot:-1 --steps 3'],
  ['UnknownCircuit', 'prove --circuit= --steps 3'],
  ['UnknownCycle', 'prove --circuit cubic --steps 3 --cycle bls'],
  ['UnknownBackend', 'prove --circuit cubic --steps 3 --backend cuda'],
  ['InvalidNumSteps', 'prove --circuit cubic --steps 0'],
  ['InvalidNumSteps', 'prove --circuit cubic --steps=-1'],
  ['InvalidNumSteps', 'prove --circuit cubic --steps 4294967296'],
  ['InvalidNumSteps', 'prove --circuit cubic --steps 1e2'],
  ['InvalidInitialInputLength', 'prove --circuit cubic --steps 3 --z0 1,2'],
  ['InvalidInitialInputLength', 'prove --circuit minroot:4 --steps 3 --z0 1'],
  ['InvalidFieldElement', 'prove --circuit minroot:4 --steps 3 --z0 1,'],
  ['InvalidFieldElement', 'prove --circuit cubic --steps 3 --z0='],
  ['InvalidFieldElement', 'prove --circuit cubic --steps 3 --z0=-1'],
  ['InvalidFieldElement', `prove --circuit cubic --steps 3 --z0 ${CYCLES[0].primary.scalar.p}`],
])('%s: nova-webgpu %s', async (code, line) => {
  expect((await novaError(() => parse(line))).code).toBe(code);
});

test('z0 is checked against the field of the chosen cycle', () => {
  const [pasta, , secp] = CYCLES;
  const between = pasta.primary.scalar.p;
  expect(between).toBeLessThan(secp.primary.scalar.p);
  expect(parse(`prove --circuit cubic --steps 3 --cycle secp --z0 ${between}`)).toMatchObject({
    options: { z0: [between] },
  });
});

test('no command line at all is a mistake, not a crash', async () => {
  expect((await novaError(() => parseCommand([]))).code).toBe('InvalidArgument');
});

test('the help names every choice there is', () => {
  const help = helpText(CYCLES);
  expect(help).toContain(USAGE);
  const names = [
    ...CYCLES.map((c) => c.name),
    ...BUILTIN_CIRCUITS.map((c) => c.form),
    ...Object.keys(CK_HINTS),
    ...BACKENDS,
  ];
  for (const name of names) expect(help).toContain(name);
});
