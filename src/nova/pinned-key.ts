import { bytesToHex } from '@noble/hashes/utils.js';
import { NovaError } from '../errors.ts';
import { hashSections, type HashOptions } from '../hash/digest.ts';
import { ByteWriter } from '../wire/writer.ts';

/** A verifier key that may come from anywhere, if its digest is known: 32 bytes stand for megabytes. */
export abstract class PinnedKey {
  /** The encoding, section by section. */
  protected abstract sections(): AsyncIterable<Uint8Array>;

  /** The encoding, byte for byte nova-snark's. */
  async encode(): Promise<Uint8Array> {
    const w = new ByteWriter();
    for await (const section of this.sections()) w.bytes(section);
    return w.finish();
  }

  /** SHA3-256 of the encoding, 64 hexadecimal digits: what pins the key. @throws {@link NovaError} `Aborted` */
  async digest(options: HashOptions = {}): Promise<string> {
    return digestText(this.sections(), options);
  }

  /** Checks that this is the key of that digest. @throws {@link NovaError} `ParamsMismatch`, `Aborted` */
  async pin(digest: string, options: HashOptions = {}): Promise<void> {
    checkDigest(await this.digest(options), digest);
  }
}

/** Checks that `bytes` are the key of that digest. @throws {@link NovaError} `ParamsMismatch`, `Aborted` */
export async function pinBytes(bytes: Uint8Array, digest: string, options: HashOptions): Promise<void> {
  checkDigest(await digestText([bytes], options), digest);
}

async function digestText(
  sections: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: HashOptions,
): Promise<string> {
  return bytesToHex(await hashSections(sections, options));
}

function checkDigest(actual: string, expected: string): void {
  if (actual === expected) return;
  throw new NovaError(
    'ParamsMismatch',
    `this verifier key has the digest ${actual}, not ${JSON.stringify(String(expected).slice(0, 64))}: it is damaged, or of ` +
      'another circuit, cycle or SNARK',
  );
}
