import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultCacheDir } from '../../src/node/cache-dir.ts';

test.each([
  ['its own variable wins', { NOVA_WEBGPU_CACHE: '/a', XDG_CACHE_HOME: '/b', HOME: '/c' }, '/a'],
  ['then XDG_CACHE_HOME', { XDG_CACHE_HOME: '/b', HOME: '/c' }, '/b/nova-webgpu'],
  ['then ~/.cache', { HOME: '/c' }, '/c/.cache/nova-webgpu'],
  [
    'an empty variable counts as unset',
    { NOVA_WEBGPU_CACHE: '', XDG_CACHE_HOME: '', HOME: '/c' },
    '/c/.cache/nova-webgpu',
  ],
  ['without a home the temporary folder', {}, join(tmpdir(), 'nova-webgpu')],
  ['a home at the root is none', { HOME: '/' }, join(tmpdir(), 'nova-webgpu')],
])('the cache folder: %s', (_, env, folder) => {
  expect(defaultCacheDir(env)).toBe(folder);
});
