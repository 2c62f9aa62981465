import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { FIELD_BYTES } from '../../src/field/field.ts';
import { pallasBase } from '../../src/field/fields.ts';
import { Workspace } from '../../src/pcs/workspace.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf } from '../support/error.ts';

const F = pallasBase;

let backend: Backend;
let workspace: Workspace;
let before: number;
beforeAll(async () => {
  backend = await testBackend('reference');
});
beforeEach(() => {
  workspace?.close();
  workspace = new Workspace(backend, F, 'test');
  before = backend.counters().liveBytes;
});
afterAll(() => backend?.close());

const held = () => (backend.counters().liveBytes - before) / FIELD_BYTES;

describe('a workspace', () => {
  it('makes a vector once, and anew if it is to have another length', () => {
    const v = workspace.vector('v', 8);
    expect(workspace.vector('v', 8)).toBe(v);
    expect(workspace.vector('w', 8)).not.toBe(v);
    expect(held()).toBe(16);
    const longer = workspace.vector('v', 16);
    expect([longer.length, longer.label]).toEqual([16, 'test.v']);
    expect(held()).toBe(24);
  });

  it('makes a prefix once, also of a prefix, and forgets it with its vector', async () => {
    const v = workspace.vector('v', 8);
    const half = workspace.prefix(v, 4);
    expect(workspace.prefix(v, 8)).toBe(v);
    expect(workspace.prefix(v, 4)).toBe(half);
    const quarter = workspace.prefix(half, 2);
    expect(workspace.prefix(v, 2)).toBe(quarter);
    expect(held()).toBe(8);

    backend.polynomials.ramp(v);
    const sums = [v, half, quarter].map((x) => backend.sumcheck.sum(x));
    expect(await backend.read(sums)).toEqual([28n, 6n, 1n]);

    workspace.close();
    expect(held()).toBe(0);
    expect(await codeOf(() => backend.sumcheck.sum(quarter))).toBe('ForeignHandle');
    expect(workspace.prefix(workspace.vector('v', 8), 4)).not.toBe(half);
  });

  it('keeps its vectors after an operation, and frees them after one that failed: it may have spoiled them', async () => {
    expect(await workspace.use(async () => workspace.vector('v', 8).length)).toBe(8);
    expect(held()).toBe(8);
    const failure = new Error('out of luck');
    await expect(workspace.use(() => Promise.reject(failure))).rejects.toBe(failure);
    expect(held()).toBe(0);
    expect(workspace.vector('v', 8).length).toBe(8);
  });
});
