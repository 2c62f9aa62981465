import type { ProgressEvent } from '../node/index.ts';

/** The part of a stream that progress needs; `process.stderr` has it. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** A terminal's line is rewritten at most this often, in ms. */
const REDRAW_INTERVAL = 100;
/** Elsewhere a plain line is written at most this often, in ms. */
const LINE_INTERVAL = 5000;
/** Width of a terminal that does not tell. */
const COLUMNS = 80;

/** Back to the start of the line and clear it (ECMA-48: CR, EL). */
const CLEAR_LINE = '\r\x1b[K';

/**
 * What is going on, on stderr: on a terminal one line that is rewritten, elsewhere a plain line now and then. It has no
 * timer, so it never keeps the process alive.
 */
export class Progress {
  readonly #stream: ProgressStream;
  readonly #terminal: boolean;
  readonly #now: () => number;
  #last = -Infinity;
  #drawn = false;
  #title = '';

  constructor(stream: ProgressStream = process.stderr, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#terminal = stream.isTTY === true;
    this.#now = now;
  }

  /** Begins a part of the work; its title stands at the start of the lines that follow. */
  begin(title: string): void {
    this.#title = title;
    // on a terminal the new title shows at once
    if (this.#terminal) this.#last = -Infinity;
    this.#draw(title);
  }

  /** A listener for the library's progress events. */
  readonly onProgress = ({ phase, share }: ProgressEvent): void => {
    this.#draw(`${this.#title}: ${phase} ${Math.floor(100 * share)} %`);
  };

  /** A line that stays: a warning, a result. */
  note(text: string): void {
    this.end();
    this.#stream.write(`${text}\n`);
  }

  /** Takes the rewritten line away. */
  end(): void {
    if (this.#drawn) this.#stream.write(CLEAR_LINE);
    this.#drawn = false;
  }

  #draw(text: string): void {
    const now = this.#now();
    if (now - this.#last < (this.#terminal ? REDRAW_INTERVAL : LINE_INTERVAL)) return;
    this.#last = now;
    const line = `${text}, ${formatBytes(process.memoryUsage.rss())}`;
    if (this.#terminal) {
      this.#stream.write(CLEAR_LINE + line.slice(0, (this.#stream.columns ?? COLUMNS) - 1));
      this.#drawn = true;
    } else {
      this.#stream.write(`${line}\n`);
    }
  }
}

/** 850 ms, 12.3 s, 75 min */
export function formatMs(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 600_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

/** Mebibytes, rounded. */
export function formatBytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
