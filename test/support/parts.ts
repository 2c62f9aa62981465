/** Parts of a proof, and other values for them: for tests that change one after the other. */
import { IDENTITY, type AffinePoint, type Curve } from '../../src/curve/curve.ts';

/** A proof, or a part of it. */
export type Node = bigint | AffinePoint | readonly Node[] | { readonly [key: string]: Node };

/** The paths of all lists, elements and points of a proof. */
export function paths(node: Node, at: readonly string[] = []): string[][] {
  if (typeof node === 'bigint' || isPoint(node)) return [[...at]];
  const below = Object.entries(node).flatMap(([key, child]) => paths(child, [...at, key]));
  return Array.isArray(node) ? [[...at], ...below] : below;
}

/** The elements and points of a part of a proof, which is at that path. */
export function leaves(
  node: Node,
  path: readonly string[] = [],
): { path: readonly string[]; value: bigint | AffinePoint }[] {
  if (typeof node === 'bigint' || isPoint(node)) return [{ path, value: node }];
  return Object.entries(node).flatMap(([key, child]) => leaves(child, [...path, key]));
}

export function isPoint(node: Node): node is AffinePoint {
  return typeof node === 'object' && 'infinity' in node;
}

export function valueAt(node: Node, path: readonly string[]): Node {
  return path.reduce((inner, key) => (inner as Record<string, Node>)[key], node);
}

export function replaceAt(node: Node, [key, ...rest]: readonly string[], value: Node): Node {
  if (key === undefined) return value;
  const child = replaceAt((node as Record<string, Node>)[key], rest, value);
  return Array.isArray(node) ? node.with(Number(key), child) : { ...(node as object), [key]: child };
}

/** Other values in the place of one. */
export function mutations(curve: Curve, node: Node): Node[] {
  const F = curve.scalar;
  if (typeof node === 'bigint') return [F.add(node, 1n), F.sub(node, 1n), F.neg(node), 0n, F.sub(0n, 7n)];
  if (isPoint(node)) return [curve.neg(node), curve.add(node, curve.generator), IDENTITY, curve.generator];
  const list = node as readonly Node[];
  const blank: Node = list.length > 0 && isPoint(list[0]) ? IDENTITY : Array.isArray(list[0]) ? [0n, 0n] : 0n;
  return [
    list.slice(1),
    list.slice(0, -1),
    [...list, blank],
    ...list.slice(-1).map((last) => [...list, last]),
    list.toReversed(),
    [],
  ];
}

/** The kinds of parts that a proof has: the paths, with a star for each place in a list. */
export function kinds(node: Node): string[] {
  const all = paths(node).map((path) => path.map((key) => (/^\d/.test(key) ? '*' : key)).join('.'));
  return [...new Set(all)].sort();
}

/** For comparisons. */
export const text = (node: Node): string =>
  JSON.stringify(node, (_, x: unknown) => (typeof x === 'bigint' ? `${x}` : x));
