import type { Backend, Vec } from '../backend/backend.ts';
import type { PrimeField } from '../field/field.ts';

/**
 * The vectors that a key's operations work in: made when first asked for, and kept, so that the second operation allocates
 * nothing. What is in them is left over from the last use.
 */
export class Workspace {
  readonly #backend: Backend;
  readonly #field: PrimeField;
  readonly #label: string;
  readonly #vectors = new Map<string, Vec>();
  readonly #prefixes = new Map<Vec, Map<number, Vec>>();
  /** Which vector a prefix belongs to. */
  readonly #owners = new WeakMap<Vec, Vec>();

  /** @param label begins the labels of the vectors */
  constructor(backend: Backend, field: PrimeField, label: string) {
    this.#backend = backend;
    this.#field = field;
    this.#label = label;
  }

  /** The vector of that name. One of another length is freed and made anew. @throws {@link NovaError} `OutOfMemory` */
  vector(name: string, length: number): Vec {
    const known = this.#vectors.get(name);
    if (known?.length === length) return known;
    if (known) this.#free(name, known);
    const made = this.#backend.vector(this.#field, length, `${this.#label}.${name}`);
    this.#vectors.set(name, made);
    return made;
  }

  /** The first `length` elements of v, which is one of these vectors, or the beginning of one. */
  prefix(v: Vec, length: number): Vec {
    if (length === v.length) return v;
    const owner = this.#owners.get(v) ?? v;
    let known = this.#prefixes.get(owner);
    if (known === undefined) this.#prefixes.set(owner, (known = new Map<number, Vec>()));
    const view = known.get(length) ?? this.#backend.polynomials.prefix(owner, length);
    known.set(length, view);
    this.#owners.set(view, owner);
    return view;
  }

  /**
   * Runs an operation in these vectors. If it fails, they are freed: what failed may have spoiled them, and a vector that is only
   * written in part afterwards would stay so.
   */
  async use<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Frees the vectors. The workspace can be used again and makes new ones then. */
  close(): void {
    for (const [name, v] of this.#vectors) this.#free(name, v);
  }

  #free(name: string, v: Vec): void {
    this.#backend.free(v); // and with it its prefixes
    this.#vectors.delete(name);
    this.#prefixes.delete(v);
  }
}
