import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { delimiter, dirname, join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { NovaError } from '../errors.ts';
import { defaultCacheDir } from './cache-dir.ts';

/** The development dependency that carries SwiftShader (Vulkan in software) for Linux on x86-64. */
const PACKAGE = '@sparticuz/chromium';

/** The Vulkan loader's name, by which Dawn asks for it. */
const VULKAN = 'libvulkan.so.1';

/** `RTLD_NODELETE` of glibc: the library stays mapped after Node gives it back. */
const RTLD_NODELETE = 0x1000;

/**
 * A Vulkan driver without a GPU: the folder with `libvulkan.so.1`, SwiftShader and its description, unpacked once from
 * the package `@sparticuz/chromium` (development and tests only; as slow as BigInt arithmetic). Parallel callers,
 * also in other processes, are safe: the folder is filled under another name and renamed.
 *
 * @throws {@link NovaError} `BackendUnavailable` if the package is missing or not made for this platform
 */
export async function softwareVulkan(): Promise<string> {
  const archive = await packageFile('swiftshader.tar.br');
  return unpackedFolder('vulkan', async (folder) => {
    await unpackArchive(archive, folder);
  });
}

/**
 * Makes this process use the driver in `folder` beside those of the system, as `LD_LIBRARY_PATH` and
 * `VK_ADD_DRIVER_FILES` would have done before its start: the Vulkan loader is mapped and stays, so that a later
 * `dlopen("libvulkan.so.1")` of Dawn finds it by name. Call it on the main thread (elsewhere Node's `process.env` is a
 * copy that the loader does not see) before the package `webgpu` is imported.
 */
export function loadVulkan(folder: string): void {
  const description = join(folder, 'vk_swiftshader_icd.json');
  const others = process.env.VK_ADD_DRIVER_FILES?.split(delimiter) ?? [];
  if (!others.includes(description)) {
    process.env.VK_ADD_DRIVER_FILES = [description, ...others].join(delimiter);
  }
  const cause = loadFailure(join(folder, VULKAN));
  if (cause !== undefined) {
    throw new NovaError('BackendUnavailable', 'the software GPU driver does not load', { cause });
  }
}

/** Whether there is Vulkan, through which Dawn finds GPUs on Linux. Without it Dawn finds none, and says so on stderr. */
export function hasVulkan(): boolean {
  return process.platform !== 'linux' || loadFailure(VULKAN) === undefined;
}

/** Maps a library for good. @returns why that is not possible */
function loadFailure(library: string): unknown {
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
    return undefined;
  } catch (cause) {
    // mapped, but no addon of Node: what is wanted
    return /self-register/.test(String(cause)) ? undefined : cause;
  }
}

/** The package's file of that name, or why it cannot be had. */
export async function packageFile(name: string): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new NovaError('BackendUnavailable', 'the software GPU runs on Linux on x86-64 only');
  }
  try {
    // the package's `exports` hide its package.json: its main file is build/cjs/index.cjs
    const main = createRequire(import.meta.url).resolve(PACKAGE);
    return join(packageFolder(main), 'bin', name);
  } catch (cause) {
    throw new NovaError(
      'BackendUnavailable',
      `the software GPU needs the package ${PACKAGE}: npm install it`,
      {
        cause,
      },
    );
  }
}

function packageFolder(main: string): string {
  return resolve(dirname(main), '..', '..');
}

/** Unpacks a brotli-compressed tar archive of plain files and folders into a folder. */
export async function unpackArchive(archive: string, folder: string): Promise<void> {
  const tar = await promisify(brotliDecompress)(await readFile(archive));
  for (const { path, mode, bytes } of tarFiles(tar)) {
    const target = resolve(folder, path);
    if (!target.startsWith(folder + sep)) {
      throw new NovaError('InvalidEncoding', `an archive holds a path outside itself: ${path}`);
    }
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, bytes, { mode });
  }
}

/**
 * A folder of the name that `fill` has filled, now or in an earlier process. It is kept beside the package or, where
 * that cannot be written, with other things that can be made again.
 */
export async function unpackedFolder(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const main = createRequire(import.meta.url).resolve(PACKAGE);
  const { version } = JSON.parse(await readFile(join(packageFolder(main), 'package.json'), 'utf8')) as {
    version: string;
  };
  const modules = resolve(packageFolder(main), '..', '..');
  // no folder that other users can write: a library is loaded from it
  const places = [join(modules, '.cache', 'nova-webgpu'), defaultCacheDir()].map((place) =>
    join(place, `${name}-${version}`),
  );
  for (const place of places) if (existsSync(place)) return place;
  let failure: unknown;
  for (const place of places) {
    const temporary = `${place}.${randomBytes(8).toString('hex')}`;
    try {
      await mkdir(temporary, { recursive: true });
      await fill(temporary);
      // who loses a race finds a full folder there, and the rename fails
      await rename(temporary, place).catch((cause: unknown) => {
        if (!existsSync(place)) throw cause;
      });
      return place;
    } catch (cause) {
      failure = cause;
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }
  throw new NovaError('BackendUnavailable', 'no folder can be written to unpack the software GPU', {
    cause: failure,
  });
}

interface TarFile {
  readonly path: string;
  readonly mode: number;
  readonly bytes: Uint8Array;
}

const TAR_BLOCK = 512;

/** The plain files of a ustar archive (POSIX.1-1988): fields at fixed offsets of a 512-byte header. */
function* tarFiles(tar: Uint8Array): Generator<TarFile> {
  const decoder = new TextDecoder();
  for (let at = 0; at + TAR_BLOCK <= tar.length && tar[at] !== 0;) {
    const text = (offset: number, length: number): string => {
      const field = tar.subarray(at + offset, at + offset + length);
      const end = field.indexOf(0);
      return decoder.decode(end < 0 ? field : field.subarray(0, end));
    };
    const prefix = text(257, 5) === 'ustar' ? text(345, 155) : '';
    const size = parseInt(text(124, 12), 8) || 0;
    const start = at + TAR_BLOCK;
    if (text(156, 1) === '0' || text(156, 1) === '') {
      yield {
        path: prefix ? `${prefix}/${text(0, 100)}` : text(0, 100),
        mode: parseInt(text(100, 8), 8) & 0o777,
        bytes: tar.subarray(start, start + size),
      };
    }
    at = start + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
}
