import { NovaError } from '../errors.ts';

/** The names of a circuit's constraints. Namespaces form a tree, whose root is number 0. */
export interface ConstraintNames {
  /** The name of each namespace. */
  readonly spaces: readonly string[];
  /** The namespace around each namespace. */
  readonly parents: readonly number[];
  /** The name of each constraint in its namespace. */
  readonly constraints: readonly string[];
  /** The namespace of each constraint. */
  readonly spaceOf: readonly number[];
}

/** Names that lead to constraint i, joined by `/`. @throws {@link NovaError} `InvalidIndex` */
export function constraintPath(names: ConstraintNames, constraint: number): string {
  const { spaces, parents, constraints, spaceOf } = names;
  if (constraint < 0 || constraint >= constraints.length) {
    throw new NovaError('InvalidIndex', `there is no constraint ${constraint}`);
  }
  const path = [constraints[constraint]];
  for (let i = spaceOf[constraint]; i !== 0; i = parents[i]) path.unshift(spaces[i]);
  return path.join('/');
}
