import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Sets the cache folder; wins over everything else. */
export const CACHE_VARIABLE = 'NOVA_WEBGPU_CACHE';

const FOLDER = 'nova-webgpu';

/**
 * Where things that can be made again are kept: `$NOVA_WEBGPU_CACHE`, else `nova-webgpu` in `$XDG_CACHE_HOME`, in
 * `~/.cache`, or, for a user without a home, in the folder for temporary files. It may not exist yet.
 *
 * @example
 * defaultCacheDir({ NOVA_WEBGPU_CACHE: '/var/cache/nova' }); // '/var/cache/nova'
 */
export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const own = env[CACHE_VARIABLE];
  if (own) return own;
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, FOLDER);
  const home = homeFolder(env);
  return home ? join(home, '.cache', FOLDER) : join(tmpdir(), FOLDER);
}

/** The user's home; undefined where there is none (a service account, a container started under a bare uid). */
function homeFolder(env: NodeJS.ProcessEnv): string | undefined {
  if (env.HOME !== undefined) return env.HOME === '' || env.HOME === '/' ? undefined : env.HOME;
  // `homedir` would ask the password file, which throws for an unknown uid; on Windows it reads USERPROFILE.
  return process.platform === 'win32' && env.USERPROFILE ? homedir() : undefined;
}
