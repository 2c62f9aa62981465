import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { NovaError } from '../errors.ts';
import { MAX_POWER, type PtauFile, type PtauSource } from '../pcs/ptau.ts';
import { fileError } from './files.ts';

/**
 * Powers of tau from a folder of files, under the names that nova-snark looks for: `ppot_pruned_XX.ptau`, or
 * `ppot_0080_XX.ptau` as the Perpetual Powers of Tau ceremony publishes them (its largest is `ppot_0080_final.ptau`). XX is the
 * power. The file of the smallest power that suffices is taken, a pruned one before the other.
 *
 * @throws {@link NovaError} from the source: `PtauFileError` if there is no such file, `FileError` if it cannot be read
 * @example
 * const pp = await PublicParams.setup(circuit, { cycle: 'bn-kzg', ptau: ptauDirectory('ptau'), backend });
 */
export function ptauDirectory(folder: string): PtauSource {
  return async (points) => {
    const least = Math.ceil(Math.log2(Math.max(1, points)));
    for (let power = least; power <= MAX_POWER; power++) {
      for (const name of namesOf(power)) {
        const file = await openIfThere(join(folder, name));
        if (file !== undefined) return file;
      }
    }
    const digits = twoDigits(least);
    throw new NovaError(
      'PtauFileError',
      `${folder} has no file for ${points} powers of tau: put ppot_pruned_${digits}.ptau or ppot_0080_${digits}.ptau ` +
        'there, or one of a larger power',
    );
  };
}

function namesOf(power: number): string[] {
  const original = power === MAX_POWER ? 'final' : twoDigits(power);
  return [`ppot_pruned_${twoDigits(power)}.ptau`, `ppot_0080_${original}.ptau`];
}

function twoDigits(power: number): string {
  return String(power).padStart(2, '0');
}

/** The file; undefined if there is none. @throws {@link NovaError} `FileError` for anything else that is in the way */
async function openIfThere(path: string): Promise<PtauFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fileError('read', path, cause);
  }
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) throw new NovaError('FileError', `cannot read ${path}: it is not a file`);
    return { name: path, size: facts.size, read: reader(handle, path), close: () => handle.close() };
  } catch (cause) {
    await handle.close();
    throw fileError('read', path, cause);
  }
}

function reader(handle: FileHandle, path: string): PtauFile['read'] {
  return async (offset, length) => {
    const bytes = new Uint8Array(length);
    let done = 0;
    try {
      while (done < length) {
        const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) break; // the file has become shorter
        done += bytesRead;
      }
    } catch (cause) {
      throw fileError('read', path, cause);
    }
    return bytes.subarray(0, done);
  };
}
