/** What a user or a supervisor sends to stop a program. */
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];

/** A signal for the library that fires when the user interrupts. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** Stops listening; from then on an interrupt ends the process. */
  release(): void;
}

/**
 * Turns the first Ctrl-C (or SIGTERM) into an abort. The second one finds no listener any more, so that the system ends
 * the process at once.
 */
export function listenForInterrupt(onInterrupt: () => void): Interrupt {
  const controller = new AbortController();
  const interrupted = (): void => {
    release();
    onInterrupt();
    controller.abort();
  };
  const release = (): void => {
    for (const name of SIGNALS) process.off(name, interrupted);
  };
  for (const name of SIGNALS) process.on(name, interrupted);
  return { signal: controller.signal, release };
}
