import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConstraintSystem, type CompiledCircuit } from '../../src/circuit/constraint-system.ts';
import { CYCLES } from '../../src/curve/cycles.ts';
import type { PrimeField } from '../../src/field/field.ts';
import {
  decodeParamsFile,
  encodeParamsFile,
  paramsPath,
  type ParamsFile,
  type ParamsKey,
} from '../../src/node/params-file.ts';
import { codeOf } from '../support/error.ts';

const [pasta, bn, secp] = CYCLES;
const key: ParamsKey = { cycle: pasta, hint: 'default', circuit: 'cubic', content: '0.1.0 abc' };

function circuit(field: PrimeField): CompiledCircuit {
  const cs = new ConstraintSystem(field);
  const x = cs.alloc('x', cs.values.input());
  const y = cs.square('y', x);
  cs.ns('inner').enforce('z', cs.lc(y).add(cs.one, 7n), x, y);
  return cs.finish([cs.values.pow(y, 2n ** 300n)]);
}

const content: ParamsFile = {
  params: Uint8Array.from({ length: 20 }, (_, i) => i),
  circuits: { primary: circuit(pasta.secondary.base), secondary: circuit(pasta.primary.base) },
};
const file = encodeParamsFile(key, content);

test('a file gives back what it was made of', () => {
  const read = decodeParamsFile(key, file);
  expect(read.params).toEqual(content.params);
  for (const side of ['primary', 'secondary'] as const) {
    const [was, is] = [content.circuits?.[side], read.circuits?.[side]];
    expect(is?.matrices).toEqual(was?.matrices);
    expect(is?.matrices.field).toBe(was?.matrices.field);
    expect(is?.program).toEqual(was?.program);
    expect(is?.path(1)).toBe('inner/z');
  }
  const { params } = content;
  expect(decodeParamsFile(key, encodeParamsFile(key, { params }))).toEqual({ params });
});

test('a changed bit, a missing or an additional byte is found', async () => {
  for (let i = 0; i < file.length; i++) {
    const damaged = file.slice();
    damaged[i] ^= 1 << (i % 8);
    expect(await codeOf(() => decodeParamsFile(key, damaged)), `byte ${i}`).toBe('InvalidEncoding');
    expect(await codeOf(() => decodeParamsFile(key, file.subarray(0, i))), `length ${i}`).toBe(
      'InvalidEncoding',
    );
  }
  expect(await codeOf(() => decodeParamsFile(key, Uint8Array.of(...file, 0)))).toBe('InvalidEncoding');
});

test('no bytes make it throw anything untyped', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      expect(await codeOf(() => decodeParamsFile(key, bytes))).toBe('InvalidEncoding');
    }),
  );
});

test.each([
  ['cycle', { cycle: bn }],
  ['hint', { hint: 'ppsnark' }],
  ['circuit', { circuit: 'square:1' }],
  ['build of the library', { content: '0.1.1 abc' }],
] as const)('a file of another %s is refused', async (_, change) => {
  await expect(async () => decodeParamsFile({ ...key, ...change }, file)).rejects.toThrow(
    'belongs to another',
  );
});

test('a file of another version of the format is refused, and says so', async () => {
  const older = file.slice();
  older[8] = 0;
  await expect(async () => decodeParamsFile(key, older)).rejects.toThrow('version 0');
});

test('a circuit cannot leave the folder, and what differs has files of its own', () => {
  const path = (change: Partial<ParamsKey>): string => paramsPath('/cache', { ...key, ...change });
  expect(path({})).toBe('/cache/params-pasta-default-cubic.bin');
  expect(path({ circuit: 'square:0' })).toBe('/cache/params-pasta-default-square.0.bin');
  expect(path({ circuit: '../../etc/passwd' })).toMatch(/^\/cache\/params-pasta-default-[0-9a-f]{64}\.bin$/);
  const circuits = ['cubic', 'Cubic', 'key cubic', 'square:0', 'square.0', 'key square:0', ''];
  expect(new Set(circuits.map((circuit) => path({ circuit }))).size).toBe(circuits.length);
  expect(new Set([path({}), path({ cycle: secp }), path({ hint: 'ppsnark2' })]).size).toBe(3);
});
