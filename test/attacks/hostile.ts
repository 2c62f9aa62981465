/** What verifiers and decoders are given by those who want to deceive or to stop them, with the answer that each deserves. */
import type { Backend } from '../../src/backend/backend.ts';
import { createBackend } from '../../src/backend/engines.ts';
import { NovaError } from '../../src/errors.ts';
import { insecureSeededRng } from '../../src/field/random.ts';
import { directSubject } from './direct-subjects.ts';
import { evaluations } from './hostile-evaluations.ts';
import { keys } from './hostile-keys.ts';
import { numbers } from './hostile-numbers.ts';
import { setups } from './hostile-setups.ts';
import { statements } from './hostile-statements.ts';
import { ENCODING, type Manifest } from './manifest.ts';
import { mutationsOf } from './mutations.ts';
import { compressedSubject, recursiveSubject } from './open-subjects.ts';
import type { Subject } from './subject.ts';
import { fieldsOf } from './tree.ts';

/** One attempt. */
export interface Attempt {
  readonly name: string;
  /** The code of the error that answers it. */
  readonly code: string;
  /** Resolves if it was not refused. */
  run(): Promise<unknown>;
  /**
   * For an attack with a name (README.md): texts of the checks that stand against it, each as the beginning of its text behind the
   * function's name. Without all of them it succeeds.
   */
  readonly against?: readonly string[];
}

export interface Attempts {
  readonly list: readonly Attempt[];
  close(): Promise<void>;
}

/** What was answered: `accepted`, the code of a NovaError, or `untyped` and what was thrown. */
export async function answerTo({ run }: Pick<Attempt, 'run'>): Promise<string> {
  try {
    await run();
    return 'accepted';
  } catch (error) {
    return error instanceof NovaError ? error.code : `untyped: ${String(error)}`;
  }
}

/** All attempts, on an engine of their own. */
export async function hostileAttempts(): Promise<Attempts> {
  const backend = await createBackend('wasm', { threads: 0 });
  const subjects = await Promise.all([
    directSubject(backend, 'pasta', 'snark'),
    directSubject(backend, 'secp', 'snark'),
    directSubject(backend, 'pasta', 'ppsnark'),
    directSubject(backend, 'bn-kzg', 'snark'),
    directSubject(backend, 'bn-mercury', 'snark'),
    compressedSubject(backend, 'pasta', 'snark'),
    recursiveSubject(backend, 'pasta'),
  ]);
  const groups = [
    await statements(backend),
    await keys(backend),
    await evaluations(backend),
    await setups(backend),
  ];
  return {
    list: [...subjects.flatMap(changed), ...groups.flatMap(({ list }) => list), ...numbers()],
    close: async () => {
      for (const made of [...subjects, ...groups]) await made.close();
      await backend.close();
    },
  };
}

/** Of every field one change of each kind, and bytes that are cut off or too many. */
function changed(subject: Subject & { readonly manifest: Manifest }): Attempt[] {
  const all = fieldsOf(subject.proof).filter(({ name }) => name !== 'i');
  const rng = insecureSeededRng('hostile');
  const one = /plus|without the last|and a zero|claims 184|off the curve|not below|wrong flag/;
  const changes = all.flatMap((field) =>
    Array.from(mutationsOf(subject, field, all, rng, (leaves) => leaves.slice(0, 1)))
      .filter(({ name }) => one.test(name))
      .map(({ kind, name, bytes }) => {
        const { value, length = value } = subject.manifest[field.name];
        const { code } = kind === 'encoding' ? ENCODING : kind === 'length' ? length : value;
        return { name: `${subject.name}, ${field.name}, ${name}`, code, run: () => subject.check(bytes) };
      }),
  );
  const bytes = subject.encode(subject.proof);
  const cut = { name: `${subject.name}, cut`, bytes: bytes.slice(0, -1) };
  const more = { name: `${subject.name}, with a byte more`, bytes: Uint8Array.from([...bytes, 0]) };
  return [
    ...changes,
    ...[cut, more].map((c) => ({ name: c.name, code: 'InvalidEncoding', run: () => subject.check(c.bytes) })),
  ];
}

export type Group = (backend: Backend) => Promise<{ readonly list: readonly Attempt[]; close(): unknown }>;
