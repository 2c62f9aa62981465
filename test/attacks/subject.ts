import type { Curve } from '../../src/curve/curve.ts';
import type { Node } from '../support/parts.ts';
import type { Path } from './tree.ts';

/** A kind of proof that is attacked, with an honest one of it. */
export interface Subject {
  readonly name: string;
  /** Decoded. */
  readonly proof: Node;
  /** Another honest proof with the same key, about another statement. */
  readonly sibling: Node;
  /** An honest proof with another key. */
  readonly stranger: Node;
  /** The curve of the points, and of the scalars, at that path. */
  curveAt(path: Path): Curve;
  encode(proof: Node): Uint8Array;
  /** What a verifier that has received bytes does. @throws {@link NovaError} unless they are a proof of the statement */
  check(bytes: Uint8Array): Promise<unknown>;
  close(): void;
}
