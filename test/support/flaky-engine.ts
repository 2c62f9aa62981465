import type { Backend, Supervision } from '../../src/backend/backend.ts';
import { NovaError, type ErrorCode } from '../../src/errors.ts';

/** What goes wrong with an engine. */
export interface Trouble {
  /** The call at which it happens, counted from 0; `read` fails, a fold writes something else, a check names a row. */
  readonly call: 'read' | 'addScaled' | 'foldHalves' | 'firstUnsatisfied';
  readonly at: number;
  /** Calls count only where it holds. */
  readonly when?: () => boolean;
  /** What a `read` fails with; after `DeviceLost` all later ones do. */
  readonly code?: ErrorCode;
}

/** An engine that fails or lies once, in front of one that does not. */
export function flakyEngine(
  inner: Backend,
  trouble: Trouble | undefined,
  supervision: Supervision | undefined,
): Backend {
  let calls = 0;
  let lost: NovaError | undefined;
  const happens = (call: Trouble['call']): boolean =>
    trouble?.call === call && trouble.when?.() !== false && calls++ === trouble.at;
  const own: Partial<Backend> = {
    name: 'flaky',
    read: async (...args) => {
      if (happens('read')) {
        const error = new NovaError(trouble?.code ?? 'DeviceLost', 'injected');
        if (error.code !== 'DeviceLost') throw error;
        lost = error;
      }
      if (lost !== undefined) throw lost;
      return inner.read(...args);
    },
    addScaled: (out, a, r, b) => {
      inner.addScaled(out, a, r, b);
      if (happens('addScaled')) inner.copy(out, b);
    },
    firstUnsatisfied: (p, u, E) => {
      // of products that are surely wrong
      if (!happens('firstUnsatisfied')) return inner.firstUnsatisfied(p, u, E);
      return inner.firstUnsatisfied({ ...p, CZ: p.AZ }, u, E);
    },
    polynomials: before(inner.polynomials, {
      foldHalves: (out, v, c0, c1) => {
        inner.polynomials.foldHalves(out, v, c0, c1);
        if (happens('foldHalves')) inner.polynomials.combine(out, [{ c: 2n, v: out }]);
      },
    }),
    close: async () => {},
    ...(supervision && { supervision }),
  };
  return before(inner, own);
}

/** An object with some of its properties replaced. */
function before<T extends object>(inner: T, own: Partial<T>): T {
  return new Proxy(inner, {
    get(target, key) {
      if (Object.hasOwn(own, key)) return own[key as keyof T];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}
