import type { Backend, Supervision } from '../../src/backend/backend.ts';
import { NovaError, type ErrorCode } from '../../src/errors.ts';

/** What goes wrong with an engine. */
export interface Trouble {
  /** The call at which it happens, counted from 0; `read` fails, a fold writes something else, a check names a row. */
  readonly call: 'read' | 'addScaled' | 'firstUnsatisfied';
  readonly at: number;
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
  const happens = (call: Trouble['call']): boolean => trouble?.call === call && calls++ === trouble.at;
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
    close: async () => {},
    ...(supervision && { supervision }),
  };
  return new Proxy(inner, {
    get(target, key) {
      if (Object.hasOwn(own, key)) return own[key as keyof Backend];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}
