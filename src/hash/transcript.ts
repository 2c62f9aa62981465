import { keccak_256 } from '@noble/hashes/sha3.js';
import { NovaError } from '../errors.ts';
import { bytesToInt, FIELD_BYTES, intToBytes, type PrimeField } from '../field/field.ts';

/*
 * The Fiat-Shamir transcript of the compressed proof, as nova-snark's src/provider/keccak.rs without its `evm` feature.
 * K2(x) is Keccak256(x | 0) | Keccak256(x | 1).
 *   start:    state = K2("NoTR" | label), round = 0
 *   squeeze:  state = K2(absorbed | "NoDS" | round | state | label), round += 1, absorbed = nothing
 */

const PERSONA_TAG = 'NoTR';
const DOM_SEP_TAG = 'NoDS';

/** Bytes of the round counter, little-endian. */
const ROUND_BYTES = 8;

type Keccak = ReturnType<typeof keccak_256.create>;

/** An affine point for the transcript: coordinates in the base field, ignored at infinity. */
export interface TranscriptPoint {
  readonly x: bigint;
  readonly y: bigint;
  readonly infinity: boolean;
}

/** The bytes of an ASCII text. @throws {@link NovaError} `InvalidArgument` for other characters. */
function ascii(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  // UTF-8 has more bytes than UTF-16 has units, unless all characters are ASCII
  if (bytes.length !== text.length) throw new NovaError('InvalidArgument', 'transcript labels must be ASCII');
  return bytes;
}

/** The 64 bytes of K2 over what `hasher` has taken so far. */
function k2(hasher: Keccak): Uint8Array {
  const out = new Uint8Array(2 * hasher.outputLen);
  out.set(hasher.clone().update(Uint8Array.of(0)).digest());
  out.set(hasher.update(Uint8Array.of(1)).digest(), hasher.outputLen);
  return out;
}

/**
 * A Keccak-256 transcript. Labels are ASCII; nothing separates a label from what follows it, so that a protocol
 * must absorb a fixed sequence.
 *
 * @example
 * const transcript = new KeccakTranscript(pallasBase, 'test');
 * transcript.absorbScalar('s', 2n);
 * const challenge = transcript.squeeze('c');
 */
export class KeccakTranscript {
  readonly #F: PrimeField;
  #state: Uint8Array;
  /** A u64 in nova-snark; a BigInt, so that no narrower type can wrap. */
  #round = 0n;
  /** The hash over what was absorbed since the last squeeze. */
  #absorbed: Keccak = keccak_256.create();

  /**
   * @param F the field of scalars and challenges
   * @throws {@link NovaError} `InvalidArgument` for a label that is not ASCII, as all methods that take one
   */
  constructor(F: PrimeField, label: string) {
    this.#F = F;
    this.#state = k2(keccak_256.create().update(ascii(PERSONA_TAG + label)));
  }

  absorbBytes(label: string, bytes: Uint8Array): void {
    this.#absorbed.update(ascii(label)).update(bytes);
  }

  /** 32 bytes, little-endian. @throws {@link NovaError} `InvalidFieldElement` */
  absorbScalar(label: string, x: bigint): void {
    this.absorbScalars(label, [x]);
  }

  /** The scalars one after the other, without a length. @throws {@link NovaError} `InvalidFieldElement` */
  absorbScalars(label: string, xs: readonly bigint[]): void {
    const bytes = new Uint8Array(xs.length * FIELD_BYTES);
    xs.forEach((x, i) => bytes.set(this.#F.toBytes(this.#F.check(x, `scalar '${label}'`)), i * FIELD_BYTES));
    this.absorbBytes(label, bytes);
  }

  /**
   * x, y (32 bytes each, little-endian) and a byte that is 1 at infinity, where both coordinates are 0.
   *
   * @throws {@link NovaError} `InvalidArgument` if a coordinate does not fit in 32 bytes.
   */
  absorbPoint(label: string, P: TranscriptPoint): void {
    this.absorbPoints(label, [P]);
  }

  /** The points one after the other, without a length. @throws as {@link absorbPoint} */
  absorbPoints(label: string, points: readonly TranscriptPoint[]): void {
    const size = 2 * FIELD_BYTES + 1;
    const bytes = new Uint8Array(points.length * size);
    points.forEach(({ x, y, infinity }, i) => {
      const at = i * size;
      if (infinity) {
        bytes[at + 2 * FIELD_BYTES] = 1;
      } else {
        bytes.set(intToBytes(x, FIELD_BYTES), at);
        bytes.set(intToBytes(y, FIELD_BYTES), at + FIELD_BYTES);
      }
    });
    this.absorbBytes(label, bytes);
  }

  /** Marks the start of a sub-protocol. */
  domSep(bytes: string): void {
    this.absorbBytes(DOM_SEP_TAG, ascii(bytes));
  }

  /** A challenge: 64 bytes of hash, as a little-endian integer, reduced mod p. */
  squeeze(label: string): bigint {
    const labelBytes = ascii(label);
    const hasher = this.#absorbed
      .update(ascii(DOM_SEP_TAG))
      .update(intToBytes(this.#round, ROUND_BYTES))
      .update(this.#state)
      .update(labelBytes);
    this.#state = k2(hasher);
    this.#round++;
    this.#absorbed = keccak_256.create();
    return this.#F.reduce(bytesToInt(this.#state));
  }

  /** n challenges, one after the other. */
  squeezeMany(label: string, n: number): bigint[] {
    return Array.from({ length: n }, () => this.squeeze(label));
  }
}
