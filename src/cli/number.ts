import { NovaError, type PrimeField } from '../node/index.ts';

/** Digits of the largest field element: 256 bits. Longer text is refused before BigInt sees it. */
const MAX_DECIMAL = 78;
const MAX_HEX = 64;

/** Most steps that a command proves or verifies. */
export const MAX_STEPS: number = 2 ** 32 - 1;

/** How much of a mistaken value a message repeats. */
const QUOTED = 40;

/** Text for a message: escaped, so that it cannot forge lines or colours, and short. */
export function quote(text: string): string {
  return JSON.stringify(text.length > QUOTED ? `${text.slice(0, QUOTED)}...` : text);
}

/**
 * A natural number in decimal or 0x-hex and nothing else: `BigInt` alone would take '', ' 12 ' and '0b1' too.
 * Undefined if it is none, or longer than any field element.
 */
export function parseNatural(text: string): bigint | undefined {
  const decimal = text.length <= MAX_DECIMAL && /^[0-9]+$/.test(text);
  const hex = text.length <= MAX_HEX + 2 && /^0x[0-9a-fA-F]+$/.test(text);
  return decimal || hex ? BigInt(text) : undefined;
}

/** An element of F. @throws {@link NovaError} `InvalidFieldElement`; `what` names it in the message */
export function parseFieldElement(F: PrimeField, text: string, what: string): bigint {
  const x = parseNatural(text);
  if (x === undefined || !F.isCanonical(x)) {
    throw new NovaError(
      'InvalidFieldElement',
      `${what} is ${quote(text)}; it must be a number below the modulus of ${F.name}, decimal or 0x-hex`,
    );
  }
  return x;
}

/** A number of steps. @throws {@link NovaError} `InvalidNumSteps`; `what` names it in the message */
export function parseSteps(text: string, what: string): number {
  return checkSteps(Number(parseNatural(text) ?? NaN), `${what} is ${quote(text)}`);
}

/** Returns n if it is a number of steps. @throws {@link NovaError} `InvalidNumSteps` */
export function checkSteps(n: number, what: string): number {
  if (!Number.isInteger(n) || n < 1 || n > MAX_STEPS) {
    throw new NovaError('InvalidNumSteps', `${what}; it must be a whole number from 1 to ${MAX_STEPS}`);
  }
  return n;
}

/** 0x and 64 digits, the form of all values in results. */
export function toHex(x: bigint): string {
  return `0x${x.toString(16).padStart(MAX_HEX, '0')}`;
}
