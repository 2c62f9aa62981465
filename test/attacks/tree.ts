/** A decoded proof as a tree: its fields, found by walking it, and copies of it in which one of them is another. */
import { isPoint, leaves, type Node } from '../support/parts.ts';

export type Path = readonly string[];

/** Lists that always have the same length, and are encoded without it: their places are fields of their own. */
const TUPLES = [/(^|\.)claimsOuter$/, /\.evalArg\.w$/, /\.evalArg\.v\.\d+$/];

/** A field of a proof: an element, a point, or a whole vector of either (or of polynomials). */
export interface Field {
  readonly name: string;
  readonly path: Path;
  readonly value: Node;
}

export function isVector(node: Node, path: Path): node is readonly Node[] {
  return Array.isArray(node) && !isTuple(path);
}

function isTuple(path: Path): boolean {
  const name = path.join('.');
  return TUPLES.some((tuple) => tuple.test(name));
}

/** All fields, in the order of the object. */
export function fieldsOf(node: Node, path: Path = []): Field[] {
  if (typeof node === 'bigint' || isPoint(node) || isVector(node, path)) {
    return [{ name: path.join('.'), path, value: node }];
  }
  return Object.entries(node).flatMap(([key, child]) => fieldsOf(child, [...path, key]));
}

/** The elements and points in a part of a proof. */
export function leavesOf(node: Node, path: Path): Field[] {
  return leaves(node, path).map((leaf) => ({ name: leaf.path.join('.'), ...leaf }));
}

/** The vectors in a part of a proof, itself included. */
export function vectorsOf(node: Node, path: Path): Field[] {
  if (typeof node === 'bigint' || isPoint(node)) return [];
  const inside = Object.entries(node).flatMap(([key, child]) => vectorsOf(child, [...path, key]));
  return isVector(node, path) ? [{ name: path.join('.'), path, value: node }, ...inside] : inside;
}

/** Whether the tree has something at that path. */
export function hasAt(node: Node, path: Path): boolean {
  let inner: Node | undefined = node;
  for (const key of path) {
    if (typeof inner !== 'object') return false;
    inner = (inner as Record<string, Node>)[key];
  }
  return inner !== undefined;
}
