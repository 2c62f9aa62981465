import { NovaError } from '../../src/errors.ts';

/** The NovaError that `action` throws or rejects with; anything else fails the test. */
export async function novaError(action: () => unknown): Promise<NovaError> {
  let result: unknown;
  try {
    result = await action();
  } catch (error) {
    if (error instanceof NovaError) return error;
    throw error;
  }
  throw new Error(`expected a NovaError, got ${String(result)}`);
}

/** The code of the NovaError that `action` throws or rejects with. */
export async function codeOf(action: () => unknown): Promise<string> {
  return (await novaError(action)).code;
}
