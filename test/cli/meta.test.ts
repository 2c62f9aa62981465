import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDirectMeta, parseMeta } from '../../src/cli/meta.ts';
import { codeOf, novaError } from '../support/error.ts';

const minimal = { circuit: 'cubic', cycle: 'pasta', hint: 'default', steps: 3, z0: ['2'] };
const parse = (change: object): ReturnType<typeof parseMeta> =>
  parseMeta(JSON.stringify({ ...minimal, ...change }));

test('five fields are enough', () => {
  expect(parse({})).toMatchObject({
    circuit: { name: 'cubic' },
    cycle: { name: 'pasta' },
    hint: 'default',
    steps: 3,
    z0: [2n],
  });
  expect(Object.keys(parse({}))).not.toContain('zn');
});

test('the other facts are claims to compare; unknown ones are ignored', () => {
  const facts = { digest: '0x10', zn: ['0x3'], recursive_bytes: 12, recursive_sha3: 'ab', seed: 'vector-1' };
  expect(parse(facts)).toMatchObject({ digest: 16n, zn: [3n], recursiveBytes: 12, recursiveSha3: 'ab' });
});

test.each([
  ['InvalidEncoding', { circuit: undefined }],
  ['InvalidEncoding', { circuit: 7 }],
  ['InvalidEncoding', { cycle: null }],
  ['InvalidEncoding', { hint: ['default'] }],
  ['InvalidEncoding', { steps: '3' }],
  ['InvalidEncoding', { steps: 1.5 }],
  ['InvalidEncoding', { steps: 1e300 }],
  ['InvalidEncoding', { z0: '2' }],
  ['InvalidEncoding', { z0: [2] }],
  ['InvalidEncoding', { z0: { length: 1, 0: '2' } }],
  ['InvalidEncoding', { digest: '' }],
  ['InvalidEncoding', { digest: 16 }],
  ['InvalidEncoding', { recursive_bytes: '12' }],
  ['InvalidEncoding', { recursive_sha3: null }],
  ['UnknownCircuit', { circuit: 'constructor' }],
  ['UnknownCycle', { cycle: '__proto__' }],
  ['InvalidArgument', { hint: 'toString' }],
  ['InvalidNumSteps', { steps: 0 }],
  ['InvalidNumSteps', { steps: -3 }],
  ['InvalidNumSteps', { steps: 2 ** 32 }],
  ['InvalidInitialInputLength', { z0: [] }],
  ['InvalidInitialInputLength', { z0: ['1', '2'] }],
  ['InvalidInitialInputLength', { zn: [] }],
  ['InvalidFieldElement', { z0: [' 2'] }],
  ['InvalidFieldElement', { z0: [''] }],
  ['InvalidFieldElement', { z0: [`0x${'f'.repeat(64)}`] }],
  ['InvalidFieldElement', { zn: ['-1'] }],
])('%s for %j', async (code, change) => {
  expect(await codeOf(() => parse(change))).toBe(code);
});

test('the facts of a compressed proof are claims, too', async () => {
  const facts = { snark: 'ppsnark', compressed_bytes: 9, compressed_sha3: 'cd', vk_bytes: 7, vk_sha3: 'ef' };
  expect(parse(facts)).toMatchObject({
    snark: 'ppsnark',
    compressedBytes: 9,
    compressedSha3: 'cd',
    vkBytes: 7,
    vkSha3: 'ef',
  });
  expect(Object.keys(parse({ snark: 'none' }))).not.toContain('snark');
  expect(await codeOf(() => parse({ snark: 'toString' }))).toBe('InvalidArgument');
  expect(await codeOf(() => parse({ vk_sha3: 1 }))).toBe('InvalidEncoding');
});

test('those of a direct proof', async () => {
  const direct = { circuit: 'cubic', cycle: 'pasta', snark: 'snark', io: ['2', '15'] };
  const parseDirect = (change: object) => parseDirectMeta(JSON.stringify({ ...direct, ...change }));
  expect(parseDirect({ direct_bytes: 3 })).toMatchObject({ snark: 'snark', io: [2n, 15n], directBytes: 3 });
  expect(await codeOf(() => parseDirect({ io: ['2'] }))).toBe('InvalidInitialInputLength');
  expect(await codeOf(() => parseDirect({ io: ['2', '-15'] }))).toBe('InvalidFieldElement');
  expect(await codeOf(() => parseDirect({ snark: 'ppsnark2' }))).toBe('InvalidArgument');
});

test('a field that an object merely inherits does not count', async () => {
  const inherited = `{"__proto__": ${JSON.stringify(minimal)}}`;
  expect((await novaError(() => parseMeta(inherited))).message).toContain('lacks the field circuit');
});

test('no text makes it throw anything untyped', async () => {
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom('', 'null', '[]', '"x"', '[['.repeat(100_000)),
  );
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      expect(await codeOf(() => parseMeta(text))).toBe('InvalidEncoding');
    }),
  );
});

test('a message does not repeat the whole file', async () => {
  const { message } = await novaError(() => parseMeta(`{"secret": ${'x'.repeat(10_000)}`));
  expect(message.length).toBeLessThan(200);
  expect(message).not.toContain('secret');
});
