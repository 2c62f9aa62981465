import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseFieldElement, parseNatural, parseSteps, quote, toHex } from '../../src/cli/number.ts';
import { vestaBase } from '../../src/field/fields.ts';
import { novaError } from '../support/error.ts';

test('decimal and 0x-hex are numbers', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), (x) => {
      expect(parseNatural(x.toString())).toBe(x);
      expect(parseNatural(`0x${x.toString(16)}`)).toBe(x);
      expect(parseNatural(toHex(x))).toBe(x);
      expect(toHex(x)).toMatch(/^0x[0-9a-f]{64}$/);
    }),
  );
});

const NOT_NUMBERS = [
  '',
  ' ',
  '12 ',
  ' 12',
  '12\n',
  '-1',
  '+1',
  '1.5',
  '1e3',
  '0b11',
  '0o7',
  '0x',
  '0X1',
  'x1',
  '1_000',
  '1n',
  '\u0661',
];

test.each(NOT_NUMBERS)('%j is no number', (text) => {
  expect(parseNatural(text)).toBeUndefined();
});

test('text longer than any field element is refused', () => {
  expect(parseNatural('1'.repeat(79))).toBeUndefined();
  expect(parseNatural(`0x${'0'.repeat(65)}`)).toBeUndefined();
});

test('a field element is below the modulus', async () => {
  const { p } = vestaBase;
  expect(parseFieldElement(vestaBase, `${p - 1n}`, 'x')).toBe(p - 1n);
  for (const text of [`${p}`, toHex(p), '', '-1', '9'.repeat(10_000)]) {
    const error = await novaError(() => parseFieldElement(vestaBase, text, 'value 1 of --z0'));
    expect(error.code).toBe('InvalidFieldElement');
    expect(error.message).toContain('value 1 of --z0');
    expect(error.message.length).toBeLessThan(200);
  }
});

test('a number of steps is from 1 to 2^32 - 1', async () => {
  expect(parseSteps('1', '--steps')).toBe(1);
  expect(parseSteps('0xff', '--steps')).toBe(255);
  expect(parseSteps('4294967295', '--steps')).toBe(4294967295);
  for (const text of ['0', '4294967296', '-1', '1.5', '', 'ten', '1e3', '9'.repeat(400)]) {
    expect((await novaError(() => parseSteps(text, '--steps'))).code).toBe('InvalidNumSteps');
  }
});

test('a quoted mistake is short and cannot forge lines or colours', () => {
  expect(quote('a\n\x1b[31m')).toBe('"a\\n\\u001b[31m"');
  expect(quote('x'.repeat(1000)).length).toBeLessThan(60);
});
