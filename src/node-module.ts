/** Node's own modules, by their names without `node:`, and without an import that browsers and bundlers would stumble over. */
export function nodeModule<T>(name: string): T | undefined {
  return globalThis.process?.getBuiltinModule?.(name) as T | undefined;
}
