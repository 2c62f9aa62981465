import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { NovaError } from '../errors.ts';

/** Largest file that is read into memory: what Node's `readFile` can return. */
export const MAX_FILE_BYTES: number = 2 ** 31 - 1;

/** What to tell a user about the common reasons; others keep the system's words. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a file of that name is in the way',
  EISDIR: 'it is a folder',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
};

/** A `FileError` that says what was tried with which path, and why it failed. */
export function fileError(tried: string, path: string, cause: unknown): NovaError {
  if (cause instanceof NovaError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = (code && REASONS[code]) ?? message ?? String(cause);
  return new NovaError('FileError', `cannot ${tried} ${path}: ${reason}`, { cause });
}

/**
 * All bytes of a regular file.
 *
 * @param maxBytes a larger file is refused before it is read
 * @throws {@link NovaError} `FileError` if it cannot be read, is no regular file or is too large
 */
export async function readBytes(path: string, maxBytes: number = MAX_FILE_BYTES): Promise<Uint8Array> {
  try {
    const facts = await stat(path);
    if (!facts.isFile()) throw new NovaError('FileError', `cannot read ${path}: it is not a file`);
    if (facts.size > maxBytes) {
      throw new NovaError(
        'FileError',
        `cannot read ${path}: ${facts.size} bytes, at most ${maxBytes} are expected`,
      );
    }
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw fileError('read', path, cause);
  }
}

/** A file to write: its name in the folder, and what it holds. */
export interface FileContent {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Writes files into an existing folder so that no reader ever sees a part of one: all of them under temporary
 * names and flushed to the disk, then renamed one after the other. On failure none of them is left, be it temporary or
 * renamed already.
 *
 * @throws {@link NovaError} `FileError`
 */
export async function writeFilesAtomically(folder: string, files: readonly FileContent[]): Promise<void> {
  const pending: { temporary: string; final: string }[] = [];
  const renamed: string[] = [];
  try {
    for (const { name, bytes } of files) {
      const temporary = temporaryName(folder, name);
      pending.push({ temporary, final: join(folder, name) });
      await writeFlushed(temporary, bytes);
    }
    for (const { temporary, final } of pending) {
      await rename(temporary, final);
      renamed.push(final);
    }
  } catch (cause) {
    const left = [...renamed, ...pending.map(({ temporary }) => temporary)];
    await Promise.all(left.map((path) => rm(path, { force: true }).catch(() => {})));
    throw fileError('write into', folder, cause);
  }
}

/** One file, as {@link writeFilesAtomically}; its folder is made if need be. @throws `FileError` */
export async function writeFileAtomically(path: string, bytes: Uint8Array): Promise<void> {
  await makeFolder(dirname(path));
  await writeFilesAtomically(dirname(path), [{ name: basename(path), bytes }]);
}

/** A folder that files will be written to, and how much of its path did not exist before. */
export interface OutputFolder {
  readonly path: string;
  /** The outermost folder that was made for it; undefined if it was there. */
  readonly firstMade: string | undefined;
}

/**
 * Makes a folder if need be and tries that files can be written to it, before hours of work go into what would be
 * written there.
 *
 * @throws {@link NovaError} `FileError`; nothing is left behind then
 */
export async function prepareOutputFolder(folder: string): Promise<OutputFolder> {
  const output = { path: resolve(folder), firstMade: await makeFolder(folder) };
  const probe = temporaryName(output.path, 'probe');
  try {
    await writeFlushed(probe, new Uint8Array(1));
    await rm(probe);
  } catch (cause) {
    await removeIfUnused(output);
    throw fileError('write to', folder, cause);
  }
  return output;
}

/** Removes the folders that {@link prepareOutputFolder} made, as far as nothing is in them. */
export async function removeIfUnused({ path, firstMade }: OutputFolder): Promise<void> {
  if (firstMade === undefined) return;
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return; // not empty: someone's files are in it
    }
    if (folder === resolve(firstMade)) return;
  }
}

/**
 * Makes a folder and those around it; returns the outermost one made. Level by level: Node's own `recursive` never returns
 * where the system refuses a new folder with ENOENT, as in /proc.
 */
async function makeFolder(folder: string): Promise<string | undefined> {
  const missing: string[] = [];
  const made: string[] = [];
  try {
    for (let path = resolve(folder); !(await exists(path)); path = dirname(path)) missing.unshift(path);
    for (const path of missing) {
      if (await makeOne(path)) made.push(path);
    }
    // a file of that name
    if (!(await stat(folder)).isDirectory()) throw Object.assign(new Error(), { code: 'EEXIST' });
    return made[0];
  } catch (cause) {
    if (made.length > 0) await removeIfUnused({ path: made[made.length - 1], firstMade: made[0] });
    throw fileError('make the folder', folder, cause);
  }
}

/** Makes one folder; false if another process was quicker. */
async function makeOne(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function temporaryName(folder: string, name: string): string {
  return join(folder, `.${name}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
}

async function writeFlushed(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}
